#include "store/segment_entries.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace muai {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they are");

constexpr std::size_t kHeaderBytes = 13;
// With its row, a block fits a page of SQLite.
constexpr std::size_t kBlockBytes = 4000;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace

void append_entry(std::string& bytes, const SegmentEntry& entry) {
  std::array<char, kHeaderBytes> header;
  const std::array<std::uint32_t, 3> numbers{entry.code, entry.passages,
                                             static_cast<std::uint32_t>(entry.list.size())};
  std::memcpy(header.data(), numbers.data(), sizeof numbers);
  header.back() = static_cast<char>(entry.term.size());
  bytes.append(header.data(), header.size());
  bytes += entry.term;
  bytes += entry.list;
}

Result<bool> EntryReader::next() {
  if (rest_.empty()) return false;
  const auto damaged = [] {
    return fail(ErrorCode::Corrupt,
                "the index is damaged; remove the collection and add its files again");
  };
  if (rest_.size() < kHeaderBytes) return damaged();
  const std::size_t term_bytes = static_cast<std::uint8_t>(rest_[kHeaderBytes - 1]);
  const std::size_t list_bytes = number_at(rest_, 8);
  if (rest_.size() - kHeaderBytes < term_bytes + list_bytes) return damaged();
  entry_.code = number_at(rest_, 0);
  entry_.passages = number_at(rest_, 4);
  entry_.term = rest_.substr(kHeaderBytes, term_bytes);
  entry_.list = rest_.substr(kHeaderBytes + term_bytes, list_bytes);
  rest_.remove_prefix(kHeaderBytes + term_bytes + list_bytes);
  return true;
}

std::optional<EntryBlock> BlockCutter::add(const SegmentEntry& entry) {
  std::optional<EntryBlock> full;
  const std::size_t size = kHeaderBytes + entry.term.size() + entry.list.size();
  if (!growing_.entries.empty() && entry.code != last_code_ &&
      growing_.entries.size() + size > kBlockBytes) {
    full = std::exchange(growing_, {});
  }
  if (growing_.entries.empty()) growing_.first_code = entry.code;
  append_entry(growing_.entries, entry);
  last_code_ = entry.code;
  return full;
}

}  // namespace muai
