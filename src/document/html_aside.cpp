#include "document/html_aside.h"

#include <algorithm>
#include <utility>

namespace muai {
namespace {

// U+100000 and up: F4 80 80 80, six bits in each of the last bytes.
constexpr char continuation(std::size_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); }

}  // namespace

void SetAside::add_text(std::string_view text, std::string& html) {
  const std::size_t number = texts_.size();
  const char mark[kMarkBytes] = {kMarkLead, continuation(number >> 12), continuation(number >> 6),
                                 continuation(number)};
  html.append(mark, kMarkBytes);
  texts_.push_back(text);
}

std::string_view SetAside::take_text(std::string_view bytes) {
  if (bytes.size() < kMarkBytes) return {};
  std::size_t number = 0;
  for (std::size_t i = 1; i < kMarkBytes; ++i)
    number = number << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
  return number < texts_.size() ? std::exchange(texts_[number], {}) : std::string_view();
}

void SetAside::begin_element(std::size_t offset) {
  elements_.push_back(
      {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(attributes_.size())});
}

std::span<const HtmlAttribute> SetAside::attributes_at(std::size_t offset) const {
  std::size_t at = near_ + 1;
  if (at >= elements_.size() || elements_[at].offset != offset)
    at = static_cast<std::size_t>(
        std::ranges::lower_bound(elements_, offset, {}, &Element::offset) - elements_.begin());
  if (at >= elements_.size() || elements_[at].offset != offset) return {};
  near_ = at;
  const std::size_t begin = elements_[at].attributes_begin;
  const std::size_t end =
      at + 1 < elements_.size() ? elements_[at + 1].attributes_begin : attributes_.size();
  return std::span(attributes_).subspan(begin, end - begin);
}

}  // namespace muai
