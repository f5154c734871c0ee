#include "async/timer_heap.h"

#include <tuple>
#include <utility>

namespace muai {

bool TimerHeap::Entry::before(const Entry& other) const {
  return std::tie(when, tie, order) < std::tie(other.when, other.tie, other.order);
}

TimerId TimerHeap::add(TimePoint when, Loop::Callback callback, std::uint64_t tie) {
  const std::uint32_t slot = take_slot();
  slots_[slot].callback = std::move(callback);
  heap_.push_back(Entry{when, tie, order_++, slot});
  slots_[slot].position = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(heap_.size() - 1);
  return TimerId{std::uint64_t{slots_[slot].generation} << 32 | slot};
}

Loop::Callback TimerHeap::remove(TimerId timer) {
  const auto id = static_cast<std::uint64_t>(timer);
  const auto slot = static_cast<std::uint32_t>(id);
  const auto generation = static_cast<std::uint32_t>(id >> 32);
  if (slot >= slots_.size() || slots_[slot].generation != generation) return {};
  return remove_at(slots_[slot].position);
}

Loop::Callback TimerHeap::pop_due(TimePoint now) {
  if (heap_.empty() || heap_.front().when > now) return {};
  return remove_at(0);
}

std::uint32_t TimerHeap::take_slot() {
  if (first_free_ == kNoSlot) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = first_free_;
  first_free_ = slots_[slot].position;
  return slot;
}

Loop::Callback TimerHeap::remove_at(std::size_t position) {
  const std::uint32_t index = heap_[position].slot;
  Slot& slot = slots_[index];
  Loop::Callback callback = std::exchange(slot.callback, {});
  if (++slot.generation == 0) slot.generation = 1;  // 0 is the generation of TimerId::None
  slot.position = std::exchange(first_free_, index);

  const Entry last = heap_.back();
  heap_.pop_back();
  if (position < heap_.size()) {
    place(position, last);
    sift_up(position);
    sift_down(slots_[last.slot].position);
  }
  return callback;
}

void TimerHeap::place(std::size_t position, const Entry& entry) {
  heap_[position] = entry;
  slots_[entry.slot].position = static_cast<std::uint32_t>(position);
}

void TimerHeap::sift_up(std::size_t position) {
  const Entry entry = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void TimerHeap::sift_down(std::size_t position) {
  const Entry entry = heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, entry);
}

}  // namespace muai
