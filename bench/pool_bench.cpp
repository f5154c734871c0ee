// What the eviction of ModelPool is worth: a device of 24 GB, twelve models of 2 to 16 GB, requests
// by Zipf's law, in virtual time. Beside it, in the same run and over the same requests, what other
// servers do: least recently used by count (a router with at most four models, told to try again
// when it runs out of memory) and least recently used by bytes. "Informed" knows, as a workflow
// does, which model comes next, and says so; "plain" does not.
//
// Prints the seconds that the device spent loading, the seconds that calls waited for their model
// to be there, loads, and out-of-memory errors; means over the seeds.

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
constexpr int kSlots = 4;  // calls that a model serves at a time
constexpr int kSeeds = 10;
constexpr int kRuns = 300;  // of one to three model calls each

// One table: how many users, how long an answer takes (2 s are some 100 tokens of a model on a GPU,
// 6 s some 300), and how long idle models stay.
struct Setting {
  const char* title = "";
  int users = 1;
  Duration answer_time = std::chrono::seconds(2);
  Duration residency = std::chrono::hours(24);
};

std::vector<SimulatedPlan> plans(const Setting& setting) {
  std::vector<SimulatedPlan> all;
  for (std::size_t i = 0; i < std::size(kSizesMb); ++i) {
    // A second to start, then 2 GB/s.
    const double load_s = 1 + static_cast<double>(kSizesMb[i]) / 2'000;
    all.push_back({.name = fmt::format("m{:02}", i),
                   .size_mb = kSizesMb[i],
                   .load_time = std::chrono::milliseconds(static_cast<int>(load_s * 1'000)),
                   .unload_time = std::chrono::milliseconds(300),
                   .answer_time = setting.answer_time,
                   .concurrency_max = kSlots});
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

// One call: the model that is needed, the one that will be needed next (empty: none), and where to
// add the time until the model was there.
struct Need {
  std::string model;
  std::string next;
  double* wait_s = nullptr;
};
using Serve = std::function<Task<void>(Need need)>;

// One user: takes the next run, calls its models one after the other, pauses.
Task<void> use(SimLoop& loop, const Load& load, std::size_t& next, const Serve& serve,
               double& wait_s) {
  while (next < load.runs.size()) {
    const std::size_t at = next++;
    const std::vector<std::string>& run = load.runs[at];
    for (std::size_t i = 0; i < run.size(); ++i) {
      Need need{.model = run[i], .wait_s = &wait_s};
      if (i + 1 < run.size()) need.next = run[i + 1];
      co_await serve(std::move(need));
    }
    const Result<void> paused = co_await sleep_for(loop, load.pauses[at], {});
    MUAI_CHECK(paused.has_value());
  }
}

double drive(SimLoop& loop, const Load& load, int users, const Serve& serve) {
  std::size_t next = 0;
  double wait_s = 0;
  std::vector<Task<void>> all;
  for (int user = 0; user < users; ++user) all.push_back(use(loop, load, next, serve, wait_s));
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

enum class Knowledge : std::uint8_t { Plain, Informed };

Task<void> serve_ours(SimulatedPool& sim, Need need, Knowledge knowledge) {
  const TimePoint asked = sim.loop.now();
  Result<ModelPool::Lease> lease = co_await sim.pool->acquire(need.model, {});
  MUAI_CHECK(lease.has_value());
  *need.wait_s += seconds_since(sim.loop, asked);
  if (knowledge == Knowledge::Informed && !need.next.empty()) sim.pool->prefetch(need.next);
  const Result<Generation> answer = co_await lease->model().generate({}, {});
  MUAI_CHECK(answer.has_value());
}

Figures ours(unsigned seed, const Setting& setting, Knowledge knowledge) {
  SimulatedPool sim(plans(setting),
                    {.residency = setting.residency,
                     .vram_budget_mb = kVramMb,
                     .room_wait = std::chrono::minutes(10)},
                    {.seed = seed}, {.vram_mb = kVramMb});
  const Serve serve = [&sim, knowledge](Need need) {
    return serve_ours(sim, std::move(need), knowledge);
  };
  const double wait_s = drive(sim.loop, Load(seed), setting.users, serve);
  return {sim.device.load_seconds, wait_s, static_cast<double>(sim.device.loads),
          static_cast<double>(sim.device.out_of_memory)};
}

// ---- Least recently used -------------------------------------------------------------------

// Models by last use; the oldest idle one goes when there are too many, or too many bytes.
class RecentModels {
 public:
  // `count_max` 0: by bytes.
  RecentModels(unsigned seed, std::size_t count_max, const Setting& setting)
      : loop({.seed = seed}),
        count_max_(count_max),
        residency_(setting.residency),
        deciding_(loop, 1) {
    device.vram_mb = kVramMb;
    for (SimulatedPlan& plan : plans(setting)) {
      const std::int64_t size_mb = plan.size_mb;
      models_.push_back(std::make_unique<Kept>(loop, device, plan, size_mb));
    }
  }

  Task<void> serve(Need need) {
    Kept& kept = named(need.model);
    const TimePoint asked = loop.now();
    const auto turn = co_await kept.turns.acquire({});
    const bool is_expired = loop.now() - kept.last_used > residency_;
    if (kept.model.is_loaded() && kept.users == 0 && is_expired) co_await unload(kept);
    if (kept.model.is_loaded()) {
      ++kept.users;
    } else {
      co_await load(kept);
    }
    *need.wait_s += seconds_since(loop, asked);
    const Result<Generation> answer = co_await kept.model.generate({}, {});
    MUAI_CHECK(answer.has_value());
    kept.last_used = loop.now();
    --kept.users;
  }

  SimulatedDevice device;
  SimLoop loop;

 private:
  struct Kept {
    Kept(SimLoop& its_loop, SimulatedDevice& device, SimulatedPlan plan, std::int64_t size)
        : model(its_loop, device, std::move(plan)), size_mb(size), turns(its_loop, kSlots) {}
    SimulatedModel model;
    std::int64_t size_mb;
    AsyncSemaphore turns;
    int users = 0;
    bool is_coming = false;  // somebody loads it
    bool is_booked = false;  // and has room for it
    bool is_going = false;
    TimePoint last_used{};
  };

  Kept& named(std::string_view name) {
    for (const auto& one : models_)
      if (one->model.description().name == name) return *one;
    MUAI_CHECK(false);
  }

  // Loads it, unless another call has meanwhile, and counts one user more. Loads run together;
  // who goes for them is decided one load after the other.
  Task<void> load(Kept& kept) {
    while (!kept.model.is_loaded()) {
      if (kept.is_coming || kept.is_going) {
        co_await look_again();
        continue;
      }
      kept.is_coming = true;
      co_await make_room(kept);
      const Result<void> loaded = co_await kept.model.load({Device::Gpu}, {});
      kept.is_booked = false;
      if (!loaded) co_await unload_oldest();
      kept.is_coming = false;
    }
    ++kept.users;
  }

  Task<void> make_room(Kept& kept) {
    const auto decision = co_await deciding_.acquire({});
    co_await unload_expired();
    while (is_full(kept)) co_await unload_oldest();
    kept.is_booked = true;
  }

  Task<void> unload(Kept& kept) {
    kept.is_going = true;
    co_await kept.model.unload();
    kept.is_going = false;
  }

  Task<void> look_again() {
    const Result<void> waited = co_await sleep_for(loop, std::chrono::milliseconds(50), {});
    MUAI_CHECK(waited.has_value());
  }

  bool is_full(const Kept& wanted) const {
    std::size_t count = 0;
    std::int64_t bytes_mb = wanted.size_mb;
    for (const auto& one : models_) {
      if (one.get() == &wanted || !(one->model.is_loaded() || one->is_booked)) continue;
      ++count;
      bytes_mb += one->size_mb;
    }
    return count_max_ > 0 ? count >= count_max_ : bytes_mb > kVramMb;
  }

  Task<void> unload_oldest() {
    while (true) {
      Kept* oldest = nullptr;
      for (const auto& one : models_)
        if (one->model.is_loaded() && one->users == 0 &&
            (!oldest || one->last_used < oldest->last_used))
          oldest = one.get();
      if (oldest) {
        co_await unload(*oldest);
        co_return;
      }
      co_await look_again();
    }
  }

  Task<void> unload_expired() {
    for (const auto& one : models_) {
      const bool is_expired = loop.now() - one->last_used > residency_;
      if (one->model.is_loaded() && one->users == 0 && is_expired) co_await unload(*one);
    }
  }

  std::size_t count_max_;
  Duration residency_;
  std::vector<std::unique_ptr<Kept>> models_;
  AsyncSemaphore deciding_;
};

Figures recent(unsigned seed, const Setting& setting, std::size_t count_max) {
  RecentModels sim(seed, count_max, setting);
  const Serve serve = [&sim](Need need) { return sim.serve(std::move(need)); };
  const double wait_s = drive(sim.loop, Load(seed), setting.users, serve);
  return {sim.device.load_seconds, wait_s, static_cast<double>(sim.device.loads),
          static_cast<double>(sim.device.out_of_memory)};
}

// ---- The table -----------------------------------------------------------------------------

struct Row {
  const char* name;
  std::function<Figures(unsigned seed)> measure;
};

void print_table(const Setting& setting) {
  const Row rows[] = {
      {"LRU by count, 4", [=](unsigned seed) { return recent(seed, setting, 4); }},
      {"LRU by bytes", [=](unsigned seed) { return recent(seed, setting, 0); }},
      {"pool, plain", [=](unsigned seed) { return ours(seed, setting, Knowledge::Plain); }},
      {"pool, informed", [=](unsigned seed) { return ours(seed, setting, Knowledge::Informed); }},
  };
  fmt::print(
      "\n{}\n{:<16} {:>7} {:>7} {:>6} {:>6}  waits and loading against LRU by count, bytes\n",
      setting.title, "", "wait s", "load s", "loads", "OOM");
  std::vector<Figures> means;
  for (const Row& row : rows) {
    Figures sum;
    for (unsigned seed = 1; seed <= kSeeds; ++seed) sum += row.measure(seed);
    means.push_back(
        {sum.load_s / kSeeds, sum.wait_s / kSeeds, sum.loads / kSeeds, sum.out_of_memory / kSeeds});
    const Figures& mean = means.back();
    fmt::print("{:<16} {:>7.0f} {:>7.0f} {:>6.0f} {:>6.1f}", row.name, mean.wait_s, mean.load_s,
               mean.loads, mean.out_of_memory);
    const auto against = [](double one, double other) { return 100 * (one / other - 1); };
    if (means.size() > 2) {
      for (const Figures& lru : {means[0], means[1]})
        fmt::print("  wait {:+.0f} %, load {:+.0f} %", against(mean.wait_s, lru.wait_s),
                   against(mean.load_s, lru.load_s));
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace muai

// Answers to the flags that `./dev bench FILTER` gives every program.
int main(int count, char** arguments) {
  using namespace std::chrono_literals;
  const std::vector<std::string_view> flags(arguments + 1, arguments + count);
  for (const std::string_view flag : flags) {
    constexpr std::string_view kFilter = "--benchmark_filter=";
    if (flag.starts_with(kFilter) && flag != "--benchmark_filter=." &&
        !std::string_view("pool").contains(flag.substr(kFilter.size())))
      return 0;
  }
  if (std::find(flags.begin(), flags.end(), "--benchmark_list_tests") != flags.end()) {
    fmt::print("pool\n");
    return 0;
  }
  muai::print_table({.title = "1 user, answers of 2 s", .users = 1, .answer_time = 2s});
  muai::print_table({.title = "1 user, answers of 6 s", .users = 1, .answer_time = 6s});
  muai::print_table({.title = "3 users, answers of 2 s", .users = 3, .answer_time = 2s});
  muai::print_table({.title = "3 users, answers of 6 s", .users = 3, .answer_time = 6s});
  muai::print_table({.title = "3 users, answers of 6 s, idle for 30 s: unloaded",
                     .users = 3,
                     .answer_time = 6s,
                     .residency = 30s});
}
