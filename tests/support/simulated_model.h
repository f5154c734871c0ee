#pragma once

// A device and models that live in a SimLoop's time: they take memory, seconds to load and to
// answer, and they fail when told to. What happened is counted on the device.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/model/memory.h"
#include "muai/model/model.h"
#include "muai/model/model_pool.h"

namespace muai::testing {

struct SimulatedDevice {
  std::int64_t vram_mb = 24'000;
  std::int64_t ram_mb = 64'000;
  std::int64_t vram_foreign_mb = 0;  // what other programs hold
  MemoryUse used;
  MemoryUse used_most;

  // What went wrong or was worth counting.
  int out_of_memory = 0;
  int unloads_in_use = 0;
  int loads = 0;
  double load_seconds = 0;

  MemoryState state() const {
    const std::int64_t vram_free = vram_mb - vram_foreign_mb - used.vram_mb;
    return {.vram_total_mb = vram_mb,
            .vram_free_mb = std::max<std::int64_t>(vram_free, 0),
            .ram_total_mb = ram_mb,
            .ram_free_mb = std::max<std::int64_t>(ram_mb - used.ram_mb, 0)};
  }
  MemoryProbe probe() const {
    return [this] { return Task<MemoryState>::ready(state()); };
  }
  bool take(MemoryUse use) {
    if (use.vram_mb > state().vram_free_mb || use.ram_mb > state().ram_free_mb) {
      ++out_of_memory;
      return false;
    }
    used.vram_mb += use.vram_mb;
    used.ram_mb += use.ram_mb;
    used_most.vram_mb = std::max(used_most.vram_mb, used.vram_mb);
    used_most.ram_mb = std::max(used_most.ram_mb, used.ram_mb);
    return true;
  }
  void give(MemoryUse use) {
    used.vram_mb -= use.vram_mb;
    used.ram_mb -= use.ram_mb;
  }
};

struct SimulatedPlan {
  std::string name = "m";
  std::int64_t size_mb = 4'000;  // on the device it is placed on; a half at 8bit, a quarter at 4bit
  Duration load_time = std::chrono::seconds(4);
  Duration unload_time = std::chrono::milliseconds(100);
  Duration answer_time = std::chrono::seconds(1);
  double taken_over_said = 1;  // what it really takes, over what it says before
  DevicePolicy policy = DevicePolicy::GpuOnDemand;
  bool supports_quant = false;
  std::int64_t concurrency_max = 1;
  std::int64_t queue_max = 64;
  ModelPrices prices = {};
};

class SimulatedModel final : public Model {
 public:
  SimulatedModel(SimLoop& loop, SimulatedDevice& device, SimulatedPlan plan)
      : loop_(loop), device_(device), plan_(std::move(plan)) {
    description_.name = plan_.name;
    description_.capabilities = {"generate"};
    description_.expected_vram_mb = plan_.size_mb;
    description_.supports_quant = plan_.supports_quant;
    description_.preferred_device_policy = plan_.policy;
    description_.model_path = plan_.name + ".gguf";
    description_.concurrency_max = plan_.concurrency_max;
    description_.queue_max = plan_.queue_max;
    description_.prices = plan_.prices;
  }
  ~SimulatedModel() override {
    if (taken_) device_.give(*taken_);
  }

  const ModelDescription& description() const override { return description_; }

  Task<Result<MemoryUse>> estimate(Placement placement) override {
    if (!path_problem.empty())
      return Task<Result<MemoryUse>>::ready(fail(ErrorCode::NotFound, path_problem));
    return Task<Result<MemoryUse>>::ready(said(placement));
  }

  Task<Result<void>> load(Placement placement, ModelCall call) override {
    MUAI_CHECK(!taken_);
    ++loads;
    ++device_.loads;
    placed = placement;
    const MemoryUse use = really(placement);
    if (!device_.take(use)) co_return fail(ErrorCode::OutOfMemory, "cudaMalloc failed");
    taken_ = use;
    const TimePoint begun = loop_.now();
    const Result<void> slept = co_await sleep_for(loop_, plan_.load_time, call.stop);
    device_.load_seconds += std::chrono::duration<double>(loop_.now() - begun).count();
    if (!slept || fail_loads > 0) {
      if (slept) --fail_loads;
      device_.give(*std::exchange(taken_, std::nullopt));
      if (!slept) co_return slept;
      co_return fail(fail_with, "the process ended: bad weights");
    }
    is_running_ = true;
    has_died_ = false;
    co_return {};
  }

  Task<void> unload() override {
    if (is_running_ && answering > 0) ++device_.unloads_in_use;
    is_running_ = false;
    const Result<void> slept = co_await sleep_for(loop_, plan_.unload_time, {});
    MUAI_CHECK(slept.has_value());
    if (taken_) device_.give(*std::exchange(taken_, std::nullopt));
  }

