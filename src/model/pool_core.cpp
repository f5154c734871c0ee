#include "model/pool_core.h"

#include <fmt/format.h>

#include <algorithm>

#include "muai/core/nearest.h"
#include "muai/model/openai_model.h"

namespace muai {
namespace {

// How often a model in use is measured again.
constexpr Duration kMeasureInterval = std::chrono::seconds(10);

// A hint is given when a step begins: first that step asks for what it needs itself.
constexpr Duration kHintDelay = std::chrono::milliseconds(50);

// A waiter's place in its model's line, left on every way out.
class LinePlace {
 public:
  LinePlace(std::list<PoolWaiter*>& line, PoolWaiter& waiter) : line_(line), waiter_(waiter) {
    line_.push_back(&waiter_);
  }
  LinePlace(const LinePlace&) = delete;
  LinePlace& operator=(const LinePlace&) = delete;
  ~LinePlace() { line_.remove(&waiter_); }

 private:
  std::list<PoolWaiter*>& line_;
  PoolWaiter& waiter_;
};

// One call of `unload` that keeps its model from giving turns.
class UnloadWish {
 public:
  explicit UnloadWish(int& wanted) : wanted_(wanted) { ++wanted_; }
  UnloadWish(const UnloadWish&) = delete;
  UnloadWish& operator=(const UnloadWish&) = delete;
  ~UnloadWish() { --wanted_; }

 private:
  int& wanted_;
};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::unexpected<Error> closing() {
  return fail(ErrorCode::ModelUnavailable, "the models are being unloaded: MuAI is ending");
}

}  // namespace

PoolCore::PoolCore(Pool& workers, MemoryProbe probe, ModelPoolOptions options)
    : loop_(workers.loop()),
      probe_(std::move(probe)),
      options_(std::move(options)),
      freed_at_(loop_.now() - std::chrono::hours(1)),
      changed_(loop_) {}

Result<void> PoolCore::add(std::unique_ptr<Model> model) {
  auto slot = std::make_unique<ModelSlot>(std::move(model));
  const std::string& name = slot->description.name;
  const auto at = std::lower_bound(slots_.begin(), slots_.end(), name,
                                   [](const auto& other, const std::string& wanted) {
                                     return other->description.name < wanted;
                                   });
  if (at != slots_.end() && (*at)->description.name == name)
    return fail(ErrorCode::InvalidConfig, fmt::format("two models are named '{}'", name));
  for (const auto& other : slots_)
    MUAI_TRY_VOID(check_one_key(other->description, slot->description));
  slots_.insert(at, std::move(slot));
  return {};
}

Result<ModelSlot*> PoolCore::find(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& slot : slots_) {
    if (slot->description.name == name) return slot.get();
    names.push_back(slot->description.name);
  }
  return fail(ErrorCode::NotFound,
              fmt::format("no model '{}'; {}", name, did_you_mean(name, names)));
}

// ---- Turns ---------------------------------------------------------------------------------

Task<Result<ModelPool::Lease>> PoolCore::acquire(std::string name, ModelCall call) {
  MUAI_CO_TRY(ModelSlot * found, find(name));
  ModelSlot& slot = *found;
  ++slot.uses;
  if (is_closed_) co_return closing();
  if (call.stop.stop_requested()) co_return cancelled();
  if (loop_.now() >= call.deadline) co_return std::unexpected(deadline_error(slot));
  if (has_free_turn(slot)) {
    ModelPool::Lease lease(shared_from_this(), slot);
    if (call.on_event)
      for (const ModelEvent& told : slot.story) call.on_event(told);
    charge(slot, call);
    co_return lease;
  }
  const std::int64_t before = slot.active + static_cast<std::int64_t>(slot.line.size());
  if (before >= slot.description.concurrency_max + slot.description.queue_max) {
    co_return fail(ErrorCode::LimitExceeded,
                   fmt::format("model '{}' has {} calls before this one and takes no more; try "
                               "again later or raise queue_max",
                               name, before));
  }
  OneShot<ModelPool::Lease> turn(loop_);
  PoolWaiter waiter{.sender = turn.sender(), .call = &call};
  const LinePlace place(slot.line, waiter);
  if (call.on_event)
    for (const ModelEvent& told : slot.story) call.on_event(told);
  PoolTimer timer;
  if (call.deadline != kNever) {
    timer = PoolTimer(loop_, call.deadline, [this, &slot, sender = turn.sender()] {
      sender.send_from_loop(std::unexpected(deadline_error(slot)));
    });
  }
  pump(slot);
  Result<ModelPool::Lease> lease = co_await turn.wait(call.stop);
  co_return lease;
}

