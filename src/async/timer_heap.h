#pragma once

// The timers of one loop: a binary heap over stable slots, so that setting and withdrawing are
// O(log n) and a timer costs about 100 bytes. Loop thread only.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "muai/async/loop.h"

namespace muai {

class TimerHeap {
 public:
  // Timers of the same time fire in the order of `tie`, then of their setting.
  TimerId add(TimePoint when, Loop::Callback callback, std::uint64_t tie = 0);

  // Takes a timer out and returns its callback, empty when the timer is gone already. The caller
  // destroys it when the heap is in order again: destructors may set and withdraw timers.
  Loop::Callback remove(TimerId timer);

  // Takes out the first timer that is due at `now`; empty when there is none.
  Loop::Callback pop_due(TimePoint now);

  // Time of the first timer; kNever when there is none.
  TimePoint next() const { return heap_.empty() ? kNever : heap_.front().when; }

  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t tie;
    std::uint64_t order;
    std::uint32_t slot;

    bool before(const Entry& other) const;
  };
  struct Slot {
    Loop::Callback callback;
    std::uint32_t generation = 1;  // tells a timer from later ones in the same slot
    std::uint32_t position = 0;    // in heap_ while in use; else the next free slot
  };
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  std::uint32_t take_slot();
  Loop::Callback remove_at(std::size_t position);
  void place(std::size_t position, const Entry& entry);
  void sift_up(std::size_t position);
  void sift_down(std::size_t position);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNoSlot;
  std::uint64_t order_ = 0;
};

}  // namespace muai
