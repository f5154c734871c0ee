// Room: who gets memory, and who must go for it. A load may use what the ledger has left and what
// the machine really has free, whichever is less. Between two waits everything here happens at
// once, so two loads can never be promised the same megabytes.

#include <fmt/format.h>

#include <algorithm>

#include "model/pool_core.h"

namespace muai {
namespace {

// How long a driver may take to show what a dead process gave back, and how often we look.
constexpr Duration kFreedShows = std::chrono::seconds(2);
constexpr Duration kLookAgain = std::chrono::milliseconds(50);
constexpr std::int64_t kUnlimited = std::int64_t{1} << 40;
constexpr std::int64_t kReserveMb = 512;

MemoryUse operator+(MemoryUse one, MemoryUse other) {
  return {.vram_mb = one.vram_mb + other.vram_mb, .ram_mb = one.ram_mb + other.ram_mb};
}

MemoryUse above_zero(std::int64_t vram_mb, std::int64_t ram_mb) {
  return {.vram_mb = std::max<std::int64_t>(vram_mb, 0),
          .ram_mb = std::max<std::int64_t>(ram_mb, 0)};
}

MemoryUse larger(MemoryUse one, MemoryUse other) {
  return {.vram_mb = std::max(one.vram_mb, other.vram_mb),
          .ram_mb = std::max(one.ram_mb, other.ram_mb)};
}

// Only the kinds that `need` asks for.
MemoryUse of_kinds(MemoryUse use, MemoryUse need) {
  return {.vram_mb = need.vram_mb > 0 ? use.vram_mb : 0,
          .ram_mb = need.ram_mb > 0 ? use.ram_mb : 0};
}

MemoryUse less(MemoryUse from, MemoryUse taken) {
  return above_zero(from.vram_mb - taken.vram_mb, from.ram_mb - taken.ram_mb);
}

bool is_none(MemoryUse use) { return use == MemoryUse(); }

// What all models may take of a kind of which the machine has `total`.
std::int64_t budget_of(std::int64_t total_mb, std::int64_t wanted_mb, std::int64_t unknown_mb) {
  if (total_mb == 0) return wanted_mb > 0 && unknown_mb > 0 ? wanted_mb : unknown_mb;
  if (wanted_mb > 0) return std::min(wanted_mb, total_mb);
  return std::max<std::int64_t>(total_mb - total_mb / 20 - kReserveMb, 0);
}

}  // namespace

// A claim's place in the line of claims, left on every way out; what it paused goes on then.
class ClaimPlace {
 public:
  ClaimPlace(PoolCore& core, MemoryClaim claim)
      : core_(core), at_(core.claims_.insert(core.claims_.end(), claim)) {}
  ClaimPlace(const ClaimPlace&) = delete;
  ClaimPlace& operator=(const ClaimPlace&) = delete;
  ~ClaimPlace() {
    const bool has_paused = at_->has_paused;
    core_.claims_.erase(at_);
    if (has_paused) core_.unpause();
  }

  MemoryClaim& claim() const { return *at_; }

