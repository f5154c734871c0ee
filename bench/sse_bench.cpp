// Events per second of the event-stream reader, over chunks of an answer as an endpoint sends them.

#include <benchmark/benchmark.h>

#include <string>

#include "muai/net/sse.h"

namespace muai {
namespace {

// What llama-server sends for one token, about 230 bytes.
std::string token_events(int count) {
  std::string stream;
  for (int i = 0; i < count; ++i) {
    stream += R"(data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" token)";
    stream += std::to_string(i);
    stream += R"("}}],"created":1764000000,"id":"chatcmpl-8gJ7sd0fJq2L9aXkT3bWm5vYc1nEhRzP",)";
    stream += R"("model":"tiny","system_fingerprint":"b7000-0123abcd","object":)";
    stream += "\"chat.completion.chunk\"}\n\n";
  }
  return stream;
}

// Argument: bytes of a piece, as the network cuts the stream.
void BM_SseRead(benchmark::State& state) {
  constexpr int kEvents = 4096;
  const std::string stream = token_events(kEvents);
  const auto piece = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    SseReader reader;
    std::size_t bytes = 0;
    std::int64_t events = 0;
    const SseSink sink = [&](const SseEvent& event) -> Result<void> {
      bytes += event.data.size();
      ++events;
      return {};
    };
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      const auto read = reader.read(std::string_view(stream).substr(at, piece), sink);
      if (!read) state.SkipWithError(read.error().message().c_str());
    }
    if (events != kEvents) state.SkipWithError("an event was lost");
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}
BENCHMARK(BM_SseRead)->Arg(16'384)->Arg(1'400)->Arg(237)->Arg(31);

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
