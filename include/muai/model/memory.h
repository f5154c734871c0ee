#pragma once

// How much memory this machine has and processes take.
//
// RAM is what the control group allows (v2, then v1) or what /proc/meminfo says, whichever is
// smaller. VRAM comes from the GPU's own management library, opened at the first question, never
// at start; a machine without one has none. All sizes are megabytes (2^20 bytes). What cannot be
// read counts as absent; nothing here fails.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "muai/async/pool.h"
#include "muai/async/task.h"
#include "muai/model/model.h"

namespace muai {

// What the machine has. A total of zero: no such memory, or it is not known.
struct MemoryState {
  std::int64_t vram_total_mb = 0;  // of all GPUs together
  std::int64_t vram_free_mb = 0;
  std::int64_t ram_total_mb = 0;
  std::int64_t ram_free_mb = 0;  // what a new process could take without swapping
  bool operator==(const MemoryState&) const = default;
};

// Where to look. The defaults are the machine's; tests give their own.
struct MemorySources {
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroup = "/sys/fs/cgroup";
  std::string gpu_library = "libnvidia-ml.so.1";  // empty: never look for a GPU
};

// Thread-safe. May take milliseconds, the first question about a GPU more: ask from a pool thread,
// as `memory_probe` does, or where that does not matter.
class MemoryMeter {
 public:
  explicit MemoryMeter(MemorySources sources = {});
  MemoryMeter(const MemoryMeter&) = delete;
  MemoryMeter& operator=(const MemoryMeter&) = delete;
  ~MemoryMeter();

  MemoryState state() const;

  // What one process takes now: its resident memory, and its share of the GPUs. Zeros when it has
  // gone. VRAM is zero too where a GPU does not show process ids (some containers): compare
  // `state()` before and after then.
  MemoryUse of_process(std::int64_t pid) const;

  // The most resident memory that a process ever took; zero when it has gone.
  std::int64_t ram_peak_mb(std::int64_t pid) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Asks the machine; a ModelPool does before loads.
using MemoryProbe = std::function<Task<MemoryState>()>;

// Asks `meter` on a thread of `workers`. Both must outlive the probe and its tasks.
MemoryProbe memory_probe(const MemoryMeter& meter, Pool& workers);

}  // namespace muai
