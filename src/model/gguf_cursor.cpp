#include "model/gguf_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace muai {

namespace {
constexpr std::size_t kBufferBytes = 64 << 10;
}

std::unexpected<Error> GgufCursor::corrupt(std::string_view problem) const {
  return fail(ErrorCode::Corrupt, fmt::format("{} at byte {}", problem, position_));
}

// Makes the next `bytes`, few, lie in the buffer. False when the file ends before.
bool GgufCursor::fill(std::size_t bytes) {
  if (bytes > left()) return false;
  const std::uint64_t buffer_end = buffer_begin_ + buffer_.size();
  if (position_ >= buffer_begin_ && position_ + bytes <= buffer_end) return true;
  buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBufferBytes, left())));
  buffer_.resize(read_(position_, buffer_));
  buffer_begin_ = position_;
  return buffer_.size() >= bytes;
}

Result<void> GgufCursor::take(std::span<std::byte> into, std::string_view what) {
  if (!fill(into.size())) return corrupt(fmt::format("the file ends inside {}", what));
  std::memcpy(into.data(), buffer_.data() + (position_ - buffer_begin_), into.size());
  position_ += into.size();
  return {};
}

Result<std::string> GgufCursor::text(std::size_t bytes_max, std::string_view what) {
  MUAI_TRY(const auto length, number<std::uint64_t>(what));
  if (length > bytes_max) return corrupt(fmt::format("{} of {} bytes", what, length));
  if (length > left()) return corrupt(fmt::format("the file ends inside {}", what));
  std::string text;
  while (text.size() < length) {
    const auto piece =
        static_cast<std::size_t>(std::min<std::uint64_t>(length - text.size(), kBufferBytes));
    if (!fill(piece)) return corrupt(fmt::format("the file ends inside {}", what));
    text.append(buffer_.data() + (position_ - buffer_begin_), piece);
    position_ += piece;
  }
  return text;
}

Result<void> GgufCursor::skip_text(std::string_view what) {
  MUAI_TRY(const auto length, number<std::uint64_t>(what));
  return skip(length, what);
}

Result<void> GgufCursor::skip(std::uint64_t bytes, std::string_view what) {
  if (bytes > left()) return corrupt(fmt::format("the file ends inside {}", what));
  position_ += bytes;
  return {};
}

}  // namespace muai
