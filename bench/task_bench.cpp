// What waiting costs: tasks, callbacks of a loop, timers, sleeping tasks.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <optional>
#include <vector>

#include "async/timer_heap.h"
#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/async/start.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

// As big as a step's result: what the executor moves through tasks.
using Value = Result<std::shared_ptr<const int>>;

template <class T>
T run(Task<T> task) {
  std::optional<Outcome<T>> outcome;
  const StartedTask started =
      start(std::move(task), [&outcome](Outcome<T> ended) { outcome.emplace(std::move(ended)); });
  return std::move(*outcome).take();
}

[[gnu::noinline]] Task<int> ready_task(int value) { return Task<int>::ready(value); }
[[gnu::noinline]] Task<int> framed_task(int value) { co_return value; }
[[gnu::noinline]] Task<Value> ready_value(std::shared_ptr<const int> value) {
  return Task<Value>::ready(std::move(value));
}
[[gnu::noinline]] Task<Value> framed_value(std::shared_ptr<const int> value) { co_return value; }

Task<long> await_ready_tasks(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    const int value = co_await ready_task(1);
    sum += value;
  }
  co_return sum;
}

Task<long> await_framed_tasks(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    const int value = co_await framed_task(1);
    sum += value;
  }
  co_return sum;
}

Task<long> await_ready_values(benchmark::State& state) {
  std::shared_ptr<const int> shared = std::make_shared<int>(1);
  for (auto _ : state) {
    Value value = co_await ready_value(std::move(shared));
    shared = *std::move(value);
  }
  co_return *shared;
}

Task<long> await_framed_values(benchmark::State& state) {
  std::shared_ptr<const int> shared = std::make_shared<int>(1);
  for (auto _ : state) {
    Value value = co_await framed_value(std::move(shared));
    shared = *std::move(value);
  }
  co_return *shared;
}

void BM_TaskReady(benchmark::State& state) {
  benchmark::DoNotOptimize(run(await_ready_tasks(state)));
}
void BM_TaskCoroutine(benchmark::State& state) {
  benchmark::DoNotOptimize(run(await_framed_tasks(state)));
}
void BM_TaskReadyResult(benchmark::State& state) {
  benchmark::DoNotOptimize(run(await_ready_values(state)));
}
void BM_TaskCoroutineResult(benchmark::State& state) {
  benchmark::DoNotOptimize(run(await_framed_values(state)));
}
BENCHMARK(BM_TaskReady);
BENCHMARK(BM_TaskCoroutine);
BENCHMARK(BM_TaskReadyResult);
BENCHMARK(BM_TaskCoroutineResult);

// Taken without awaiting, as the executor does with steps that are done at once.
void BM_TaskTakeReady(benchmark::State& state) {
  for (auto _ : state) {
    Task<int> task = ready_task(1);
    if (task.is_ready()) benchmark::DoNotOptimize(task.take_ready());
  }
}
BENCHMARK(BM_TaskTakeReady);

