// What a supervised llama-server costs above the same server started and asked by hand: the time
// until it is ready, the processor time of a request, the time until its first text. With tiny
// weights, so that what is measured is ours. MUAI_LLAMA_SERVER names the server.
//
// "By hand" is the least there can be: fork and exec, and a raw socket that is asked again every
// half millisecond.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/model/llama_model.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_gguf.h"

namespace muai {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTokens = 32;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::string server() {
  const char* const path = std::getenv("MUAI_LLAMA_SERVER");
  return path ? path : "";
}

// The folder with the weights.
const testing::TemporaryFolder& folder() {
  static const testing::TemporaryFolder made;
  static const bool written = [] {
    std::ofstream(made / "tiny.gguf", std::ios::binary) << testing::tiny_gguf({});
    return true;
  }();
  benchmark::DoNotOptimize(written);
  return made;
}

// A server by hand.
class Direct {
 public:
  Direct() : socket_(folder() / "direct.sock"), pid_(::fork()) {
    if (pid_ == 0) become();
  }
  Direct(const Direct&) = delete;
  Direct& operator=(const Direct&) = delete;
  ~Direct() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::unlink(socket_.c_str());
  }

  void wait_until_ready() const {
    while (!ask("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", nullptr)
                .starts_with("HTTP/1.1 200")) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }

  // The whole reply; empty when nobody listens. `first` is when the first text arrived.
  std::string ask(const std::string& request, Clock::time_point* first) const {
    const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
    std::string reply;
    if (::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(peer, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      char buffer[16384];
      for (ssize_t count = 0; (count = ::recv(peer, buffer, sizeof buffer, 0)) > 0;) {
        reply.append(buffer, static_cast<std::size_t>(count));
        if (first && reply.contains("\"content\":\"")) {
          *first = Clock::now();
          first = nullptr;
        }
        if (reply.ends_with("\r\n0\r\n\r\n")) break;  // a stream is over before it is closed
      }
    }
    ::close(peer);
    return reply;
  }

 private:
  [[noreturn]] void become() const {
    const std::string program = server();
    const std::string weights = folder() / "tiny.gguf";
    const char* const arguments[] = {program.c_str(),
                                     "--host",
                                     socket_.c_str(),
                                     "-m",
                                     weights.c_str(),
                                     "-c",
                                     "512",
                                     "-np",
                                     "1",
                                     "-t",
                                     "1",
                                     "-ngl",
                                     "0",
                                     "-dev",
                                     "none",
                                     "--offline",
                                     "--no-ui",
                                     "--cache-ram",
                                     "0",
                                     "-fit",
                                     "off",
                                     nullptr};
    ::setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
    // As our children: on a busy machine the scheduler gives a new session less at first.
    ::setsid();
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
    ::execv(program.c_str(), const_cast<char* const*>(arguments));
    ::_exit(127);
  }

  std::string socket_;
  pid_t pid_;
};

// All that a program needs for a model.
struct Parts {
  Parts() {
    transport = std::move(CurlTransport::create(loop)).value();
    fetcher = std::move(Fetcher::create(loop, *transport, {})).value();
    LlamaOptions options;
    options.programs.server = server();
    options.runtime_parent = folder() / "run";
    options.data_folder = folder() / "data";
    options.threads = 1;
    host = std::move(LlamaHost::create(loop, spawner, *fetcher, workers, meter, options)).value();
    model = make_llama_model(*host, {.name = "tiny",
                                     .capabilities = {"generate"},
                                     .model_path = folder() / "tiny.gguf",
                                     .context_tokens = 512});
  }

  AsioLoop loop;
  Spawner spawner{loop};
  Pool workers{loop, {.threads = 1}};
  MemoryMeter meter;
  std::unique_ptr<CurlTransport> transport;
  std::unique_ptr<Fetcher> fetcher;
  std::unique_ptr<LlamaHost> host;
  std::unique_ptr<Model> model;
};

bool is_missing(benchmark::State& state) {
  if (!server().empty()) return false;
  state.SkipWithError("MUAI_LLAMA_SERVER names no llama-server");
  return true;
}

void llama_ready_direct(benchmark::State& state) {
  if (is_missing(state)) return;
  for (auto _ : state) {
    auto direct = std::make_unique<Direct>();
    direct->wait_until_ready();
    state.PauseTiming();
    direct.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(llama_ready_direct)->UseRealTime()->Iterations(20)->Unit(benchmark::kMillisecond);

void llama_ready_supervised(benchmark::State& state) {
  if (is_missing(state)) return;
  Parts parts;
  for (auto _ : state) {
    const Result<void> loaded = parts.loop.run(parts.model->load({}, {}));
    if (!loaded) state.SkipWithError(loaded.error().to_string().c_str());
    state.PauseTiming();
    parts.loop.run(parts.model->unload());
    state.ResumeTiming();
  }
}
BENCHMARK(llama_ready_supervised)->UseRealTime()->Iterations(20)->Unit(benchmark::kMillisecond);

void llama_request_direct(benchmark::State& state) {
  if (is_missing(state)) return;
  const Direct direct;
  direct.wait_until_ready();
  const std::string body =
      R"({"model":"tiny","stream":true,"stream_options":{"include_usage":true},"temperature":0,)"
      R"("max_tokens":)" +
      std::to_string(kTokens) + R"(,"messages":[{"role":"user","content":"Tell me a story"}]})";
  const std::string request =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  double first_ms = 0;
  for (auto _ : state) {
    const Clock::time_point begin = Clock::now();
    Clock::time_point first = begin;
    benchmark::DoNotOptimize(direct.ask(request, &first));
    first_ms += std::chrono::duration<double, std::milli>(first - begin).count();
  }
  state.counters["first_text_ms"] = first_ms / static_cast<double>(state.iterations());
}
BENCHMARK(llama_request_direct)
    ->MeasureProcessCPUTime()
    ->Iterations(300)
    ->Unit(benchmark::kMillisecond);

void llama_request_supervised(benchmark::State& state) {
  if (is_missing(state)) return;
  Parts parts;
  const Result<void> loaded = parts.loop.run(parts.model->load({}, {}));
  if (!loaded) state.SkipWithError(loaded.error().to_string().c_str());
  GenerateRequest request;
  request.messages = {{.role = ChatRole::User, .text = "Tell me a story"}};
  request.tokens_max = kTokens;
  request.temperature = 0;
  double first_ms = 0;
  for (auto _ : state) {
    const Clock::time_point begin = Clock::now();
    bool is_first = true;
    ModelCall call;
    call.on_text = [&](std::string_view) {
      if (std::exchange(is_first, false)) first_ms += ms_since(begin);
    };
    const Result<Generation> answer =
        parts.loop.run(parts.model->generate(request, std::move(call)));
    if (!answer) state.SkipWithError(answer.error().to_string().c_str());
  }
  state.counters["first_text_ms"] = first_ms / static_cast<double>(state.iterations());
  parts.loop.run(parts.model->unload());
}
BENCHMARK(llama_request_supervised)
    ->MeasureProcessCPUTime()
    ->Iterations(300)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
