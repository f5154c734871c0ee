// Loading: from the preferred placement down the ladder, until the model runs or nothing is left.

#include <fmt/format.h>

#include <algorithm>

#include "model/pool_core.h"

namespace muai {
namespace {

constexpr std::size_t kStoryMax = 64;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Quantization preferred_quantization(const ModelDescription& description) {
  if (description.quantization_config == "8bit") return Quantization::Bits8;
  if (description.quantization_config == "4bit") return Quantization::Bits4;
  return Quantization::None;
}

// The placements to try, in order: as configured, then smaller forms, then the same on the CPU.
std::vector<Placement> ladder_of(const ModelDescription& description, bool has_gpu) {
  std::vector<Quantization> forms{preferred_quantization(description)};
  if (description.supports_quant) {
    for (const Quantization smaller : {Quantization::Bits8, Quantization::Bits4})
      if (smaller > forms.front()) forms.push_back(smaller);
  }
  std::vector<Placement> ladder;
  for (const Device device : {Device::Gpu, Device::Cpu}) {
    const bool may_use_gpu =
        has_gpu && description.preferred_device_policy != DevicePolicy::CpuOnly;
    if (device == Device::Gpu && !may_use_gpu) continue;
    for (const Quantization form : forms) ladder.push_back({device, form});
  }
  return ladder;
}

// "gpu", "gpu 4bit".
std::string text_of(Placement placement) {
  if (placement.quantization == Quantization::None) return std::string(to_string(placement.device));
  return fmt::format("{} {}", to_string(placement.device), to_string(placement.quantization));
}

// "5210 MB of VRAM and 300 MB of RAM".
std::string text_of(MemoryUse use) {
  if (use.vram_mb == 0) return fmt::format("{} MB of RAM", use.ram_mb);
  if (use.ram_mb == 0) return fmt::format("{} MB of VRAM", use.vram_mb);
  return fmt::format("{} MB of VRAM and {} MB of RAM", use.vram_mb, use.ram_mb);
}

// What was measured, where something was; else what was estimated.
MemoryUse corrected(MemoryUse estimate, MemoryUse measured) {
  return {.vram_mb = measured.vram_mb > 0 ? measured.vram_mb : estimate.vram_mb,
          .ram_mb = measured.ram_mb > 0 ? measured.ram_mb : estimate.ram_mb};
}

MemoryUse growth(MemoryUse from, MemoryUse to) {
  return {.vram_mb = std::max<std::int64_t>(to.vram_mb - from.vram_mb, 0),
          .ram_mb = std::max<std::int64_t>(to.ram_mb - from.ram_mb, 0)};
}

}  // namespace

// ---- Flights -------------------------------------------------------------------------------

void PoolCore::start_load(ModelSlot& slot) {
  slot.phase = ModelPhase::Loading;
  slot.stop = std::stop_source();
  slot.is_given_up = false;
  slot.flight = start(load(slot), [this, &slot](Outcome<Result<void>> outcome) {
    auto ended = [kept = weak_from_this(), &slot, result = std::move(outcome).take()]() mutable {
      if (const auto core = kept.lock()) core->load_ended(slot, std::move(result));
    };
    loop_.post(std::move(ended));
  });
}

void PoolCore::load_ended(ModelSlot& slot, Result<void> result) {
  if (is_abandoned_) return;
  slot.phase = result ? ModelPhase::Idle : ModelPhase::Failed;
  slot.last_used = loop_.now();
  slot.problem = result ? std::string() : result.error().message();
  // A load that was given up is begun again for those who asked since; any other failure is
  // theirs.
  if (!result && slot.is_given_up) slot.phase = ModelPhase::Unloaded;
  if (!result && !slot.is_given_up) fail_line(slot, result.error());
  if (!result) slot.story.clear();
  if (!result) slot.expected_until = {};  // a hint is tried once
  pump(slot);
  start_hints();
  changed_.notify();
}

void PoolCore::start_unload(ModelSlot& slot, std::string reason) {
  slot.left = std::move(reason);
  slot.phase = ModelPhase::Unloading;
  slot.flight = start(slot.model->unload(), [this, &slot](Outcome<void>) {
    loop_.post([kept = weak_from_this(), &slot] {
      if (const auto core = kept.lock()) core->unload_ended(slot);
    });
  });
  set_sweep();
}

void PoolCore::unload_ended(ModelSlot& slot) {
  if (is_abandoned_) return;
  ++slot.unloads;
  slot.phase = ModelPhase::Unloaded;
  slot.is_paused = false;
  slot.measured = {};
  release(slot);
  pump(slot);
  changed_.notify();
}

ModelCall PoolCore::flight_call(ModelSlot& slot) {
  ModelCall call;
  call.stop = slot.stop.get_token();
  call.on_event = [this, &slot](ModelEvent told) { tell(slot, std::move(told)); };
  return call;
}

// ---- The ladder ----------------------------------------------------------------------------

Task<Result<void>> PoolCore::load(ModelSlot& slot) {
  if (slot.takes_memory()) {
    const MemoryState machine = co_await probe_();
    set_budget(machine);
    Result<void> loaded = co_await climb_down(slot);
    co_return loaded;
  }
  Result<void> ready = co_await slot.model->load(Placement(), flight_call(slot));
  co_return ready;
}

Task<Result<void>> PoolCore::climb_down(ModelSlot& slot) {
  const std::vector<Placement> ladder = ladder_of(slot.description, has_gpu_);
  std::vector<std::string> reasons;
  for (std::size_t rung = 0; rung < ladder.size(); ++rung) {
    Result<void> loaded = co_await load_at(slot, ladder[rung]);
    if (loaded || loaded.error().code() != ErrorCode::OutOfMemory) co_return loaded;
    const std::string& why = loaded.error().message();
    reasons.push_back(fmt::format("{}: {}", text_of(ladder[rung]), why));
    slot.is_given_up = slot.line.empty();
    if (slot.is_given_up) break;  // loaded on a hint only: never in a worse place
    if (rung + 1 < ladder.size()) {
      tell(slot, event(ModelEventKind::Fallback, slot,
                       fmt::format("out of memory on {}: {}; {} is tried", text_of(ladder[rung]),
                                   why, text_of(ladder[rung + 1]))));
    }
  }
  co_return fail(
      ErrorCode::OutOfMemory,
      fmt::format("model '{}' does not fit: {}", slot.description.name, fmt::join(reasons, "; ")));
}

Task<Result<void>> PoolCore::load_at(ModelSlot& slot, Placement placement) {
  MUAI_CO_TRY(const MemoryUse need, co_await need_of(slot, placement));
  MUAI_CO_TRY_VOID(co_await reserve(slot, need, Patience::WaitForBusy));
  Result<void> loaded = co_await load_reserved(slot, placement);
  if (loaded || loaded.error().code() != ErrorCode::OutOfMemory) co_return loaded;
  // It takes more than was said. If idle models can make half as much room again, once more.
  const MemoryUse more{.vram_mb = std::min(need.vram_mb + need.vram_mb / 2, budget_.vram_mb),
                       .ram_mb = std::min(need.ram_mb + need.ram_mb / 2, budget_.ram_mb)};
  const MemoryClaim claim{.slot = &slot, .need = more};
  if (missing_in_ledger(claim) == MemoryUse()) co_return loaded;
  tell(slot, event(ModelEventKind::Fallback, slot,
                   fmt::format("out of memory on {}: {}; idle models are evicted for a second try",
                               text_of(placement), loaded.error().message())));
  Result<void> reserved = co_await reserve(slot, more, Patience::OnlyIdle);
  if (!reserved) co_return loaded;
  loaded = co_await load_reserved(slot, placement);
  co_return loaded;
}

Task<Result<MemoryUse>> PoolCore::need_of(ModelSlot& slot, Placement placement) {
  for (const auto& [measured_at, use] : slot.known)
    if (measured_at == placement) co_return use;
  Result<MemoryUse> estimate = co_await slot.model->estimate(placement);
  co_return estimate;
}

// Loads with the reservation that stands; gives it back when that fails.
Task<Result<void>> PoolCore::load_reserved(ModelSlot& slot, Placement placement) {
  const TimePoint begun = loop_.now();
  slot.placement = placement;
  ++slot.loads;
  ++slot.loads_untold;
  Result<void> loaded = co_await slot.model->load(placement, flight_call(slot));
  if (loaded) {
    slot.load_seconds = seconds(loop_.now() - begun);
    loaded = co_await correct(slot);
  }
  if (!loaded) {
    release(slot);
    co_return loaded;
  }
  tell(slot, event(ModelEventKind::Load, slot, load_reason(slot)));
  co_return loaded;
}

// Puts the measured size into the ledger. A model that took more than there is room for, even
// after evicting idle ones, goes again: the budget is a promise.
Task<Result<void>> PoolCore::correct(ModelSlot& slot) {
  const MemoryUse estimate = slot.reserved;
  slot.measured_at = loop_.now();
  slot.measured = corrected(estimate, slot.model->memory());
  std::erase_if(slot.known, [&slot](const auto& one) { return one.first == slot.placement; });
  slot.known.emplace_back(slot.placement, slot.measured);
  const MemoryUse more = growth(estimate, slot.measured);
  if (more != MemoryUse()) {
    const Result<void> reserved = co_await reserve(slot, more, Patience::TakenAlready);
    if (!reserved) {
      co_await slot.model->unload();
      if (slot.stop.stop_requested()) co_return cancelled();
      co_return fail(ErrorCode::OutOfMemory,
                     fmt::format("it took {}, {} were estimated, and there is no room for the "
                                 "difference",
                                 text_of(slot.measured), text_of(estimate)));
    }
  }
  release(slot);
  book(slot, slot.measured);
  co_return {};
}

// ---- What is told --------------------------------------------------------------------------

std::string PoolCore::load_reason(const ModelSlot& slot) const {
  std::string why = slot.left.empty() ? std::string("first use") : "again: " + slot.left;
  if (slot.line.empty()) why = "needed next";
  return fmt::format("{}; {}, {}, {:.1f} s", why, text_of(slot.placement), text_of(slot.measured),
                     slot.load_seconds);
}

ModelEvent PoolCore::event(ModelEventKind kind, const ModelSlot& of, std::string reason) const {
  return {.kind = kind,
          .model = of.description.name,
          .reason = std::move(reason),
          .timestamp = loop_.unix_seconds()};
}

void PoolCore::announce(const ModelEvent& told) const {
  if (options_.on_event) options_.on_event(told);
}

// Tells everybody who waits for `audience`, and keeps it for whoever uses it first.
void PoolCore::tell(ModelSlot& audience, ModelEvent told) {
  announce(told);
  for (const PoolWaiter* waiter : audience.line)
    if (waiter->call->on_event) waiter->call->on_event(told);
  if (audience.story.size() < kStoryMax) audience.story.push_back(std::move(told));
}

}  // namespace muai
