#include "model/retention.h"

#include <algorithm>
#include <utility>

namespace muai {
namespace {

constexpr double kExpectedWeight = 16;

double weight_of(DevicePolicy policy) {
  switch (policy) {
    case DevicePolicy::GpuResident: return 2;
    case DevicePolicy::GpuOnDemand: return 1;
    case DevicePolicy::CpuOnly: return 0.5;
  }
  return 1;
}

bool helps(MemoryUse frees, MemoryUse wanted) {
  return (wanted.vram_mb > 0 && frees.vram_mb > 0) || (wanted.ram_mb > 0 && frees.ram_mb > 0);
}

}  // namespace

double retention_priority(const RetentionFacts& facts) {
  const double demand = static_cast<double>(facts.uses + 1) / (1 + facts.idle_s / 60);
  const double reload_per_mb =
      facts.reload_s / static_cast<double>(std::max<std::int64_t>(facts.size_mb, 1));
  const double expected = facts.expectation == Expectation::NeededNext ? kExpectedWeight : 1;
  return demand * reload_per_mb * weight_of(facts.policy) * expected;
}

bool is_beyond_residency(Duration idle, Duration residency) { return idle > residency; }

std::vector<std::size_t> choose_victims(std::vector<Evictable> idle, MemoryUse wanted) {
  std::sort(idle.begin(), idle.end(), [](const Evictable& one, const Evictable& other) {
    return std::pair(one.priority, one.model) < std::pair(other.priority, other.model);
  });
  std::vector<std::size_t> victims;
  for (const Evictable& candidate : idle) {
    if (!helps(candidate.frees, wanted)) continue;
    victims.push_back(candidate.model);
    wanted.vram_mb -= candidate.frees.vram_mb;
    wanted.ram_mb -= candidate.frees.ram_mb;
    if (wanted.vram_mb <= 0 && wanted.ram_mb <= 0) return victims;
  }
  return {};
}

}  // namespace muai
