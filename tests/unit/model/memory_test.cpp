#include "muai/model/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "muai/async/sim_loop.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

// A machine of files.
class MemoryTest : public ::testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    const fs::path whole = fs::path(folder_.path()) / path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }
  MemorySources sources() const {
    return {.proc = folder_ / "proc", .cgroup = folder_ / "cgroup", .gpu_library = ""};
  }
  MemoryState state() const { return MemoryMeter(sources()).state(); }

  muai::testing::TemporaryFolder folder_;
};

TEST_F(MemoryTest, ReadsTheMachine) {
  write("proc/meminfo",
        "MemTotal:       65536000 kB\nMemFree:         1024000 kB\nMemAvailable:   32768000 kB\n");
  EXPECT_EQ(state(), (MemoryState{.ram_total_mb = 64'000, .ram_free_mb = 32'000}));
}

TEST_F(MemoryTest, ASmallerControlGroupCounts) {
  write("proc/meminfo", "MemTotal: 65536000 kB\nMemAvailable: 32768000 kB\n");
  write("proc/self/cgroup", "0::/user/app\n");
  write("cgroup/user/app/memory.max", "max\n");
  write("cgroup/user/memory.max", "4194304000\n");
  write("cgroup/user/memory.current", "2097152000\n");
  write("cgroup/user/memory.stat", "anon 5\ninactive_file 1048576000\n");
  EXPECT_EQ(state(), (MemoryState{.ram_total_mb = 4'000, .ram_free_mb = 3'000}))
      << "the limit of the group around ours; cached files are as good as free";
}

TEST_F(MemoryTest, InAContainerTheMountedRootCounts) {
  write("proc/meminfo", "MemTotal: 65536000 kB\nMemAvailable: 32768000 kB\n");
  write("proc/self/cgroup", "0::/\n");
  write("cgroup/memory.max", "2147483648\n");
  EXPECT_EQ(state().ram_total_mb, 2'048);
  EXPECT_EQ(state().ram_free_mb, 2'048);
}

TEST_F(MemoryTest, ReadsTheFirstVersionOfControlGroups) {
  write("proc/meminfo", "MemTotal: 65536000 kB\nMemAvailable: 32768000 kB\n");
  write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
  write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("cgroup/memory/docker/abc/memory.limit_in_bytes", "1073741824\n");
  write("cgroup/memory/docker/abc/memory.usage_in_bytes", "536870912\n");
  EXPECT_EQ(state(), (MemoryState{.ram_total_mb = 1'024, .ram_free_mb = 512}));
}

TEST_F(MemoryTest, HostileTextCountsAsAbsent) {
  EXPECT_EQ(state(), MemoryState()) << "no files at all";
  const std::string_view texts[] = {
      "",
      "MemTotal",
      "MemTotal:",
      "MemTotal: kB\nMemAvailable: -5 kB",
      "MemTotal: 99999999999999999999999 kB\nMemAvailable: 18446744073709551615 kB\n",
      "xMemTotal: 5 kB\n MemAvailable: 7 kB\n",
      "Mem\0Total: 1 kB\n\n\n:::\n"sv};
  const std::string_view groups[] = {"", "::", "0::", "0::/../..\n", ":::::\n0:\n", "x:memory:/a"};
  for (const std::string_view text : texts) {
    for (const std::string_view group : groups) {
      write("proc/meminfo", text);
      write("proc/self/cgroup", group);
      EXPECT_EQ(state(), MemoryState()) << text << group;
    }
  }
  write("proc/meminfo", "MemTotal: 1024000 kB\nMemAvailable: 8192000 kB\n");
  write("proc/self/cgroup", "0::/\n");
  write("cgroup/memory.max", "18446744073709551616\n");
  EXPECT_EQ(state(), (MemoryState{.ram_total_mb = 1'000, .ram_free_mb = 1'000}))
      << "never more free than there is";
  write("cgroup/memory.max", "1048576\n");
  write("cgroup/memory.current", "2097152\n");
  EXPECT_EQ(state(), (MemoryState{.ram_total_mb = 1, .ram_free_mb = 0})) << "used beyond the limit";
}

TEST_F(MemoryTest, ReadsOneProcess) {
  write("proc/77/status", "Name:\tllama\nVmHWM:\t  4096 kB\nVmRSS:\t  2048 kB\n");
  const MemoryMeter meter(sources());
  EXPECT_EQ(meter.of_process(77), (MemoryUse{.ram_mb = 2}));
  EXPECT_EQ(meter.ram_peak_mb(77), 4);
  EXPECT_EQ(meter.of_process(78), MemoryUse());
  EXPECT_EQ(meter.ram_peak_mb(78), 0);
}

TEST_F(MemoryTest, AsksTheGpusLibrary) {
  write("proc/4242/status", "VmRSS: 1024 kB\n");
  write("proc/4243/status", "VmRSS: 1024 kB\n");
  MemorySources with_gpu = sources();
  with_gpu.gpu_library = MUAI_FAKE_GPU;
  const MemoryMeter meter(with_gpu);
  EXPECT_EQ(meter.state().vram_total_mb, 32 * 1'024);
  EXPECT_EQ(meter.state().vram_free_mb, 24 * 1'024);
  EXPECT_EQ(meter.of_process(4242).vram_mb, 6 * 1'024) << "its share of both";
  EXPECT_EQ(meter.of_process(4243).vram_mb, 0) << "one that does not say";
}

TEST_F(MemoryTest, WithoutTheLibraryThereIsNoGpu) {
  MemorySources without = sources();
  without.gpu_library = "libmuai-no-such-library.so.1";
  EXPECT_EQ(MemoryMeter(without).state(), MemoryState());
}

TEST(Memory, KnowsThisMachineAndThisProcess) {
  const MemoryMeter meter;
  const MemoryState state = meter.state();
  EXPECT_GT(state.ram_total_mb, 0);
  EXPECT_GE(state.ram_total_mb, state.ram_free_mb);
  // The peak is read second: this process grows in between.
  const std::int64_t now = meter.of_process(getpid()).ram_mb;
  EXPECT_GT(now, 0);
  EXPECT_GE(meter.ram_peak_mb(getpid()), now);
}

TEST(Memory, AProbeAsksOnAPoolThread) {
  SimLoop loop;
  Pool workers(loop, {.threads = 0});
  const MemoryMeter meter;
  const MemoryProbe probe = memory_probe(meter, workers);
  EXPECT_EQ(loop.run(probe()).value().ram_total_mb, meter.state().ram_total_mb);
}

}  // namespace
}  // namespace muai