Error PoolCore::deadline_error(const ModelSlot& slot) const {
  return Error(ErrorCode::Timeout,
               fmt::format("the deadline passed while model '{}' was {}", slot.description.name,
                           slot.is_loaded() ? "busy" : to_string(slot.phase)));
}

bool PoolCore::has_free_turn(const ModelSlot& slot) const {
  return slot.is_loaded() && !slot.is_dead() && slot.line.empty() &&
         slot.active < slot.description.concurrency_max && !slot.is_paused &&
         slot.unload_wanted == 0;
}

// Does what is to be done next for one model. Called whenever something about it has changed.
void PoolCore::pump(ModelSlot& slot) {
  if (is_abandoned_ || slot.phase == ModelPhase::Loading || slot.phase == ModelPhase::Unloading)
    return;
  if (!slot.is_loaded()) {
    if (is_closed_) return fail_line(slot, closing().error());
    if (!slot.line.empty()) start_load(slot);
    return;
  }
  if (slot.is_dead()) {
    tell(slot, event(ModelEventKind::Unload, slot, "its process died"));
    return start_unload(slot, "its process died");
  }
  if (slot.unload_wanted > 0 && slot.active == 0) {
    announce(event(ModelEventKind::Unload, slot, "unload was asked for"));
    return start_unload(slot, "unload was asked for");
  }
  if (slot.unload_wanted == 0 && !slot.is_paused) give_turns(slot);
  set_sweep();
}

void PoolCore::give_turns(ModelSlot& slot) {
  while (!slot.line.empty() && slot.active < slot.description.concurrency_max) {
    PoolWaiter& waiter = *slot.line.front();
    slot.line.pop_front();
    charge(slot, *waiter.call);
    waiter.sender.send(ModelPool::Lease(shared_from_this(), slot));
  }
}

// Each load is charged to the first call that profits from it, so that the loads of all calls add
// up to the loads that ran. That call has heard the story of the load, which is then over.
void PoolCore::charge(ModelSlot& slot, const ModelCall& call) {
  slot.story.clear();
  const std::int64_t loads = std::exchange(slot.loads_untold, 0);
  if (call.on_usage && slot.takes_memory())
    call.on_usage({.model_loads = loads, .vram_peak_mb = slot.measured.vram_mb});
}

void PoolCore::fail_line(ModelSlot& slot, const Error& error) {
  for (bool is_first = true; !slot.line.empty(); is_first = false) {
    PoolWaiter& waiter = *slot.line.front();
    slot.line.pop_front();
    if (is_first) charge(slot, *waiter.call);
    waiter.sender.send(std::unexpected(error));
  }
}

void PoolCore::take(ModelSlot& slot) {
  ++slot.active;
  slot.last_used = loop_.now();
  slot.expected_until = {};
}

void PoolCore::give_back(ModelSlot& slot) {
  --slot.active;
  if (is_abandoned_) return;
  slot.last_used = loop_.now();
  if (slot.last_used - slot.measured_at > kMeasureInterval) measure(slot);
  pump(slot);
  if (slot.active == 0) changed_.notify();
}

// Only ever raises what is known of a placement; the ledger keeps what was reserved.
void PoolCore::measure(ModelSlot& slot) {
  if (!slot.takes_memory() || !slot.is_loaded()) return;
  slot.measured_at = loop_.now();
  const MemoryUse now = slot.model->memory();
  slot.measured.vram_mb = std::max(slot.measured.vram_mb, now.vram_mb);
  slot.measured.ram_mb = std::max(slot.measured.ram_mb, now.ram_mb);
  for (auto& [placement, use] : slot.known)
    if (placement == slot.placement) use = slot.measured;
}

// ---- Idle models ---------------------------------------------------------------------------

// Loaded, unused, and something would be freed by unloading it.
bool PoolCore::is_idle(const ModelSlot& slot) const {
  return slot.takes_memory() && slot.is_loaded() && slot.active == 0 && slot.line.empty();
}

bool PoolCore::is_expected(const ModelSlot& slot) const {
  return slot.expected_until > loop_.now();
}

void PoolCore::prefetch(ModelSlot& slot) {
  if (!slot.takes_memory() || is_closed_) return;
  slot.expected_until = loop_.now() + options_.residency;
  hint_timer_ = PoolTimer(loop_, loop_.now() + kHintDelay, [this] { start_hints(); });
}

