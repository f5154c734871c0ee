#pragma once

// What a piece of work consumed.

#include <algorithm>
#include <cstdint>

namespace muai {

// A plain value. Sums add up, peaks take the larger one.
struct Usage {
  std::int64_t model_loads = 0;
  std::int64_t vram_peak_mb = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  // Millionths of a US dollar. An integer, so that a day of traces sums exactly.
  std::int64_t cost_micro_usd = 0;

  Usage& operator+=(const Usage& other) {
    model_loads += other.model_loads;
    vram_peak_mb = std::max(vram_peak_mb, other.vram_peak_mb);
    prompt_tokens += other.prompt_tokens;
    completion_tokens += other.completion_tokens;
    cost_micro_usd += other.cost_micro_usd;
    return *this;
  }
  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace muai
