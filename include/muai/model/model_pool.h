#pragma once

// Models that share one memory budget: loaded when first asked for, kept while they are used,
// unloaded when idle or when another needs the room.
//
//   auto pool = ModelPool::create(workers, std::move(models), memory_probe(meter, workers), {});
//   Result<Generation> answer =
//       co_await (*pool)->generate({"qwen", "tiny", "extractive"}, std::move(request), call);
//
// Memory is reserved before a load and counted free only when the model's process has gone. Loads
// are single flight: however many ask, one load runs, and one who gives up does not cancel it for
// the rest. A model in use is never unloaded. Who must go is decided by retention priority:
// uses / (1 + idle seconds / 60), times what a reload costs for each megabyte that it frees, x 2
// for gpu_resident, x 0.5 for cpu_only, x 16 while it is expected (`prefetch`). When memory runs
// out: evict idle models and wait for busy ones, then a quantised form, then the CPU, then the next
// model of the caller's chain, then a clear failure; each rung is an event with its reason.
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
#include "muai/async/pool.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/memory.h"
#include "muai/model/model.h"

namespace muai {

class PoolCore;
struct ModelSlot;

struct ModelPoolOptions {
  // A model that nobody has used for longer is unloaded.
  Duration residency = std::chrono::seconds(30);
  // What all models together may take; 0: what the machine has, less a twentieth and 512 MB for
  // everybody else.
  std::int64_t vram_budget_mb = 0;
  std::int64_t ram_budget_mb = 0;
  // A load that fits only where models are in use waits this long for them before it climbs down.
  Duration room_wait = std::chrono::seconds(20);
  // Hears every event, also those that happen on behalf of no call (idle models unloaded).
  std::function<void(const ModelEvent&)> on_event = {};
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
  double priority = 0;      // retention priority: the lowest goes first
  std::string problem;      // why the last load failed; empty after one that did not
};

class ModelPool {
 public:
  // Keeps one model in memory until destroyed. Movable.
  class Lease;

  // InvalidConfig when two models have one name, when two of one server name different keys, or
  // when one is named "extractive": that one the pool adds itself, its rankings run on `workers`,
  // whose loop is the pool's.
  static Result<std::unique_ptr<ModelPool>> create(Pool& workers,
                                                   std::vector<std::unique_ptr<Model>> models,
                                                   MemoryProbe probe, ModelPoolOptions options);
  // Kills what still runs. `close` first for a clean end.
  ~ModelPool();
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  // Asks the models of `chain` in turn until one answers; each step to the next is a Fallback
  // event. Nothing is passed on after the first text was shown: then its error is the result. An
  // error that no other model can mend (Cancelled, the call's deadline) ends it at once. When all
  // fail, ModelUnavailable with every model's reason; a chain of one gives that model's own error;
  // an empty chain is InvalidInput. `call.on_usage` hears of everything consumed: tokens with their
  // price by the model's ModelPrices, loads, and the peak of its VRAM, of failed attempts too;
  // Generation::usage repeats the part of the attempt that answered.
  Task<Result<Generation>> generate(std::vector<std::string> chain, GenerateRequest request,
                                    ModelCall call);

  Task<Result<std::vector<Embedding>>> embed(std::string model, std::vector<std::string> texts,
                                             ModelCall call);

  // One load request: adds exactly one to the model's uses, loads it if needed, waits its turn in
  // the model's queue, first come first served. NotFound names the nearest models; LimitExceeded
  // when the queue is full; Timeout when the deadline passes first; OutOfMemory with the reason of
  // every rung; else why it could not be loaded. A model whose process has died is loaded anew.
  Task<Result<Lease>> acquire(std::string name, ModelCall call);

  // Unloads when nobody uses it any more: calls in its queue wait and load it anew. Waits until
  // `call` stops or its deadline. A model that takes no memory has nothing to unload.
  Task<Result<void>> unload(std::string name, ModelCall call);

  // What will be needed next: begins to load it, if there is room or can be made by evicting idle
  // models that are not expected themselves, and keeps it until it is used or, unused, no longer
  // than `residency`. A hint, no load request: failures are only remembered in its status.
  void prefetch(std::string_view name);

  // All models by name.
  std::vector<ModelStatus> status() const;

  // NotFound names what exists, nearest first.
  Result<const ModelDescription*> lookup(std::string_view name) const;

  // Unloads everything and takes no more calls.
  Task<void> close();

 private:
  explicit ModelPool(std::shared_ptr<PoolCore> core);
  std::shared_ptr<PoolCore> core_;
};

// A model in use. Destroying it gives its turn to the next in the queue.
class ModelPool::Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  // REQUIRES: not moved from. The model's own errors are not priced or passed on to others here:
  // that is what ModelPool::generate adds.
  Model& model() const;

 private:
  friend class PoolCore;
  Lease(std::shared_ptr<PoolCore> core, ModelSlot& slot);
  std::shared_ptr<PoolCore> core_;
  ModelSlot* slot_ = nullptr;
};

}  // namespace muai
