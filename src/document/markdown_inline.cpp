// One walk from left to right with a look ahead of bounded reach. What does not turn out to be a
// mark stays as it is, as CommonMark asks.

#include "document/markdown_inline.h"

#include <algorithm>

#include "document/ascii.h"
#include "document/html_scanner.h"
#include "document/html_style.h"
#include "document/visible_text.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t npos = std::string_view::npos;
// How far the end of a link or tag is looked for, and how deep brackets nest: with these bounds no
// text makes the reader slow.
constexpr std::size_t kReachBytes = 1024;
constexpr std::size_t kBracketDepthMax = 8;

bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

bool is_word(char c) {
  return ascii_is_letter(c) || ascii_is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool hides(const RawTag& tag) {
  return std::ranges::any_of(tag.attributes, [](const RawAttribute& attribute) {
    if (ascii_equals_ignoring_case(attribute.name, "hidden")) return true;
    if (!ascii_equals_ignoring_case(attribute.name, "style")) return false;
    const InlineStyle style = read_inline_style(attribute.value);
    return style.hides != HidingRule::None || style.hides_visibility;
  });
}

class Inline {
 public:
  explicit Inline(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void put(std::string_view text) {
    if (hidden_by_.empty()) append_collapsed(out_, text);
  }

  void step() {
    switch (text_[at_]) {
      case '\\':
        if (is_punctuation(peek(1))) ++at_;
        put(text_.substr(at_, 1));
        ++at_;
        return;
      case '`': return code();
      case '!':
        if (peek(1) == '[' && link(2, Keep::Nothing)) return;
        break;
      case '[':
        if (link(1, Keep::Text)) return;
        break;
      case '*':
      case '_':
      case '~': return emphasis();
      case '<':
        if (angle()) return;
        break;
      case '&':
        if (entity()) return;
        break;
      default: break;
    }
    const std::size_t end = std::min(text_.find_first_of("\\`![*_~<&", at_ + 1), text_.size());
    put(text_.substr(at_, end - at_));
    at_ = end;
  }

  void code() {
    std::size_t ticks = 1;
    while (peek(ticks) == '`') ++ticks;
    const std::string_view fence = text_.substr(at_, ticks);
    // Runs that found no partner are not looked for again: that keeps the search linear.
    const std::size_t end = ticks < unmatched_ticks_ ? text_.find(fence, at_ + ticks) : npos;
    if (end == npos) {
      unmatched_ticks_ = std::min(unmatched_ticks_, ticks);
      put(fence);
      at_ += ticks;
      return;
    }
    put(text_.substr(at_ + ticks, end - at_ - ticks));
    at_ = end + ticks;
  }

  enum class Keep { Text, Nothing };

  // "[text](target)" or "[text][label]"; the text may hold anything but nested links.
  bool link(std::size_t opening, Keep keep) {
    const std::size_t begin = at_ + opening;
    const std::size_t limit = std::min(text_.size(), begin + kReachBytes);
    std::size_t depth = 1, end = begin;
    for (; end < limit; ++end) {
      if (text_[end] == '\\') {
        ++end;
      } else if (text_[end] == '[') {
        if (++depth > kBracketDepthMax) return false;
      } else if (text_[end] == ']' && --depth == 0) {
        break;
      }
    }
    if (end >= limit) return false;
    const char next = end + 1 < text_.size() ? text_[end + 1] : '\0';
    if (next != '(' && next != '[') return false;
    const std::size_t length = text_.substr(end + 2, kReachBytes).find(next == '(' ? ')' : ']');
    if (length == npos) return false;
    const std::size_t close = end + 2 + length;
    if (keep == Keep::Text && nesting_ < 3) {
      Inline inner(text_.substr(begin, end - begin));
      inner.nesting_ = nesting_ + 1;
      put(inner.run());
    }
    at_ = close + 1;
    return true;
  }

  // A run of marks is emphasis when it touches a word on one side; "_" inside a word, and marks
  // with blanks on both sides, stay.
  void emphasis() {
    const char mark = text_[at_];
    std::size_t run = 1;
    while (peek(run) == mark) ++run;
    const char before = at_ > 0 ? text_[at_ - 1] : ' ';
    const char after = at_ + run < text_.size() ? text_[at_ + run] : ' ';
    const bool alone = ascii_is_space(before) && ascii_is_space(after);
    const bool inside = is_word(before) && is_word(after);
    const bool stays = alone || (mark == '_' && inside) || (mark == '~' && run != 2);
    if (stays) put(text_.substr(at_, run));
    at_ += run;
  }

  bool angle() {
    const char next = peek(1);
    if (next == '!' || next == '?') {
      const std::size_t end = skip_declaration(text_, at_);
      at_ = end == npos ? text_.size() : end;
      return true;
    }
    if (!ascii_is_letter(next) && !(next == '/' && ascii_is_letter(peek(2)))) return false;
    const std::string_view near = text_.substr(at_, kReachBytes);
    const std::size_t close = near.find('>');
    if (close == npos) return false;
    const std::string_view inside = near.substr(1, close - 1);
    const bool is_address =
        inside.find(' ') == npos &&
        (inside.find("://") != npos || inside.find('@') != npos || inside.starts_with("mailto:"));
    if (is_address) {
      put(inside);
      at_ += close + 1;
      return true;
    }
    RawTag tag;
    const std::size_t length = read_tag(near, 0, tag);
    if (length == npos) return false;
    if (hidden_by_.empty() && !tag.is_end && !is_void(tag.tag) && hides(tag))
      hidden_by_ = tag.name;
    else if (tag.is_end && tag.name == hidden_by_)
      hidden_by_ = {};
    else if (tag.tag == Tag::Br)
      put(" ");
    at_ += length;
    return true;
  }

  bool entity() {
    const std::size_t length = text_.substr(at_, 12).find(';');
    if (length == npos) return false;
    const std::string_view name = text_.substr(at_ + 1, length - 1);
    static constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
        {"amp", "&"},   {"lt", "<"},    {"gt", ">"},    {"quot", "\""},  {"apos", "'"},
        {"nbsp", " "},  {"copy", "©"},  {"reg", "®"},   {"hellip", "…"}, {"mdash", "—"},
        {"ndash", "–"}, {"rsquo", "’"}, {"lsquo", "‘"}, {"ldquo", "“"},  {"rdquo", "”"},
    };
    std::string text;
    for (const auto& [known, character] : kNamed)
      if (known == name) text = character;
    if (text.empty() && name.starts_with('#')) text = numeric(name.substr(1));
    if (text.empty()) return false;
    put(text);
    at_ += length + 1;
    return true;
  }

  static std::string numeric(std::string_view digits) {
    const bool hex = digits.starts_with('x') || digits.starts_with('X');
    if (hex) digits.remove_prefix(1);
    if (digits.empty() || digits.size() > 7) return {};
    char32_t value = 0;
    for (const char c : digits) {
      const char lower = ascii_lower(c);
      if (ascii_is_digit(c))
        value = value * (hex ? 16 : 10) + static_cast<char32_t>(c - '0');
      else if (hex && lower >= 'a' && lower <= 'f')
        value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
      else
        return {};
    }
    std::string out;
    if (value != 0) append_utf8(out, value);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::string_view hidden_by_;        // name of the open element that hides what follows
  std::size_t unmatched_ticks_ = 64;  // runs of this many backticks and more have no end
  int nesting_ = 0;
};

}  // namespace

std::string plain_inline(std::string_view markdown) {
  std::string out = Inline(markdown).run();
  const std::size_t begin = std::min(out.find_first_not_of(' '), out.size());
  out.erase(0, begin);
  while (out.ends_with(' ')) out.pop_back();
  return without_invisible(std::move(out));
}

}  // namespace muai
