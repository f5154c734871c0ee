#include "model/whole_text.h"

#include <algorithm>
#include <utility>

namespace muai {
namespace {

// How many bytes at the end begin a code point that may still be completed.
std::size_t cut_tail(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string_view WholeText::append(std::string_view bytes) {
  const std::size_t begin = text_.size();
  if (is_valid_utf8(bytes) && bytes.find('\0') == std::string_view::npos) {
    text_ += bytes;
  } else {
    for (Utf8Cursor at(bytes); !at.done(); at.next())
      append_utf8(text_, at.value() == 0 ? kReplacement : at.value());
  }
  return std::string_view(text_).substr(begin);
}

std::string_view without_outer_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view WholeText::add(std::string_view piece) {
  if (cut_.empty()) {
    const std::size_t tail = cut_tail(piece);
    cut_ = piece.substr(piece.size() - tail);
    return append(piece.substr(0, piece.size() - tail));
  }
  const std::string joined = std::exchange(cut_, {}) + std::string(piece);
  const std::size_t tail = cut_tail(joined);
  cut_ = joined.substr(joined.size() - tail);
  return append(std::string_view(joined).substr(0, joined.size() - tail));
}

std::string_view WholeText::finish() {
  const std::string rest = std::exchange(cut_, {});
  return append(rest);
}

}  // namespace muai
