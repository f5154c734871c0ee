#pragma once

// Which loaded models are kept when memory is short.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "muai/async/loop.h"
#include "muai/model/model.h"
#include "muai/model/model_description.h"

namespace muai {

enum class Expectation : std::uint8_t { None, NeededNext };

// What is known of a loaded model that nobody uses at the moment.
struct RetentionFacts {
  std::int64_t uses = 0;     // load requests so far
  double idle_s = 0;         // since its last use
  double reload_s = 0;       // what loading it again takes
  std::int64_t size_mb = 0;  // what unloading it frees
  DevicePolicy policy = DevicePolicy::GpuOnDemand;
  Expectation expectation = Expectation::None;
};

// (uses + 1) / (1 + idle_s / 60), times reload seconds for each megabyte freed, x 2 for
// gpu_resident, x 0.5 for cpu_only, x 16 when the next step needs it. Never falls when a model is
// used more recently or more often, or costs more to reload. The addend gives a model that was
// loaded ahead of its first use a place at all.
double retention_priority(const RetentionFacts& facts);

// True when a model idle for so long may be unloaded: strictly longer than the residency.
bool is_beyond_residency(Duration idle, Duration residency);

struct Evictable {
  std::size_t model = 0;  // the caller's number for it
  double priority = 0;
  MemoryUse frees;
};

// The models to unload, lowest priority first, until `wanted` is free; of equal priorities the
// smaller number. One that frees nothing of what is still missing is passed over. Empty when all
// together do not free enough. No victim outranks a model that is kept and would have helped: that
// law leaves exactly this set.
std::vector<std::size_t> choose_victims(std::vector<Evictable> idle, MemoryUse wanted);

}  // namespace muai
