#pragma once

// Memory of coroutine frames: a small free list per thread and size class, so that a frame costs
// a few instructions instead of a trip through malloc.
//
// Bounded: a class keeps at most kFrameClassBytesMax of free memory per thread. A frame may be
// freed on another thread than the one that made it. Under sanitizers every frame is a plain
// allocation, so that use after free is found.

#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define MUAI_PLAIN_FRAMES 1
#endif
#endif

namespace muai::internal {

inline constexpr std::size_t kFrameClassStep = 64;  // bytes between two size classes
inline constexpr std::size_t kFrameClasses = 16;    // larger frames are plain allocations
inline constexpr std::size_t kFrameClassBytesMax = 64 * 1024;

struct FreeFrame {
  FreeFrame* next;
};

// Trivially destructible, so that frames can still be freed while a thread is ending.
struct FrameCache {
  FreeFrame* free[kFrameClasses] = {};
  std::uint16_t count[kFrameClasses] = {};
  bool is_open = false;  // false before the first free and after the thread's clean-up
};

extern constinit thread_local FrameCache frame_cache;

// The slow half: opens the cache on a thread's first free, respects the bound.
void free_frame_slowly(void* frame, std::size_t size_class) noexcept;

inline void* allocate_frame(std::size_t bytes) {
#ifndef MUAI_PLAIN_FRAMES
  const std::size_t size_class = (bytes - 1) / kFrameClassStep;
  if (size_class < kFrameClasses) [[likely]] {
    FrameCache& cache = frame_cache;
    if (FreeFrame* const frame = cache.free[size_class]) [[likely]] {
      cache.free[size_class] = frame->next;
      --cache.count[size_class];
      return frame;
    }
    return ::operator new((size_class + 1) * kFrameClassStep);
  }
#endif
  return ::operator new(bytes);
}

inline void free_frame(void* frame, std::size_t bytes) noexcept {
#ifndef MUAI_PLAIN_FRAMES
  const std::size_t size_class = (bytes - 1) / kFrameClassStep;
  if (size_class < kFrameClasses) [[likely]] {
    FrameCache& cache = frame_cache;
    const std::size_t class_bytes = (size_class + 1) * kFrameClassStep;
    if (cache.is_open && (cache.count[size_class] + 1u) * class_bytes <= kFrameClassBytesMax)
        [[likely]] {
      cache.free[size_class] = ::new (frame) FreeFrame{cache.free[size_class]};
      ++cache.count[size_class];
      return;
    }
    free_frame_slowly(frame, size_class);
    return;
  }
#endif
  static_cast<void>(bytes);
  ::operator delete(frame);
}

}  // namespace muai::internal
