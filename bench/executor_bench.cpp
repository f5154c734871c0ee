// What the executor costs around steps that do nothing: per node of a chain, per fan-out, and per
// run in flight. CPU time.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/sleep.h"
#include "muai/exec/executor.h"
#include "muai/graph/workflow.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

constexpr Key<std::int64_t> number{"bench_number"};
constexpr Key<std::vector<std::int64_t>> numbers{"bench_numbers", MergeRule::Append};

struct World {
  AsioLoop loop;
  Pool pool{loop, {.threads = 0}};
  Executor executor{loop, pool};
};

Workflow chain_of(const Step& link, int length) {
  WorkflowBuilder builder = Workflow::make("chain");
  builder.given(number);
  for (int i = 0; i < length; ++i)
    builder.node("n" + std::to_string(i), link,
                 i + 1 < length ? next("n" + std::to_string(i + 1)) : end());
  return builder.build().value();
}

void run_once(World& world, const Workflow& workflow, const State& given) {
  const RunResult result = world.loop.run(world.executor.run(workflow, given));
  if (!result.status) throw std::runtime_error(result.status.error().to_string());
}

void per_node(benchmark::State& bench, const Step& link) {
  World world;
  const Workflow chain = chain_of(link, 100);
  const State given = State().with(number, 1);
  for (auto _ : bench) run_once(world, chain, given);
  // Time per item: per node.
  bench.SetItemsProcessed(bench.iterations() * 100);
  bench.counters["ns_per_node"] =
      benchmark::Counter(static_cast<double>(bench.iterations()) * 100 * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Reads a declared key, gives back the state.
void chain_of_100_noop(benchmark::State& bench) {
  per_node(bench, step("noop", reads(number), [](const State& in) { return in; }));
}
BENCHMARK(chain_of_100_noop);

// Reads and writes a declared key: n + 1.
void chain_of_100_add_one(benchmark::State& bench) {
  per_node(bench, step("add", reads(number), writes(number),
                       [](const State& in) { return in.with(number, in[number] + 1); }));
}
BENCHMARK(chain_of_100_add_one);

// The same as a coroutine that does not wait.
void chain_of_100_coroutine(benchmark::State& bench) {
  per_node(bench, step("add", reads(number), writes(number),
                       [](State in, Runtime&) -> Task<Result<State>> {
                         co_return in.with(number, in[number] + 1);
                       }));
}
BENCHMARK(chain_of_100_coroutine);

// 100 branches that each append to one list, brought together in edge order.
void fan_out_to_100_and_merge(benchmark::State& bench) {
  World world;
  WorkflowBuilder builder = Workflow::make("fan");
  builder.given(numbers);
  Parallel branches;
  for (int i = 0; i < 100; ++i) branches.to.push_back("b" + std::to_string(i));
  const Step pass_on = step("pass", [](const State& in) { return in; });
  builder.node("fork", pass_on, branches);
  for (int i = 0; i < 100; ++i) {
    const Step append = step("append", reads(numbers), writes(numbers), [i](const State& in) {
      std::vector<std::int64_t> list = in[numbers];
      list.push_back(i);
      return in.with(numbers, std::move(list));
    });
    builder.node(branches.to[static_cast<std::size_t>(i)], append, next("join"));
  }
  builder.node("join", pass_on, end());
  const Workflow fan = builder.build().value();
  const State given = State().with(numbers, {});
  for (auto _ : bench) run_once(world, fan, given);
}
BENCHMARK(fan_out_to_100_and_merge)->Unit(benchmark::kMicrosecond);

// 10,000 runs of four nodes at once, of which the second waits a second.
void ten_thousand_waiting_runs(benchmark::State& bench) {
  constexpr std::size_t kRuns = 10'000;
  const Step add = step("add", reads(number), writes(number),
                        [](const State& in) { return in.with(number, in[number] + 1); });
  const Step wait = step("wait", [](State in, Runtime& runtime) -> Task<Result<State>> {
    const Result<void> slept = co_await sleep_for(runtime.loop(), 1s, runtime.stop_token());
    if (!slept) co_return std::unexpected(slept.error());
    co_return in;
  });
  const Workflow flow =
      Workflow::make("waiting").given(number).chain({add, wait, add, add}).build().value();
  const State given = State().with(number, 1);
  double bytes_per_run = 0;
  for (auto _ : bench) {
    World world;
    std::size_t ended = 0;
    std::vector<StartedTask> runs(kRuns);
    const std::size_t before = mallinfo2().uordblks;
    for (StartedTask& run : runs) {
      run = start(world.executor.run(flow, given), [&ended](Outcome<RunResult> outcome) {
        ended += std::move(outcome).take().status.has_value() ? 1 : 0;
      });
    }
    bytes_per_run = static_cast<double>(mallinfo2().uordblks - before) / kRuns;
    world.loop.run_until([&ended] { return ended == kRuns; });
  }
  bench.counters["bytes_per_run"] = bytes_per_run;
}
BENCHMARK(ten_thousand_waiting_runs)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
