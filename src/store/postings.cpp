#include "muai/store/postings.h"

#include <algorithm>

#include "muai/core/check.h"

namespace muai {

std::int64_t PassageSlots::id_of(std::uint32_t slot) const {
  MUAI_CHECK(slot < lengths_.size());
  const auto behind = std::ranges::upper_bound(runs_, slot, {}, &Run::first_slot);
  const Run& run = *std::prev(behind);
  return run.first_id + (slot - run.first_slot);
}

std::optional<std::uint32_t> PassageSlots::slot_of(std::int64_t passage_id) const {
  const auto behind = std::ranges::upper_bound(runs_, passage_id, {}, &Run::first_id);
  if (behind == runs_.begin()) return std::nullopt;
  const Run& run = *std::prev(behind);
  const std::int64_t offset = passage_id - run.first_id;
  if (offset >= run.count) return std::nullopt;
  return run.first_slot + static_cast<std::uint32_t>(offset);
}

void PassageSlots::append(std::int64_t first_id, std::span<const PassageLength> lengths) {
  if (lengths.empty()) return;
  MUAI_CHECK(runs_.empty() || first_id >= runs_.back().first_id + runs_.back().count);
  const auto count = static_cast<std::uint32_t>(lengths.size());
  if (!runs_.empty() && runs_.back().first_id + runs_.back().count == first_id) {
    runs_.back().count += count;
  } else {
    runs_.push_back({first_id, this->count(), count});
  }
  lengths_.insert(lengths_.end(), lengths.begin(), lengths.end());
  for (const PassageLength length : lengths) longest_ = std::max(longest_, length.length());
}

void PassageSlots::remove(std::int64_t first_id, std::int64_t count) {
  for (std::int64_t id = first_id; id < first_id + count; ++id) {
    const std::optional<std::uint32_t> slot = slot_of(id);
    if (!slot) continue;
    const auto place = std::ranges::lower_bound(removed_, *slot);
    if (place == removed_.end() || *place != *slot) removed_.insert(place, *slot);
  }
}

}  // namespace muai
