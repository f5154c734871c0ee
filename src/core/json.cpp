// Reading goes through Boost.JSON's event parser, not its tree parser: the tree parser keeps the
// last of two equal members and rounds some doubles wrongly; the events give us the raw text of
// each number, which from_chars reads exactly.

#include "muai/core/json.h"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <vector>

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 128;

// Objects up to this size are checked for duplicates by a plain scan.
constexpr std::size_t kSmallObject = 12;

bool is_plain_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) return false;
  }
  return name[0] < '0' || name[0] > '9';
}

// Finds the first ill-formed byte; `text.size()` when there is none.
std::size_t first_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return i;
    const unsigned char second = byte(i + 1);
    const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return i;
    for (std::size_t k = 2; k < length; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    i += length;
  }
  return i;
}

// Builds the tree from parser events.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t{1} << 24;
  static constexpr std::size_t max_array_size = std::size_t{1} << 24;
  static constexpr std::size_t max_key_size = std::size_t{1} << 24;
  static constexpr std::size_t max_string_size = std::size_t{1} << 28;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    open_.emplace_back(json::object());
    return true;
  }
  bool on_array_begin(json::error_code&) {
    open_.emplace_back(json::array());
    return true;
  }
  bool on_object_end(std::size_t, json::error_code& ec) { return close(ec); }
  bool on_array_end(std::size_t, json::error_code& ec) { return close(ec); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    text_.append(part.data(), part.size());
    Open& top = open_.back();
    if (has_member(top, text_)) {
      problem_ = "duplicate member \"" + text_ + "\"";
      ec = json::error::syntax;
      return false;
    }
    top.key = std::move(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    text_.append(part.data(), part.size());
    json::value value = json::string(text_);
    text_.clear();
    return add(std::move(value), ec);
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view part, json::error_code& ec) {
    number_.append(part.data(), part.size());
    const bool minus_zero = value == 0 && number_.starts_with('-');
    number_.clear();
    return add(minus_zero ? json::value(-0.0) : json::value(value), ec);
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code& ec) {
    number_.clear();
    return add(json::value(value), ec);
  }
  bool on_double(double, json::string_view part, json::error_code& ec) {
    number_.append(part.data(), part.size());
    double exact = 0;
    const auto [end, status] =
        std::from_chars(number_.data(), number_.data() + number_.size(), exact);
    // from_chars reports both overflow and underflow as out of range; a tiny number is zero.
    if (status == std::errc::result_out_of_range) exact = std::strtod(number_.c_str(), nullptr);
    if (!std::isfinite(exact)) {
      problem_ = "the number " + number_.substr(0, 40) + " does not fit a double";
      ec = json::error::syntax;
      return false;
    }
    number_.clear();
    return add(json::value(exact), ec);
  }
  bool on_bool(bool value, json::error_code& ec) { return add(json::value(value), ec); }
  bool on_null(json::error_code& ec) { return add(json::value(nullptr), ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  json::value take() { return std::move(root_); }

  // Where the parser stood, for messages.
  std::string place() const {
    JsonPath path;
    std::vector<std::unique_ptr<JsonPath::Scope>> scopes;
    for (const Open& open : open_) {
      if (open.value.is_array())
        scopes.push_back(std::make_unique<JsonPath::Scope>(path, open.value.get_array().size()));
      else if (!open.key.empty())
        scopes.push_back(std::make_unique<JsonPath::Scope>(path, open.key));
    }
    std::string text = path.text();
    while (!scopes.empty()) scopes.pop_back();
    return text;
  }
  const std::string& problem() const { return problem_; }

 private:
  struct Open {
    explicit Open(json::value container) : value(std::move(container)) {}
    json::value value;
    std::string key;                        // member being read
    std::unordered_set<std::string> names;  // filled once the object is no longer small
  };

  static bool has_member(Open& open, const std::string& name) {
    json::object& object = open.value.get_object();
    if (object.size() < kSmallObject) return object.contains(name);
    if (open.names.empty())
      for (const auto& member : object) open.names.emplace(member.key());
    return !open.names.insert(name).second;
  }

  bool add(json::value value, json::error_code&) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& top = open_.back(); top.value.is_array()) {
      top.value.get_array().push_back(std::move(value));
    } else {
      top.value.get_object().emplace(top.key, std::move(value));
      top.key.clear();
    }
    return true;
  }

  bool close(json::error_code& ec) {
    json::value value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value), ec);
  }

  std::vector<Open> open_;
  std::string text_;
  std::string number_;
  std::string problem_;
  json::value root_;
};

