// The "prescan a byte stream to determine its encoding" algorithm of the HTML standard.

#include <algorithm>

#include "document/ascii.h"
#include "muai/document/charset.h"

namespace muai {
namespace {

// Running off the end ends the prescan; the reading methods then return false.
class Prescan {
 public:
  explicit Prescan(std::string_view bytes) : bytes_(bytes) {}

  std::string_view run() {
    for (; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] != '<') continue;
      const std::string_view rest = bytes_.substr(at_);
      if (rest.starts_with("<!--")) {
        // The comment's own dashes may also be its end: "<!-->".
        const std::size_t end = bytes_.find("-->", at_ + 2);
        if (end == std::string_view::npos) return {};
        at_ = end + 2;
      } else if (is_meta(rest)) {
        at_ += 5;
        if (const auto found = read_meta(); !found.empty()) return found;
      } else if (is_tag(rest)) {
        skip_tag();
      } else if (rest.size() > 1 && (rest[1] == '!' || rest[1] == '/' || rest[1] == '?')) {
        at_ = std::min(bytes_.find('>', at_), bytes_.size());
      }
    }
    return {};
  }

 private:
  struct Attribute {
    std::string name, value;
  };

  static bool is_meta(std::string_view rest) {
    return rest.size() > 5 && ascii_equals_ignoring_case(rest.substr(1, 4), "meta") &&
           (ascii_is_space(rest[5]) || rest[5] == '/');
  }
  static bool is_tag(std::string_view rest) {
    return (rest.size() > 1 && ascii_is_letter(rest[1])) ||
           (rest.size() > 2 && rest[1] == '/' && ascii_is_letter(rest[2]));
  }

  bool done() const { return at_ >= bytes_.size(); }
  void skip_spaces() {
    while (!done() && ascii_is_space(bytes_[at_])) ++at_;
  }

  void skip_tag() {
    while (!done() && !ascii_is_space(bytes_[at_]) && bytes_[at_] != '>') ++at_;
    Attribute ignored;
    while (next_attribute(ignored)) {
    }
  }

  // False at the end of the tag or of the bytes.
  bool next_attribute(Attribute& attribute) {
    while (!done() && (ascii_is_space(bytes_[at_]) || bytes_[at_] == '/')) ++at_;
    if (done() || bytes_[at_] == '>') return false;
    attribute = {};
    for (; !done(); ++at_) {
      const char c = bytes_[at_];
      if (c == '=' && !attribute.name.empty()) break;
      if (ascii_is_space(c)) {
        skip_spaces();
        if (done() || bytes_[at_] != '=') return !done();
        break;
      }
      if (c == '/' || c == '>') return true;
      attribute.name += ascii_lower(c);
    }
    if (done()) return false;
    ++at_;  // the equals sign
    skip_spaces();
    return read_value(attribute.value);
  }

  bool read_value(std::string& value) {
    if (done()) return false;
    const char quote = bytes_[at_];
    if (quote == '"' || quote == '\'') {
      for (++at_; !done(); ++at_) {
        if (bytes_[at_] == quote) {
          ++at_;
          return true;
        }
        value += ascii_lower(bytes_[at_]);
      }
      return false;
    }
    for (; !done(); ++at_) {
      if (ascii_is_space(bytes_[at_]) || bytes_[at_] == '>') return true;
      value += ascii_lower(bytes_[at_]);
    }
    return false;
  }

  std::string_view read_meta() {
    bool has_pragma = false, needs_pragma = false, has_charset = false, has_content = false;
    std::string_view charset;
    bool got_http_equiv = false;
    Attribute attribute;
    while (next_attribute(attribute)) {
      if (attribute.name == "http-equiv" && !got_http_equiv) {
        got_http_equiv = true;
        has_pragma = attribute.value == "content-type";
      } else if (attribute.name == "content" && !has_content) {
        has_content = true;
        if (const auto found = charset_in_content(attribute.value);
            !found.empty() && charset.empty()) {
          charset = charset_for_label(found);
          needs_pragma = true;
        }
      } else if (attribute.name == "charset" && !has_charset) {
        has_charset = true;
        charset = charset_for_label(attribute.value);
        needs_pragma = false;
      }
    }
    // A tag that is cut off says nothing.
    if (done() || (needs_pragma && !has_pragma)) return {};
    if (charset.starts_with("utf-16")) return "utf-8";
    if (charset == "x-user-defined") return "windows-1252";
    return charset;
  }

  // "text/html; charset=gbk" gives "gbk".
  static std::string_view charset_in_content(std::string_view content) {
    for (std::size_t at = content.find("charset"); at != std::string_view::npos;
         at = content.find("charset", at)) {
      at += 7;
      while (at < content.size() && ascii_is_space(content[at])) ++at;
      if (at >= content.size() || content[at] != '=') continue;
      ++at;
      while (at < content.size() && ascii_is_space(content[at])) ++at;
      if (at >= content.size()) return {};
      const char quote = content[at];
      if (quote == '"' || quote == '\'') {
        const std::size_t end = content.find(quote, at + 1);
        return end == std::string_view::npos ? std::string_view()
                                             : content.substr(at + 1, end - at - 1);
      }
      std::size_t end = at;
      while (end < content.size() && !ascii_is_space(content[end]) && content[end] != ';') ++end;
      return content.substr(at, end - at);
    }
    return {};
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view prescan_meta_charset(std::string_view bytes) { return Prescan(bytes).run(); }

}  // namespace muai