 private:
  PoolCore& core_;
  std::list<MemoryClaim>::iterator at_;
};

// ---- The ledger ----------------------------------------------------------------------------

void PoolCore::set_budget(const MemoryState& machine) {
  has_gpu_ = machine.vram_total_mb > 0;
  budget_ = {.vram_mb = budget_of(machine.vram_total_mb, options_.vram_budget_mb, 0),
             .ram_mb = budget_of(machine.ram_total_mb, options_.ram_budget_mb, kUnlimited)};
}

void PoolCore::book(ModelSlot& slot, MemoryUse need) {
  slot.reserved = slot.reserved + need;
  reserved_ = reserved_ + need;
}

void PoolCore::release(ModelSlot& slot) {
  if (is_none(slot.reserved)) return;
  reserved_.vram_mb -= slot.reserved.vram_mb;
  reserved_.ram_mb -= slot.reserved.ram_mb;
  slot.reserved = {};
  freed_at_ = loop_.now();
  changed_.notify();
}

MemoryUse PoolCore::ahead_of(const MemoryClaim& claim) const {
  MemoryUse sum;
  for (const MemoryClaim& earlier : claims_) {
    if (&earlier == &claim) break;
    if (earlier.is_firm) sum = sum + earlier.need;
  }
  return sum;
}

MemoryUse PoolCore::missing_in_ledger(const MemoryClaim& claim) const {
  const MemoryUse wanted = reserved_ + ahead_of(claim) + claim.need;
  return of_kinds(less(wanted, budget_), claim.need);
}

// What other programs took is not ours to give. Loads that run are taken to have all of theirs
// already: if they have not, the ledger still keeps it for them.
MemoryUse PoolCore::missing_in_machine(const MemoryClaim& claim, const MemoryState& machine) const {
  const MemoryUse free{.vram_mb = machine.vram_free_mb,
                       .ram_mb = machine.ram_total_mb > 0 ? machine.ram_free_mb : kUnlimited};
  return of_kinds(less(ahead_of(claim) + claim.need, free), claim.need);
}

MemoryUse PoolCore::being_freed() const {
  MemoryUse sum;
  for (const auto& slot : slots_)
    if (slot->phase == ModelPhase::Unloading) sum = sum + slot->reserved;
  return sum;
}

// ---- Reserving -----------------------------------------------------------------------------

Task<Result<void>> PoolCore::reserve(ModelSlot& slot, MemoryUse need, Patience patience) {
  if (!is_none(less(need, budget_))) {
    co_return std::unexpected(
        no_room(slot, need,
                fmt::format("all models together may take {} MB of VRAM and {} of RAM",
                            budget_.vram_mb, budget_.ram_mb)));
  }
  const ClaimPlace place(*this, {.slot = &slot, .need = need});
  const TimePoint patient_until = loop_.now() + options_.room_wait;
  const TimePoint pressing_at = loop_.now() + options_.room_wait / 4;
  while (true) {
    const MemoryState machine = co_await probe_();
    if (slot.stop.stop_requested()) co_return cancelled();
    bury_dead();
    const MemoryUse in_ledger = missing_in_ledger(place.claim());
    const MemoryUse in_machine = patience == Patience::TakenAlready
                                     ? MemoryUse()
                                     : missing_in_machine(place.claim(), machine);
    if (is_none(in_ledger) && is_none(in_machine)) {
      book(slot, need);
      co_return {};
    }
    const bool may_show_yet = is_none(in_ledger) && loop_.now() - freed_at_ < kFreedShows;
    const MemoryUse missing = less(larger(in_ledger, in_machine), being_freed());
    bool is_coming = may_show_yet || is_none(missing);
    if (!is_coming) is_coming = evict_idle(slot, missing);
    const bool is_hint = slot.line.empty();
    if (!is_coming && (patience != Patience::WaitForBusy || is_hint)) {
      slot.is_given_up = is_hint;
      co_return std::unexpected(no_room(slot, need, "no idle model can make room"));
    }
    if (!is_coming && loop_.now() >= patient_until) {
      co_return std::unexpected(
          no_room(slot, need, "what is loaded is in use, or other programs hold the memory"));
    }
    const bool is_pressing = loop_.now() >= pressing_at;
    place.claim().is_firm = is_coming || is_pressing;
    if (!is_coming && is_pressing) pause_busy(slot, missing);
    TimePoint look = is_pressing ? patient_until : pressing_at;
    if (is_coming) look = may_show_yet ? loop_.now() + kLookAgain : kNever;
    MUAI_CO_TRY_VOID(co_await changed_.wait(look, slot.stop.get_token()));
  }
}

Error PoolCore::no_room(const ModelSlot& slot, MemoryUse need, std::string why) const {
  return Error(ErrorCode::OutOfMemory,
               fmt::format("it needs {} MB of VRAM and {} of RAM, {} and {} are taken; {}",
                           need.vram_mb, need.ram_mb, reserved_.vram_mb - slot.reserved.vram_mb,
                           reserved_.ram_mb - slot.reserved.ram_mb, why));
}

// ---- Who must go ---------------------------------------------------------------------------

double PoolCore::priority_of(const ModelSlot& slot) const {
  const Duration idle = slot.active > 0 ? Duration::zero() : loop_.now() - slot.last_used;
  return retention_priority(
      {.uses = slot.uses,
       .idle_s = std::chrono::duration<double>(idle).count(),
       .reload_s = slot.load_seconds,
       .size_mb = slot.reserved.vram_mb + slot.reserved.ram_mb,
       .policy = slot.description.preferred_device_policy,
       .expectation = is_expected(slot) ? Expectation::NeededNext : Expectation::None});
}

// Begins to unload idle models until `missing` will be free. False, and nothing is begun, when
// they do not suffice. A load on a hint leaves alone what is itself expected.
bool PoolCore::evict_idle(ModelSlot& slot, MemoryUse missing) {
  const bool is_hint = slot.line.empty();
  std::vector<Evictable> idle;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const ModelSlot& other = *slots_[index];
    const bool is_waiting_turn = other.is_paused && other.is_loaded() && other.active == 0;
    if (!is_idle(other) && !is_waiting_turn) continue;
    if (is_hint && is_expected(other)) continue;
    idle.push_back({.model = index, .priority = priority_of(other), .frees = other.reserved});
  }
  const std::vector<std::size_t> victims = choose_victims(std::move(idle), missing);
  for (const std::size_t index : victims) {
    ModelSlot& victim = *slots_[index];
    const Duration unused = loop_.now() - victim.last_used;
    tell(slot,
         event(ModelEventKind::Evict, victim,
               fmt::format("room for '{}'; idle for {:.1f} s, retention priority {:.3g}",
                           slot.description.name, std::chrono::duration<double>(unused).count(),
                           priority_of(victim))));
    start_unload(victim, fmt::format("evicted for '{}'", slot.description.name));
  }
  return !victims.empty();
}

// A claim that has waited for a quarter of its patience is not passed any more: the models in use
// whose room it needs, lowest priority first, finish what runs and give no new turns. One claim at
// a time presses, the oldest.
void PoolCore::pause_busy(const ModelSlot& slot, MemoryUse missing) {
  const auto oldest = std::find_if(claims_.begin(), claims_.end(),
                                   [](const MemoryClaim& claim) { return claim.is_firm; });
  if (oldest == claims_.end() || oldest->slot != &slot) return;
  std::vector<Evictable> loaded;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const ModelSlot& other = *slots_[index];
    if (other.takes_memory() && other.is_loaded())
      loaded.push_back({.model = index, .priority = priority_of(other), .frees = other.reserved});
  }
  oldest->has_paused = true;
  for (const std::size_t index : choose_victims(std::move(loaded), missing))
    slots_[index]->is_paused = true;
}

void PoolCore::unpause() {
  for (const auto& slot : slots_) {
    if (!slot->is_paused) continue;
    slot->is_paused = false;
    pump(*slot);
  }
}

// Frees what crashed models still hold in the ledger before anybody is evicted for it.
void PoolCore::bury_dead() {
  for (const auto& slot : slots_)
    if (slot->is_dead()) pump(*slot);
}

}  // namespace muai