// Line and column (1-based, in bytes) of an offset, as editors count.
std::string position_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    column = text[i] == '\n' ? 1 : column + 1;
    line += text[i] == '\n';
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

JsonPath::Scope::Scope(JsonPath& path, std::string_view member)
    : path_(path), length_(path.text_.size()) {
  path.push_member(member);
}

JsonPath::Scope::Scope(JsonPath& path, std::size_t index)
    : path_(path), length_(path.text_.size()) {
  path.text_ += "[" + std::to_string(index) + "]";
}

void JsonPath::push_member(std::string_view member) {
  if (is_plain_name(member)) {
    if (!text_.empty()) text_ += '.';
    text_ += member;
    return;
  }
  constexpr std::size_t kShownMax = 120;
  text_ += "[\"";
  text_ += member.substr(0, kShownMax);
  text_ += member.size() > kShownMax ? "...\"]" : "\"]";
}

std::unexpected<Error> JsonPath::fail(std::string_view reason) const {
  return muai::fail(ErrorCode::InvalidInput, text() + ": " + std::string(reason));
}

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::basic_parser<TreeHandler> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error) {
    const std::size_t rest = text.find_first_not_of(" \t\r\n", read);
    if (rest != std::string_view::npos) {
      return fail(ErrorCode::InvalidInput,
                  "JSON: more text after the value at " + position_of(text, rest));
    }
    return parser.handler().take();
  }
  const std::string& problem = parser.handler().problem();
  return fail(ErrorCode::InvalidInput, "JSON: " + (problem.empty() ? error.message() : problem) +
                                           " in " + parser.handler().place() + " near " +
                                           position_of(text, read));
}

Result<std::string> write_json(const json::value& value) {
  std::string text;
  JsonWriter writer(text);
  MUAI_TRY_VOID(writer.value(value));
  return text;
}

std::string pointer_to_member(std::string_view pointer, std::string_view name) {
  std::string whole(pointer);
  whole += '/';
  for (const char c : name) {
    if (c == '~') {
      whole += "~0";
    } else if (c == '/') {
      whole += "~1";
    } else {
      whole += c;
    }
  }
  return whole;
}

std::string string_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<void> JsonWriter::string(std::string_view text) {
  if (const std::size_t bad = first_invalid_utf8(text); bad != text.size())
    return path_.fail("invalid UTF-8 at byte " + std::to_string(bad));
  out_ += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out_.append(text, plain, i - plain);
    plain = i + 1;
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
      case '"': out_ += "\\\""; break;
      case '\\': out_ += "\\\\"; break;
      case '\n': out_ += "\\n"; break;
      case '\r': out_ += "\\r"; break;
      case '\t': out_ += "\\t"; break;
      default:
        out_ += "\\u00";
        out_ += kHex[c >> 4];
        out_ += kHex[c & 15];
    }
  }
  out_.append(text, plain, text.size() - plain);
  out_ += '"';
  return {};
}

Result<void> JsonWriter::number(double value) {
  if (!std::isfinite(value)) return path_.fail("JSON has no NaN and no infinity");
  char buffer[32];
  const auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  const std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
  out_ += digits;
  // A double stays a double when it is read back.
  if (digits.find_first_of(".e") == std::string_view::npos) out_ += ".0";
  return {};
}

void JsonWriter::number(std::int64_t value) { out_ += std::to_string(value); }
void JsonWriter::number(std::uint64_t value) { out_ += std::to_string(value); }

Result<void> JsonWriter::value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: out_ += "null"; return {};
    case json::kind::bool_: out_ += value.get_bool() ? "true" : "false"; return {};
    case json::kind::int64: number(value.get_int64()); return {};
    case json::kind::uint64: number(value.get_uint64()); return {};
    case json::kind::double_: return number(value.get_double());
    case json::kind::string: return string(value.get_string());
    case json::kind::array: {
      out_ += '[';
      std::size_t index = 0;
      for (const json::value& element : value.get_array()) {
        if (index > 0) out_ += ',';
        const JsonPath::Scope scope(path_, index++);
        MUAI_TRY_VOID(this->value(element));
      }
      out_ += ']';
      return {};
    }
    case json::kind::object: {
      out_ += '{';
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!std::exchange(first, false)) out_ += ',';
        const JsonPath::Scope scope(path_, member.key());
        MUAI_TRY_VOID(string(member.key()));
        out_ += ':';
        MUAI_TRY_VOID(this->value(member.value()));
      }
      out_ += '}';
      return {};
    }
  }
  return {};
}

}  // namespace muai
