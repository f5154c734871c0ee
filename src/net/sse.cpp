// A piece is cut into lines with two vector searches each; a line that lies wholly inside the piece
// is read where it stands, and only a line that was cut is put together in `line_`.

#include "muai/net/sse.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace muai {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Finds the ends of lines. Remembers where the next LF is, so that a text whose lines end with CR
// is not searched to its end for each of them.
class LineEnds {
 public:
  explicit LineEnds(std::string_view text) : text_(text), feed_(find('\n', 0, text.size())) {}

  // Offset of the first CR or LF at or after `begin`; npos without one. `begin` never falls.
  std::size_t next(std::size_t begin) {
    if (feed_ < begin) feed_ = find('\n', begin, text_.size());
    const std::size_t until = std::min(feed_, text_.size());
    const std::size_t back = find('\r', begin, until);
    return back == std::string_view::npos ? feed_ : back;
  }

 private:
  std::size_t find(char wanted, std::size_t begin, std::size_t end) const {
    if (begin >= end) return std::string_view::npos;
    const void* found = std::memchr(text_.data() + begin, wanted, end - begin);
    if (!found) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
  }

  std::string_view text_;
  std::size_t feed_;
};

}  // namespace

Result<void> SseReader::read(std::string_view bytes, const SseSink& sink) {
  LineEnds ends(bytes);
  for (std::size_t at = 0; at < bytes.size();) {
    if (std::exchange(skips_line_feed_, false) && bytes[at] == '\n') {
      ++at;
      continue;
    }
    const std::size_t end = ends.next(at);
    const std::string_view part = bytes.substr(at, end - at);
    if (line_.size() + part.size() > limits_.line_bytes_max) {
      return fail(
          ErrorCode::LimitExceeded,
          fmt::format("a line of its event stream has more than {} bytes", limits_.line_bytes_max));
    }
    if (end == std::string_view::npos) {
      line_ += part;
      return {};
    }
    skips_line_feed_ = bytes[end] == '\r';
    at = end + 1;
    if (line_.empty()) {
      MUAI_TRY_VOID(take_line(part, sink));
    } else {
      line_ += part;
      MUAI_TRY_VOID(take_line(line_, sink));
      line_.clear();
    }
  }
  return {};
}

std::string_view SseReader::without_mark(std::string_view line) {
  if (!is_first_line_) return line;
  is_first_line_ = false;
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return line;
}

Result<void> SseReader::take_line(std::string_view line, const SseSink& sink) {
  line = without_mark(line);
  if (line.empty()) return dispatch(sink);
  const std::size_t colon = line.find(':');
  if (colon == 0) return {};
  if (colon == std::string_view::npos) return take_field(line, {});
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return take_field(line.substr(0, colon), value);
}

Result<void> SseReader::take_field(std::string_view name, std::string_view value) {
  if (name == "data") return add_data(value);
  if (name == "event") {
    type_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  return {};
}

Result<void> SseReader::add_data(std::string_view value) {
  if (data_.size() + value.size() + 1 > limits_.event_bytes_max) {
    return fail(
        ErrorCode::LimitExceeded,
        fmt::format("an event of its stream has more than {} bytes", limits_.event_bytes_max));
  }
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
  return {};
}

Result<void> SseReader::dispatch(const SseSink& sink) {
  Result<void> taken;
  if (has_data_) {
    const std::string_view type = type_.empty() ? std::string_view("message") : type_;
    taken = sink({.type = type, .data = data_, .id = id_});
  }
  data_.clear();
  type_.clear();
  has_data_ = false;
  return taken;
}

}  // namespace muai
