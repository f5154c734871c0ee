// Stands in for the GPU's management library: two devices of 24 and 8 GiB; process 4242 holds
// 3 GiB of each, among so many others that a first list is too short; one more does not say.

#include <cstddef>

namespace {
struct Memory {
  unsigned long long total, free, used;
};
struct Process {
  unsigned pid;
  unsigned long long used;
  unsigned gpu_instance, compute_instance;
};
constexpr unsigned long long kGib = 1ull << 30;
constexpr unsigned kProcesses = 100;
int devices[2] = {24, 8};
bool is_running = false;
}  // namespace

extern "C" {
int nvmlInit_v2() {
  is_running = true;
  return 0;
}
int nvmlShutdown() {
  is_running = false;
  return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 3;  // the third cannot be opened
  return is_running ? 0 : 1;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index > 1) return 15;
  *device = &devices[index];
  return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  const auto gib = static_cast<unsigned long long>(*static_cast<int*>(device));
  *memory = {gib * kGib, (gib - 4) * kGib, 4 * kGib};
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, Process* processes) {
  const unsigned room = *count;
  *count = kProcesses;
  if (room < kProcesses) return 7;
  for (unsigned i = 0; i < kProcesses; ++i) processes[i] = {i + 1, kGib, 0, 0};
  processes[7] = {4242, 3 * kGib, 0, 0};
  processes[8] = {4243, ~0ull, 0, 0};
  return 0;
}
}
