#pragma once

// The GPU's management library, as far as memory goes: opened by name when first needed, spoken to
// by declarations of our own, so that neither building nor running MuAI needs it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muai {

struct GpuMemory {
  std::uint64_t total = 0;  // bytes, of all GPUs together
  std::uint64_t free = 0;
};

// Thread-safe.
class Nvml {
 public:
  // Without the library, a driver or a GPU: no devices, and every answer is zero.
  explicit Nvml(const std::string& library);
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml();

  GpuMemory memory() const;

  // Bytes of all GPUs that this process holds; zero when no GPU lists it.
  std::uint64_t used_by(std::int64_t pid) const;

 private:
  struct Device;
  struct ProcessUse;
  using Status = int;
  using ListProcesses = Status (*)(Device*, unsigned* count, ProcessUse* uses);

  std::vector<ProcessUse> processes(Device* device) const;
  bool find_functions();
  void find_devices();

  void* library_ = nullptr;
  Status (*shutdown_)() = nullptr;
  Status (*memory_of_)(Device*, void* memory) = nullptr;
  ListProcesses list_processes_ = nullptr;
  std::vector<Device*> devices_;
};

}  // namespace muai
