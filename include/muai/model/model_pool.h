#pragma once

// Models that share one memory budget: loaded when first asked for, kept while they are used,
// unloaded when idle or when another needs the room.
//
//   auto pool = ModelPool::create(loop, std::move(models), probe, {.residency = 30s});
//   Result<Generation> answer =
//       co_await pool->generate({"qwen", "tiny", "extractive"}, std::move(request), call);
//
// Memory is reserved before a load and counted free only when the model's process has gone. Loads
// are single flight: however many ask, one load runs, and one who gives up does not cancel it for
// the rest. A model in use is never unloaded. Who must go is decided by retention priority:
// uses / (1 + idle seconds / 60), times what a reload costs for each megabyte that it frees, x 2
// for gpu_resident, x 0.5 for cpu_only. When memory runs out: evict idle models, then a quantised
// form, then the CPU, then the next model of the caller's chain, then a clear failure; each rung is
// an event with its reason.
//
// Loop thread only. Must outlive its leases and calls; the loop, and what the models use, must
// outlive it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/model.h"

namespace muai {

// What the machine has. A total of zero: no such memory (no GPU).
struct MemoryState {
  std::int64_t vram_total_mb = 0;
  std::int64_t vram_free_mb = 0;
  std::int64_t ram_total_mb = 0;
  std::int64_t ram_free_mb = 0;
};

// Asks the machine; called before loads. The real one is `probe_memory` (muai/model/memory.h).
using MemoryProbe = std::function<MemoryState()>;

struct ModelPoolOptions {
  Duration residency = std::chrono::seconds(30);  // idle longer than this: may be unloaded
  std::int64_t vram_budget_mb = 0;                // 0: what the machine has, less a reserve
  std::int64_t ram_budget_mb = 0;
};

enum class ModelPhase : std::uint8_t { Unloaded, Loading, Idle, Busy, Unloading, Failed };

// "unloaded", "loading", "idle", "busy", "unloading", "failed".
std::string_view to_string(ModelPhase phase);

// One model of the pool as it stands.
struct ModelStatus {
  std::string name;
  ModelPhase phase = ModelPhase::Unloaded;
  Placement placement;       // of the present or last load
  std::int64_t uses = 0;     // load requests, whether or not a load was needed
  std::int64_t loads = 0;    // loads that ran
  std::int64_t active = 0;   // calls that hold it now
  std::int64_t waiting = 0;  // calls in its queue
  TimePoint last_used{};
  MemoryUse reserved;  // estimate, corrected by measurement
  MemoryUse measured;
  double load_seconds = 0;  // of the last load
  std::string problem;      // why the last load failed, or why the standard load was used
};

class ModelPool {
 public:
  // Keeps one model in memory until destroyed. Movable.
  class Lease;

  // InvalidConfig when two models have one name. A model named "extractive" is always there:
  // the pool adds it when it is not among `models`.
  static Result<std::unique_ptr<ModelPool>> create(Loop& loop,
                                                   std::vector<std::unique_ptr<Model>> models,
                                                   MemoryProbe probe, ModelPoolOptions options);
  // Kills what still runs. `close` first for a clean end.
  ~ModelPool();
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  // Asks the models of `chain` in turn until one answers; each step to the next is a Fallback
  // event. Nothing is retried or passed on after the first text was shown: then its error is the
  // result. Without a chain, or when all fail, ModelUnavailable with every model's reason; an
  // error that no other model can mend (Cancelled, Timeout of the call's deadline) ends it at once.
  Task<Result<Generation>> generate(std::vector<std::string> chain, GenerateRequest request,
                                    ModelCall call);

  Task<Result<std::vector<Embedding>>> embed(std::string model, std::vector<std::string> texts,
                                             ModelCall call);

  // One load request: adds exactly one to the model's uses, loads it if needed, waits its turn in
  // the model's queue. NotFound names the nearest models; LimitExceeded when the queue is full;
  // Timeout when the deadline passes first.
  Task<Result<Lease>> acquire(std::string name, ModelCall call);

  // Unloads when nobody uses it; waits for that until `call` stops or its deadline.
  Task<Result<void>> unload(std::string name, ModelCall call);

  // Begins to load what will be needed next, if it fits without evicting anything in use. A hint:
  // failures are only remembered in its status.
  void prefetch(std::string_view name);

  // All models by name.
  std::vector<ModelStatus> status() const;

  // NotFound names what exists, nearest first.
  Result<const ModelDescription*> lookup(std::string_view name) const;

  // Unloads everything and takes no more calls.
  Task<void> close();

 private:
  struct Rep;
  explicit ModelPool(std::shared_ptr<Rep> rep);
  std::shared_ptr<Rep> rep_;
};

// A model in use. Destroying it gives its turn to the next in the queue.
class ModelPool::Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  Model& model() const;

 private:
  friend class ModelPool;
  struct Rep;
  explicit Lease(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
