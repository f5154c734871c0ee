#include "model/nvml.h"

#include <dlfcn.h>

namespace muai {
namespace {

constexpr int kSuccess = 0;
constexpr int kInsufficientSize = 7;
constexpr std::uint64_t kNotAvailable = ~std::uint64_t{0};
constexpr unsigned kDevicesMax = 64;
constexpr unsigned kProcessesMax = 65'536;

// nvmlMemory_t.
struct DeviceMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

// nvmlProcessInfo_v2_t, which both newer forms of the list use.
struct Nvml::ProcessUse {
  unsigned pid;
  unsigned long long used;
  unsigned gpu_instance;
  unsigned compute_instance;
};

Nvml::Nvml(const std::string& library) {
  if (library.empty()) return;
  library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ && find_functions()) find_devices();
}

Nvml::~Nvml() {
  if (shutdown_) shutdown_();
  if (library_) dlclose(library_);
}

bool Nvml::find_functions() {
  Status (*start)() = nullptr;
  Status (*shutdown)() = nullptr;
  if (!find(library_, "nvmlInit_v2", start) || !find(library_, "nvmlShutdown", shutdown) ||
      !find(library_, "nvmlDeviceGetMemoryInfo", memory_of_) || start() != kSuccess)
    return false;
  shutdown_ = shutdown;
  // Older drivers lack both: then processes show no share of the GPU.
  if (!find(library_, "nvmlDeviceGetComputeRunningProcesses_v3", list_processes_))
    find(library_, "nvmlDeviceGetComputeRunningProcesses_v2", list_processes_);
  return true;
}

void Nvml::find_devices() {
  Status (*count_of)(unsigned*) = nullptr;
  Status (*device_at)(unsigned, Device**) = nullptr;
  unsigned count = 0;
  if (!find(library_, "nvmlDeviceGetCount_v2", count_of) ||
      !find(library_, "nvmlDeviceGetHandleByIndex_v2", device_at) || count_of(&count) != kSuccess)
    return;
  for (unsigned index = 0; index < count && index < kDevicesMax; ++index) {
    Device* device = nullptr;
    if (device_at(index, &device) == kSuccess && device) devices_.push_back(device);
  }
}

GpuMemory Nvml::memory() const {
  GpuMemory sum;
  for (Device* device : devices_) {
    DeviceMemory memory{};
    if (memory_of_(device, &memory) != kSuccess) continue;
    sum.total += memory.total;
    sum.free += memory.free;
  }
  return sum;
}

std::vector<Nvml::ProcessUse> Nvml::processes(Device* device) const {
  std::vector<ProcessUse> uses(64);
  // Processes may start between the two questions; a third size is not asked for.
  for (int attempt = 0; attempt < 3 && list_processes_; ++attempt) {
    auto count = static_cast<unsigned>(uses.size());
    const Status status = list_processes_(device, &count, uses.data());
    if (status == kSuccess && count <= uses.size()) {
      uses.resize(count);
      return uses;
    }
    if (status != kInsufficientSize || count > kProcessesMax) break;
    uses.resize(count + 16);
  }
  return {};
}

std::uint64_t Nvml::used_by(std::int64_t pid) const {
  std::uint64_t sum = 0;
  for (Device* device : devices_)
    for (const ProcessUse& use : processes(device))
      if (use.pid == pid && use.used != kNotAvailable) sum += use.used;
  return sum;
}

}  // namespace muai
