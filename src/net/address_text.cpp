#include "net/address_text.h"

namespace muai {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads pieces from left to right; "::" remembers where zeros are to be put in at the end.
class Ipv6Reader {
 public:
  explicit Ipv6Reader(std::string_view text) : text_(text) {}

  std::optional<Address::Bytes> read() {
    if (peek() == ':') {
      if (!text_.starts_with("::")) return std::nullopt;
      at_ = 2;
      compress_ = count_;
    }
    while (at_ < text_.size()) {
      if (!read_piece()) return std::nullopt;
    }
    if (compress_ < 0 ? count_ != 8 : count_ > 7) return std::nullopt;
    return expanded();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool read_piece() {
    if (count_ == 8) return false;
    if (peek() == ':') {
      if (compress_ >= 0) return false;
      ++at_;
      compress_ = count_;
      return true;
    }
    const std::size_t begin = at_;
    unsigned value = 0;
    while (at_ < begin + 4 && hex_value(peek()) >= 0) {
      value = value * 16 + static_cast<unsigned>(hex_value(text_[at_++]));
    }
    if (peek() == '.') {
      if (at_ == begin) return false;
      at_ = begin;
      return read_ipv4_tail();
    }
    // A second ':' after a piece is the compression mark and is seen by the next call.
    if (peek() == ':') {
      ++at_;
      if (at_ == text_.size()) return false;
    } else if (at_ < text_.size()) {
      return false;
    }
    if (at_ == begin) return false;
    push(value);
    return true;
  }

  bool read_ipv4_tail() {
    if (count_ > 6) return false;
    unsigned bytes[4] = {};
    for (int part = 0; part < 4; ++part) {
      if (part > 0 && (peek() != '.' || ++at_ == 0)) return false;
      const std::size_t begin = at_;
      while (peek() >= '0' && peek() <= '9') {
        if (at_ > begin && text_[begin] == '0') return false;
        bytes[part] = bytes[part] * 10 + static_cast<unsigned>(text_[at_++] - '0');
        if (bytes[part] > 255) return false;
      }
      if (at_ == begin) return false;
    }
    if (at_ != text_.size()) return false;
    push(bytes[0] << 8 | bytes[1]);
    push(bytes[2] << 8 | bytes[3]);
    return true;
  }

  void push(unsigned value) { pieces_[count_++] = static_cast<std::uint16_t>(value); }

  Address::Bytes expanded() const {
    Address::Bytes bytes{};
    const int tail = compress_ < 0 ? 0 : count_ - compress_;
    for (int i = 0; i < count_; ++i) {
      const int to = i < count_ - tail ? i : 8 - count_ + i;
      bytes[static_cast<std::size_t>(2 * to)] = static_cast<std::uint8_t>(pieces_[i] >> 8);
      bytes[static_cast<std::size_t>(2 * to + 1)] = static_cast<std::uint8_t>(pieces_[i] & 0xFF);
    }
    return bytes;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint16_t pieces_[8] = {};
  int count_ = 0;
  int compress_ = -1;
};

}  // namespace

std::optional<Address::Bytes> parse_ipv6_text(std::string_view text) {
  return Ipv6Reader(text).read();
}

}  // namespace muai
