#include "muai/async/frame_cache.h"

namespace muai::internal {

constinit thread_local FrameCache frame_cache;

namespace {

// Empties the cache when its thread ends. Frames freed later than that are freed plainly.
struct CacheCleaner {
  ~CacheCleaner() {
    FrameCache& cache = frame_cache;
    cache.is_open = false;
    for (std::size_t i = 0; i < kFrameClasses; ++i) {
      while (FreeFrame* const frame = cache.free[i]) {
        cache.free[i] = frame->next;
        ::operator delete(frame);
      }
      cache.count[i] = 0;
    }
  }
};

constinit thread_local bool cleaner_is_made = false;

}  // namespace

void free_frame_slowly(void* frame, std::size_t size_class) noexcept {
  FrameCache& cache = frame_cache;
  if (!cleaner_is_made) {
    cleaner_is_made = true;
    static thread_local CacheCleaner cleaner;
    static_cast<void>(cleaner);
    cache.is_open = true;
    free_frame(frame, (size_class + 1) * kFrameClassStep);
    return;
  }
  ::operator delete(frame);
}

}  // namespace muai::internal