  bool is_loaded() const override { return is_running_; }

  MemoryUse memory() const override { return is_running_ && taken_ ? *taken_ : MemoryUse(); }

  Task<Result<Generation>> generate(GenerateRequest, ModelCall call) override {
    if (has_died_) co_return fail(ErrorCode::ModelUnavailable, "the process has died");
    MUAI_CHECK(is_running_);
    ++answering;
    const Counted counted(answering);
    if (call.on_usage) call.on_usage({.prompt_tokens = 10});
    if (call.on_text && says_before_failing) call.on_text("first ");
    const Result<void> slept = co_await sleep_for(loop_, plan_.answer_time, call.stop);
    if (!slept) co_return std::unexpected(slept.error());
    if (!is_running_) co_return fail(ErrorCode::ModelUnavailable, "the process died");
    if (fail_answers > 0) {
      --fail_answers;
      co_return fail(ErrorCode::Upstream, "nonsense");
    }
    if (call.on_usage) call.on_usage({.completion_tokens = 3});
    if (call.on_text) call.on_text("answer");
    co_return Generation{.text = "answer", .usage = {.prompt_tokens = 10, .completion_tokens = 3}};
  }

  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts, ModelCall) override {
    return Task<Result<std::vector<Embedding>>>::ready(
        std::vector<Embedding>(texts.size(), Embedding{1, 0}));
  }

  // Its process ends by itself.
  void die() {
    is_running_ = false;
    has_died_ = true;
    if (taken_) device_.give(*std::exchange(taken_, std::nullopt));
  }

  int loads = 0;
  int answering = 0;
  int fail_loads = 0;  // the next so many end with `fail_with`, at their end
  ErrorCode fail_with = ErrorCode::ModelUnavailable;
  int fail_answers = 0;
  bool says_before_failing = false;
  std::string path_problem;  // it cannot be loaded at all
  Placement placed;

 private:
  struct Counted {
    explicit Counted(int& count) : count(count) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count; }
    int& count;
  };

  MemoryUse sized(Placement placement, double factor) const {
    const int parts = placement.quantization == Quantization::None    ? 1
                      : placement.quantization == Quantization::Bits8 ? 2
                                                                      : 4;
    const auto size =
        static_cast<std::int64_t>(static_cast<double>(plan_.size_mb / parts) * factor);
    return placement.device == Device::Gpu ? MemoryUse{.vram_mb = size} : MemoryUse{.ram_mb = size};
  }
  MemoryUse said(Placement placement) const { return sized(placement, 1); }
  MemoryUse really(Placement placement) const { return sized(placement, plan_.taken_over_said); }

  SimLoop& loop_;
  SimulatedDevice& device_;
  SimulatedPlan plan_;
  ModelDescription description_;
  std::optional<MemoryUse> taken_;
  bool is_running_ = false;
  bool has_died_ = false;  // since its last load
};

// A loop, a device, and a pool of simulated models on it.
class SimulatedPool {
 public:
  explicit SimulatedPool(std::vector<SimulatedPlan> plans, ModelPoolOptions options = {},
                         SimOptions sim = {}, SimulatedDevice on = {})
      : device(on), loop(sim), workers(loop, {.threads = 0}) {
    std::vector<std::unique_ptr<Model>> owned;
    for (SimulatedPlan& plan : plans) {
      auto model = std::make_unique<SimulatedModel>(loop, device, std::move(plan));
      models.push_back(model.get());
      owned.push_back(std::move(model));
    }
    options.on_event = [this](const ModelEvent& event) { events.push_back(event); };
    pool = ModelPool::create(workers, std::move(owned), device.probe(), std::move(options)).value();
  }

  SimulatedModel& model(std::string_view name) const {
    for (SimulatedModel* one : models)
      if (one->description().name == name) return *one;
    MUAI_CHECK(false);
  }
  ModelStatus status(std::string_view name) const {
    for (const ModelStatus& one : pool->status())
      if (one.name == name) return one;
    MUAI_CHECK(false);
  }
  // Asks and waits, in virtual time.
  Result<Generation> ask(std::vector<std::string> chain, ModelCall call = {}) {
    return loop.run(pool->generate(std::move(chain), {}, std::move(call)));
  }
  // "evict a", "load b", ...
  std::vector<std::string> happened() const {
    std::vector<std::string> all;
    for (const ModelEvent& event : events)
      all.push_back(std::string(to_string(event.kind)) + " " + event.model);
    return all;
  }

  SimulatedDevice device;
  SimLoop loop;
  Pool workers;
  std::vector<SimulatedModel*> models;
  std::vector<ModelEvent> events;
  std::unique_ptr<ModelPool> pool;
};

}  // namespace muai::testing
