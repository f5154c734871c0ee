#pragma once

// PoolCore: the state of a ModelPool and what changes it. Private to the pool's sources:
//   pool_core.cpp   turns and queues, idle models, what the outside sees
//   pool_loads.cpp  loading and unloading: the ladder of placements, and what is told about it
//   pool_room.cpp   the ledger: who gets memory, who must go
//   pool_calls.cpp  generate and embed: the chain of models, and what a call costs
//
// Each slot runs at most one flight (a load or an unload) at a time, owned by the pool and not by
// those who wait for it. A flight's end is posted, so that nothing here is entered from inside
// itself.

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/pool_signal.h"
#include "model/retention.h"
#include "muai/async/oneshot.h"
#include "muai/async/pool.h"
#include "muai/async/start.h"
#include "muai/model/model_pool.h"

namespace muai {

// A call that waits for its turn. Lives in the call's own frame.
struct PoolWaiter {
  OneShot<ModelPool::Lease>::Sender sender;
  const ModelCall* call = nullptr;
  TimePoint since{};
};

// One model of the pool. `phase` is never Busy here: a loaded model is Idle whatever `active` is.
struct ModelSlot {
  explicit ModelSlot(std::unique_ptr<Model> owned)
      : model(std::move(owned)), description(model->description()) {}

  bool is_loaded() const { return phase == ModelPhase::Idle; }
  // Remote models and the one without weights: always ready, never evicted, never counted.
  bool takes_memory() const { return description.backend == ModelBackend::Llama; }
  // Its process has gone though nobody unloaded it.
  bool is_dead() const { return takes_memory() && is_loaded() && !model->is_loaded(); }

  std::unique_ptr<Model> model;
  ModelDescription description;
  ModelPhase phase = ModelPhase::Unloaded;
  Placement placement;
  std::list<PoolWaiter*> line;  // first come first served; none of them is settled
  std::int64_t active = 0;
  std::int64_t uses = 0;
  std::int64_t loads = 0;
  std::int64_t unloads = 0;
  std::int64_t loads_untold = 0;  // loads that no call has been charged for
  TimePoint last_used{};
  TimePoint expected_until{};  // `prefetch` said that it is needed next
  TimePoint measured_at{};
  MemoryUse reserved;  // in the ledger
  MemoryUse measured;
  std::vector<std::pair<Placement, MemoryUse>> known;  // what loads were measured to take
  double load_seconds = 0;
  std::string problem;
  std::string left;               // why it was unloaded last
  std::vector<ModelEvent> story;  // of the load that no call has been charged for
  bool is_given_up = false;       // its load ended because nobody waited for it any more
  int unload_wanted = 0;          // calls of `unload` that wait for it to be idle
  bool is_paused = false;         // gives no turns: an older claim waits for its memory
  std::stop_source stop;          // of the flight
  StartedTask flight;
};

// A load that waits for memory. A later claim gets only what the firm ones before it leave: those
// for which models are being evicted, and those that have waited for long. One that is not firm
// waits for models in use, and what fits meanwhile may pass.
struct MemoryClaim {
  const ModelSlot* slot = nullptr;
  MemoryUse need;
  bool is_firm = false;
  bool has_paused = false;  // models in use, for its sake
};

class PoolCore : public std::enable_shared_from_this<PoolCore> {
 public:
  PoolCore(Pool& workers, MemoryProbe probe, ModelPoolOptions options);

  Result<void> add(std::unique_ptr<Model> model);
  Result<ModelSlot*> find(std::string_view name);

  // Turns (pool_core.cpp).
  Task<Result<ModelPool::Lease>> acquire(std::string name, ModelCall call);
  void take(ModelSlot& slot);
  void give_back(ModelSlot& slot);
  void prefetch(ModelSlot& slot);
  Task<Result<void>> unload(std::string name, ModelCall call);
  Task<void> close();
  void abandon();  // the pool object has gone
  std::vector<ModelStatus> status() const;

  // Calls (pool_calls.cpp).
  Task<Result<Generation>> generate(std::vector<std::string> chain, GenerateRequest request,
                                    ModelCall call);
  Task<Result<Generation>> ask(std::string name, GenerateRequest request, ModelCall call);
  Task<Result<std::vector<Embedding>>> embed(std::string name, std::vector<std::string> texts,
                                             ModelCall call);

 private:
  // Turns (pool_core.cpp).
  bool has_free_turn(const ModelSlot& slot) const;
  void pump(ModelSlot& slot);
  void give_turns(ModelSlot& slot);
  void charge(ModelSlot& slot, const ModelCall& call);
  void fail_line(ModelSlot& slot, const Error& error);
  Error deadline_error(const ModelSlot& slot) const;
  bool is_idle(const ModelSlot& slot) const;
  bool is_expected(const ModelSlot& slot) const;
  void measure(ModelSlot& slot);
  void start_hints();
  void set_sweep();
  void sweep();

  // Flights (pool_loads.cpp).
  void start_load(ModelSlot& slot);
  void start_unload(ModelSlot& slot, std::string reason);
  void load_ended(ModelSlot& slot, Result<void> result);
  void unload_ended(ModelSlot& slot);
  Task<Result<void>> load(ModelSlot& slot);
  Task<Result<void>> climb_down(ModelSlot& slot);
  Task<Result<void>> load_at(ModelSlot& slot, Placement placement);
  Task<Result<void>> load_reserved(ModelSlot& slot, Placement placement);
  Task<Result<void>> correct(ModelSlot& slot);
  Task<Result<MemoryUse>> need_of(ModelSlot& slot, Placement placement);
  ModelCall flight_call(ModelSlot& slot);
  std::string load_reason(const ModelSlot& slot) const;
  ModelEvent event(ModelEventKind kind, const ModelSlot& of, std::string reason) const;
  void tell(ModelSlot& audience, ModelEvent event);
  void announce(const ModelEvent& event) const;

  // Room (pool_room.cpp).
  enum class Patience : std::uint8_t {
    WaitForBusy,   // room_wait long for models in use
    OnlyIdle,      // what idle models can give
    TakenAlready,  // the same, for what the machine has given: only the ledger is asked
  };
  Task<Result<void>> reserve(ModelSlot& slot, MemoryUse need, Patience patience);
  void set_budget(const MemoryState& machine);
  void book(ModelSlot& slot, MemoryUse need);
  void release(ModelSlot& slot);
  Error no_room(const ModelSlot& slot, MemoryUse need, std::string why) const;
  MemoryUse ahead_of(const MemoryClaim& claim) const;
  MemoryUse missing_in_ledger(const MemoryClaim& claim) const;
  MemoryUse missing_in_machine(const MemoryClaim& claim, const MemoryState& machine) const;
  MemoryUse being_freed() const;
  bool evict_idle(ModelSlot& slot, MemoryUse missing);
  void pause_busy(const ModelSlot& slot, MemoryUse missing);
  void unpause();
  friend class ClaimPlace;
  void bury_dead();
  double priority_of(const ModelSlot& slot) const;

  Loop& loop_;
  MemoryProbe probe_;
  ModelPoolOptions options_;
  std::vector<std::unique_ptr<ModelSlot>> slots_;  // by name
  std::list<MemoryClaim> claims_;
  MemoryUse budget_;
  MemoryUse reserved_;  // the sum over all slots
  bool has_gpu_ = false;
  TimePoint freed_at_;
  PoolSignal changed_;
  PoolTimer sweep_timer_;
  PoolTimer hint_timer_;
  TimePoint sweep_at_ = kNever;
  bool is_closed_ = false;
  bool is_abandoned_ = false;
};

}  // namespace muai
