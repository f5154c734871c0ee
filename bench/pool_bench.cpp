// What the eviction of ModelPool is worth: a device of 24 GB, twelve models of 2 to 16 GB, requests
// by Zipf's law, in virtual time. Beside it, in the same run and over the same requests, what other
// servers do: least recently used by count (a router with at most four models, told to try again
// when it runs out of memory) and least recently used by bytes. "Informed" knows, as a workflow
// does, which model comes next, and says so; "plain" does not.
//
// Prints seconds spent loading, seconds that requests waited for their model, loads, and
// out-of-memory errors; means over the seeds.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>

#include "muai/async/event.h"
#include "muai/async/when_all.h"
#include "tests/support/simulated_model.h"

namespace muai {
namespace {

using muai::testing::SimulatedDevice;
using muai::testing::SimulatedModel;
using muai::testing::SimulatedPlan;
using muai::testing::SimulatedPool;

constexpr std::int64_t kVramMb = 24'000;
constexpr std::int64_t kSizesMb[] = {2'000, 2'000, 3'000, 4'000,  4'000,  5'000,
                                     6'000, 7'000, 8'000, 10'000, 13'000, 16'000};
constexpr int kSeeds = 10;
constexpr int kRuns = 300;  // of one to three model calls each

std::vector<SimulatedPlan> plans() {
  std::vector<SimulatedPlan> all;
  for (std::size_t i = 0; i < std::size(kSizesMb); ++i) {
    // A second to start, then 2 GB/s.
    const double load_s = 1 + static_cast<double>(kSizesMb[i]) / 2'000;
    all.push_back({.name = fmt::format("m{:02}", i),
                   .size_mb = kSizesMb[i],
                   .load_time = std::chrono::milliseconds(static_cast<int>(load_s * 1'000)),
                   .unload_time = std::chrono::milliseconds(300),
                   .answer_time = std::chrono::seconds(2)});
  }
  return all;
}

// What users ask for: runs of one to three calls, each model drawn by Zipf's law (exponent 1) over
// a random order of the models, and the pauses between runs.
struct Load {
  std::vector<std::vector<std::string>> runs;
  std::vector<Duration> pauses;

  explicit Load(unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<std::size_t> order(std::size(kSizesMb));
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<double> weights;
    for (std::size_t rank = 1; rank <= order.size(); ++rank)
      weights.push_back(1 / static_cast<double>(rank));
    std::discrete_distribution<std::size_t> by_rank(weights.begin(), weights.end());
    std::uniform_int_distribution<int> length(1, 3);
    std::exponential_distribution<double> pause(1 / 3.0);
    for (int run = 0; run < kRuns; ++run) {
      runs.emplace_back();
      for (int i = length(random); i > 0; --i)
        runs.back().push_back(fmt::format("m{:02}", order[by_rank(random)]));
      pauses.push_back(std::chrono::milliseconds(static_cast<int>(pause(random) * 1'000)));
    }
  }
};

struct Figures {
  double load_s = 0;
  double wait_s = 0;
  double loads = 0;
  double out_of_memory = 0;

  Figures& operator+=(const Figures& other) {
    load_s += other.load_s;
    wait_s += other.wait_s;
    loads += other.loads;
    out_of_memory += other.out_of_memory;
    return *this;
  }
};

// How a policy serves one call. `wait_s` grows by the time until the model was there.
using Serve = std::function<Task<void>(std::string model, double& wait_s)>;
using Hint = std::function<void(const std::string& model)>;

// One user: takes the next run, calls its models one after the other, pauses.
Task<void> use(SimLoop& loop, const Load& load, std::size_t& next, const Serve& serve,
               const Hint& hint, double& wait_s) {
  while (next < load.runs.size()) {
    const std::size_t at = next++;
    const std::vector<std::string>& run = load.runs[at];
    for (std::size_t i = 0; i < run.size(); ++i) {
      if (hint && i + 1 < run.size()) hint(run[i + 1]);
      co_await serve(run[i], wait_s);
    }
    const Result<void> paused = co_await sleep_for(loop, load.pauses[at], {});
    MUAI_CHECK(paused.has_value());
  }
}

double drive(SimLoop& loop, const Load& load, int users, const Serve& serve, const Hint& hint) {
  std::size_t next = 0;
  double wait_s = 0;
  std::vector<Task<void>> all;
  for (int user = 0; user < users; ++user)
    all.push_back(use(loop, load, next, serve, hint, wait_s));
  std::size_t ended = 0;
  std::vector<StartedTask> running;
  for (Task<void>& one : all)
    running.push_back(start(std::move(one), [&ended](const Outcome<void>&) { ++ended; }));
  loop.run_until([&] { return ended == all.size(); });
  return wait_s;
}

double seconds_since(const SimLoop& loop, TimePoint when) {
  return std::chrono::duration<double>(loop.now() - when).count();
}

// ---- Ours ----------------------------------------------------------------------------------

Task<void> serve_ours(SimulatedPool& sim, std::string model, double& wait_s) {
  const TimePoint asked = sim.loop.now();
  Result<ModelPool::Lease> lease = co_await sim.pool->acquire(std::move(model), {});
  MUAI_CHECK(lease.has_value());
  wait_s += seconds_since(sim.loop, asked);
  const Result<Generation> answer = co_await lease->model().generate({}, {});
  MUAI_CHECK(answer.has_value());
}

enum class Knowledge : std::uint8_t { Plain, Informed };

Figures ours(unsigned seed, int users, Duration residency, Knowledge knowledge) {
  SimulatedPool sim(
      plans(),
      {.residency = residency, .vram_budget_mb = kVramMb, .room_wait = std::chrono::minutes(10)},
      {.seed = seed}, {.vram_mb = kVramMb});
  const Serve serve = [&sim](std::string model, double& wait_s) {
    return serve_ours(sim, std::move(model), wait_s);
  };
  Hint hint;
  if (knowledge == Knowledge::Informed)
    hint = [&sim](const std::string& model) { sim.pool->prefetch(model); };
  const double wait_s = drive(sim.loop, Load(seed), users, serve, hint);
  return {sim.device.load_seconds, wait_s, static_cast<double>(sim.device.loads),
          static_cast<double>(sim.device.out_of_memory)};
}

// ---- Least recently used -------------------------------------------------------------------

// Models by last use; the oldest idle one goes when there are too many, or too many bytes.
class RecentModels {
 public:
  // `count_max` 0: by bytes.
  RecentModels(unsigned seed, std::size_t count_max, Duration residency)
      : loop({.seed = seed}), count_max_(count_max), residency_(residency), deciding_(loop, 1) {
    device.vram_mb = kVramMb;
    for (SimulatedPlan& plan : plans()) {
      const std::int64_t size_mb = plan.size_mb;
      models_.push_back(std::make_unique<Kept>(loop, device, plan, size_mb));
    }
  }

  Task<void> serve(std::string name, double& wait_s) {
    Kept& kept = named(name);
    const TimePoint asked = loop.now();
    const auto turn = co_await kept.turns.acquire({});
    kept.is_used = true;
    co_await ensure_loaded(kept);
    wait_s += seconds_since(loop, asked);
    const Result<Generation> answer = co_await kept.model.generate({}, {});
    MUAI_CHECK(answer.has_value());
    kept.last_used = loop.now();
    kept.is_used = false;
  }

  SimulatedDevice device;
  SimLoop loop;

 private:
  struct Kept {
    Kept(SimLoop& its_loop, SimulatedDevice& device, SimulatedPlan plan, std::int64_t size)
        : model(its_loop, device, std::move(plan)), size_mb(size), turns(its_loop, 1) {}
    SimulatedModel model;
    std::int64_t size_mb;
    AsyncSemaphore turns;
    bool is_used = false;
    TimePoint last_used{};
  };

  Kept& named(std::string_view name) {
    for (const auto& one : models_)
      if (one->model.description().name == name) return *one;
    MUAI_CHECK(false);
  }

  Task<void> ensure_loaded(Kept& kept) {
    const auto decision = co_await deciding_.acquire({});
    co_await unload_expired();
    while (!kept.model.is_loaded()) {
      if (is_full(kept)) {
        co_await unload_oldest();
        continue;
      }
      const Result<void> loaded = co_await kept.model.load({Device::Gpu}, {});
      if (!loaded) co_await unload_oldest();
    }
  }

  bool is_full(const Kept& wanted) const {
    std::size_t count = 0;
    std::int64_t bytes_mb = wanted.size_mb;
    for (const auto& one : models_) {
      if (!one->model.is_loaded()) continue;
      ++count;
      bytes_mb += one->size_mb;
    }
    return count_max_ > 0 ? count >= count_max_ : bytes_mb > kVramMb;
  }

  Task<void> unload_oldest() {
    while (true) {
      Kept* oldest = nullptr;
      for (const auto& one : models_)
        if (one->model.is_loaded() && !one->is_used &&
            (!oldest || one->last_used < oldest->last_used))
          oldest = one.get();
      if (oldest) {
        co_await oldest->model.unload();
        co_return;
      }
      const Result<void> waited = co_await sleep_for(loop, std::chrono::milliseconds(50), {});
      MUAI_CHECK(waited.has_value());
    }
  }

  Task<void> unload_expired() {
    for (const auto& one : models_) {
      const bool is_expired = loop.now() - one->last_used > residency_;
      if (one->model.is_loaded() && !one->is_used && is_expired) co_await one->model.unload();
    }
  }

  std::size_t count_max_;
  Duration residency_;
  std::vector<std::unique_ptr<Kept>> models_;
  AsyncSemaphore deciding_;
};

Figures recent(unsigned seed, int users, Duration residency, std::size_t count_max) {
  RecentModels sim(seed, count_max, residency);
  const Serve serve = [&sim](std::string model, double& wait_s) {
    return sim.serve(std::move(model), wait_s);
  };
  const double wait_s = drive(sim.loop, Load(seed), users, serve, {});
  return {sim.device.load_seconds, wait_s, static_cast<double>(sim.device.loads),
          static_cast<double>(sim.device.out_of_memory)};
}

// ---- The table -----------------------------------------------------------------------------

struct Row {
  const char* name;
  std::function<Figures(unsigned seed)> measure;
};

void print_table(int users, Duration residency, const char* title) {
  const Row rows[] = {
      {"LRU by count, 4", [=](unsigned seed) { return recent(seed, users, residency, 4); }},
      {"LRU by bytes", [=](unsigned seed) { return recent(seed, users, residency, 0); }},
      {"pool, plain",
       [=](unsigned seed) { return ours(seed, users, residency, Knowledge::Plain); }},
      {"pool, informed",
       [=](unsigned seed) { return ours(seed, users, residency, Knowledge::Informed); }},
  };
  fmt::print("\n{} user(s), {}\n{:<16} {:>9} {:>9} {:>7} {:>5}  load s against LRU\n", users, title,
             "", "load s", "wait s", "loads", "OOM");
  std::vector<Figures> means;
  for (const Row& row : rows) {
    Figures sum;
    for (unsigned seed = 1; seed <= kSeeds; ++seed) sum += row.measure(seed);
    means.push_back(
        {sum.load_s / kSeeds, sum.wait_s / kSeeds, sum.loads / kSeeds, sum.out_of_memory / kSeeds});
    const Figures& mean = means.back();
    const auto against = [&](std::size_t other) {
      return 100 * (mean.load_s / means[other].load_s - 1);
    };
    fmt::print("{:<16} {:>9.0f} {:>9.0f} {:>7.0f} {:>5.1f}", row.name, mean.load_s, mean.wait_s,
               mean.loads, mean.out_of_memory);
    if (means.size() > 2)
      fmt::print("  {:+.0f} % (count), {:+.0f} % (bytes)", against(0), against(1));
    fmt::print("\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace muai

int main() {
  using namespace std::chrono_literals;
  for (const int users : {1, 3}) {
    muai::print_table(users, 24h, "nothing unloaded for being idle");
    muai::print_table(users, 30s, "idle for 30 s: unloaded");
  }
}