// Begins to load what is expected. What somebody waits for comes first; its end calls this again.
void PoolCore::start_hints() {
  if (is_closed_) return;
  for (const auto& slot : slots_)
    if (slot->phase == ModelPhase::Loading && !slot->line.empty()) return;
  for (const auto& slot : slots_) {
    const bool is_absent = slot->phase == ModelPhase::Unloaded || slot->phase == ModelPhase::Failed;
    if (is_absent && is_expected(*slot) && slot->line.empty() && slot->unload_wanted == 0)
      start_load(*slot);
  }
}

// Keeps one timer, at the first time at which a model may have been idle for too long. None while
// nothing is loaded that could be unloaded.
void PoolCore::set_sweep() {
  TimePoint first = kNever;
  for (const auto& slot : slots_) {
    if (!is_idle(*slot) || options_.residency >= kNever - slot->last_used) continue;
    const TimePoint idle_enough = slot->last_used + options_.residency + Duration(1);
    first = std::min(first, std::max(idle_enough, slot->expected_until));
  }
  if (first == sweep_at_) return;
  sweep_at_ = first;
  sweep_timer_ = first == kNever ? PoolTimer() : PoolTimer(loop_, first, [this] { sweep(); });
}

void PoolCore::sweep() {
  sweep_at_ = kNever;
  for (const auto& slot : slots_) {
    if (!is_idle(*slot) || is_expected(*slot)) continue;
    const Duration idle = loop_.now() - slot->last_used;
    if (!is_beyond_residency(idle, options_.residency)) continue;
    std::string reason = fmt::format("idle for {:.0f} s", seconds(idle));
    announce(event(ModelEventKind::Unload, *slot, reason));
    start_unload(*slot, std::move(reason));
  }
  set_sweep();
}

Task<Result<void>> PoolCore::unload(std::string name, ModelCall call) {
  MUAI_CO_TRY(ModelSlot * found, find(name));
  ModelSlot& slot = *found;
  if (!slot.takes_memory()) co_return {};
  const UnloadWish wish(slot.unload_wanted);
  slot.expected_until = {};
  const std::int64_t before = slot.unloads;
  while (slot.unloads == before && slot.phase != ModelPhase::Unloaded &&
         slot.phase != ModelPhase::Failed) {
    if (loop_.now() >= call.deadline) {
      co_return fail(ErrorCode::Timeout,
                     fmt::format("model '{}' is still in use by {} calls", name, slot.active));
    }
    pump(slot);
    MUAI_CO_TRY_VOID(co_await changed_.wait(call.deadline, call.stop));
  }
  co_return {};
}

// ---- The end -------------------------------------------------------------------------------

Task<void> PoolCore::close() {
  is_closed_ = true;
  for (const auto& slot : slots_) {
    fail_line(*slot, closing().error());
    if (slot->phase == ModelPhase::Loading) slot->stop.request_stop();
  }
  const auto is_settled = [](const auto& slot) {
    return slot->phase == ModelPhase::Unloaded || slot->phase == ModelPhase::Failed;
  };
  while (true) {
    for (const auto& slot : slots_)
      if (slot->is_loaded()) start_unload(*slot, "MuAI is ending");
    if (std::all_of(slots_.begin(), slots_.end(), is_settled)) co_return;
    const Result<void> woken = co_await changed_.wait(kNever, {});
    if (!woken) co_return;
  }
}

void PoolCore::abandon() {
  is_closed_ = true;
  is_abandoned_ = true;
  sweep_timer_ = PoolTimer();
  hint_timer_ = PoolTimer();
  for (const auto& slot : slots_) {
    slot->flight = StartedTask();
    slot->model.reset();
  }
}

std::vector<ModelStatus> PoolCore::status() const {
  std::vector<ModelStatus> all;
  for (const auto& slot : slots_) {
    all.push_back({.name = slot->description.name,
                   .phase = slot->is_loaded() && slot->active > 0 ? ModelPhase::Busy : slot->phase,
                   .placement = slot->placement,
                   .uses = slot->uses,
                   .loads = slot->loads,
                   .active = slot->active,
                   .waiting = static_cast<std::int64_t>(slot->line.size()),
                   .last_used = slot->last_used,
                   .reserved = slot->reserved,
                   .measured = slot->is_loaded() ? slot->measured : MemoryUse(),
                   .load_seconds = slot->load_seconds,
                   .priority = slot->is_loaded() ? priority_of(*slot) : 0,
                   .problem = slot->problem});
  }
  return all;
}

}  // namespace muai
