// Holding an answer to its sources: what it adds to each answer of a model.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "muai/steps/answer_check.h"
#include "muai/steps/prompt.h"
#include "steps/prompt_sources.h"

namespace muai {
namespace {

// Pages of about 20,000 characters.
std::vector<CitableSource> pages(int count) {
  std::vector<CitableSource> all;
  for (int page = 0; page < count; ++page) {
    CitableSource source{.url = "https://example.org/" + std::to_string(page), .title = "Harbour"};
    for (int i = 0; source.text.size() < 20'000; ++i)
      source.text += "The harbour master of town " + std::to_string(page) + " counted " +
                     std::to_string(100 + i) + " ships and wrote down their cargo of timber. ";
    all.push_back(std::move(source));
  }
  return all;
}

void BM_CheckAnswer(benchmark::State& state) {
  const std::vector<CitableSource> sources = pages(static_cast<int>(state.range(0)));
  std::string answer;
  for (int i = 0; i < 6; ++i)
    answer += "The harbour master counted " + std::to_string(120 + i) +
              " ships with a cargo of timber [" + std::to_string(i % 3 + 1) + "]. ";
  for (auto _ : state)
    benchmark::DoNotOptimize(check_answer(answer, "How many ships were counted?", sources));
}
BENCHMARK(BM_CheckAnswer)->Arg(1)->Arg(3)->Arg(8)->Unit(benchmark::kMillisecond);

void BM_FenceSources(benchmark::State& state) {
  const std::vector<CitableSource> sources = pages(3);
  std::vector<SourceText> texts;
  for (const CitableSource& source : sources)
    texts.push_back({.url = source.url, .title = source.title, .text = source.text});
  for (auto _ : state)
    benchmark::DoNotOptimize(
        fence_sources("How many ships were counted?", texts, "0123456789abcdef", state.range(0)));
}
BENCHMARK(BM_FenceSources)->Arg(2000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