void BM_StartReady(benchmark::State& state) {
  for (auto _ : state) {
    int value = 0;
    const StartedTask started =
        start(ready_task(1), [&value](Outcome<int> outcome) { value = std::move(outcome).take(); });
    benchmark::DoNotOptimize(value);
  }
}
void BM_StartCoroutine(benchmark::State& state) {
  for (auto _ : state) {
    int value = 0;
    const StartedTask started = start(
        framed_task(1), [&value](Outcome<int> outcome) { value = std::move(outcome).take(); });
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(BM_StartReady);
BENCHMARK(BM_StartCoroutine);

// One callback in a whole round of the loop.
void BM_AsioRound(benchmark::State& state) {
  AsioLoop loop;
  for (auto _ : state) {
    bool ran = false;
    loop.post([&ran] { ran = true; });
    loop.run_until([&ran] { return ran; });
  }
}
BENCHMARK(BM_AsioRound);

// A thousand callbacks in one round.
void BM_AsioPosts(benchmark::State& state) {
  AsioLoop loop;
  for (auto _ : state) {
    int ran = 0;
    for (int i = 0; i < 1000; ++i) loop.post([&ran] { ++ran; });
    loop.run_until([&ran] { return ran == 1000; });
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(BM_AsioPosts);

// Setting and withdrawing one timer among `range` others: a timeout that does not happen.
void BM_TimerSetAndCancel(benchmark::State& state) {
  SimLoop loop;
  for (std::int64_t i = 0; i < state.range(0); ++i) loop.at(loop.now() + 1s * (i + 1), [] {});
  for (auto _ : state) {
    const TimerId timer = loop.at(loop.now() + 500s, [] {});
    loop.cancel(timer);
  }
}
BENCHMARK(BM_TimerSetAndCancel)->Arg(0)->Arg(10'000);

void BM_TimerHeapMemory(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    const auto before = mallinfo2();
    TimerHeap heap;
    for (int i = 0; i < 10'000; ++i) heap.add(TimePoint(1s * i), [] {});
    const auto after = mallinfo2();
    bytes =
        static_cast<double>((after.uordblks + after.hblkhd) - (before.uordblks + before.hblkhd)) /
        10'000;
  }
  state.counters["bytes_per_timer"] = bytes;
}
BENCHMARK(BM_TimerHeapMemory)->Unit(benchmark::kMicrosecond);

Task<int> sleeper(Loop& loop, TimePoint when, std::stop_token stop) {
  const Result<void> slept = co_await sleep_until(loop, when, std::move(stop));
  co_return slept ? 1 : 0;
}

// 10,000 tasks asleep at once, each with a stop token, until all have woken. Virtual time, so the
// time shown is processor time only.
void BM_TenThousandSleepers(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    SimLoop loop;
    const std::stop_source stop;
    int awake = 0;
    std::vector<StartedTask> tasks;
    tasks.reserve(10'000);
    const auto before = mallinfo2();
    for (int i = 0; i < 10'000; ++i) {
      tasks.push_back(
          start(sleeper(loop, loop.now() + 1s, stop.get_token()),
                [&awake](Outcome<int> outcome) { awake += std::move(outcome).take(); }));
    }
    const auto after = mallinfo2();
    bytes =
        static_cast<double>((after.uordblks + after.hblkhd) - (before.uordblks + before.hblkhd)) /
        10'000;
    loop.run();
    if (awake != 10'000) state.SkipWithError("a sleeper was lost");
  }
  state.SetItemsProcessed(state.iterations() * 10'000);
  state.counters["bytes_per_sleeper"] = bytes;
}
BENCHMARK(BM_TenThousandSleepers)->Unit(benchmark::kMillisecond);

// The same in real time: one second of sleep, wall time and processor time of the thread.
void BM_TenThousandRealSleepers(benchmark::State& state) {
  for (auto _ : state) {
    AsioLoop loop;
    std::vector<Task<int>> tasks;
    tasks.reserve(10'000);
    const TimePoint when = loop.now() + 1s;
    for (int i = 0; i < 10'000; ++i) tasks.push_back(sleeper(loop, when, {}));
    benchmark::DoNotOptimize(loop.run(when_all(loop, std::move(tasks))));
  }
}
BENCHMARK(BM_TenThousandRealSleepers)->Unit(benchmark::kMillisecond)->Iterations(1);

Task<long> pool_round_trips(benchmark::State& state, Pool& pool) {
  long sum = 0;
  for (auto _ : state) {
    const auto work = [] { return 1; };
    const Result<int> value = co_await on_pool(pool, work, {});
    sum += *value;
  }
  co_return sum;
}

void BM_PoolRoundTrip(benchmark::State& state) {
  AsioLoop loop;
  Pool pool(loop, {.threads = 1});
  benchmark::DoNotOptimize(loop.run(pool_round_trips(state, pool)));
}
BENCHMARK(BM_PoolRoundTrip)->UseRealTime();

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
