#include "muai/async/frame_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace muai::internal {
namespace {

// Frames of every size class and beyond, written to their last byte.
std::vector<std::pair<void*, std::size_t>> make_frames(int rounds) {
  std::vector<std::pair<void*, std::size_t>> frames;
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t bytes = 1; bytes < 1500; bytes += 61) {
      void* const frame = allocate_frame(bytes);
      std::memset(frame, i, bytes);
      frames.emplace_back(frame, bytes);
    }
  }
  return frames;
}

void free_frames(const std::vector<std::pair<void*, std::size_t>>& frames) {
  for (const auto& [frame, bytes] : frames) free_frame(frame, bytes);
}

TEST(FrameCache, LiveFramesNeverShareMemory) {
  free_frames(make_frames(3));  // fills the cache
  const auto frames = make_frames(3);
  std::set<void*> distinct;
  for (const auto& [frame, bytes] : frames) distinct.insert(frame);
  EXPECT_EQ(distinct.size(), frames.size());
  free_frames(frames);
}

TEST(FrameCache, FramesMayBeFreedOnAnotherThread) {
  const auto frames = make_frames(2);
  std::thread other([&frames] {
    free_frames(frames);
    free_frames(make_frames(2));
  });
  other.join();
  const auto again = make_frames(2);
  EXPECT_EQ(again.size(), frames.size());
  free_frames(again);
}

TEST(FrameCache, KeepsNoMoreThanItsBound) {
  std::thread worker([] {
    free_frames(make_frames(2000));
    for (std::size_t i = 0; i < kFrameClasses; ++i) {
      EXPECT_LE(frame_cache.count[i] * (i + 1) * kFrameClassStep, kFrameClassBytesMax);
    }
  });
  worker.join();
}

}  // namespace
}  // namespace muai::internal
