// yaml-cpp reads the syntax and reports events; the value is built here, so that what is refused
// is refused at its event, before the parser goes deeper. Exceptions, of the parser and the
// private Refusal, stay inside this file.
#include "muai/text/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "muai/text/utf8.h"
#include "text/scan.h"

namespace muai {
namespace {

namespace json = boost::json;

// Where one value stands. Its children are in the order of the value's own, so that a pointer is
// followed through both side by side; paths as text would cost their depth for every node.
struct Place {
  TextPosition value;
  TextPosition key;
  std::vector<Place> children;
};

// Turns the parser's marks, whose columns count bytes, into positions.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at <= text.size(); at = line_end(text, at) + 1) {
      lines_.push_back(at);
    }
  }

  std::size_t offset(const YAML::Mark& mark) const {
    if (mark.line < 0 || mark.column < 0) return 0;
    const std::size_t line = std::min(static_cast<std::size_t>(mark.line), lines_.size() - 1);
    return std::min(lines_[line] + static_cast<std::size_t>(mark.column), text_.size());
  }

  TextPosition at(const YAML::Mark& mark) const { return at(offset(mark)); }

  TextPosition at(std::size_t offset) const {
    const auto after = std::ranges::upper_bound(lines_, offset);
    const auto line = static_cast<std::size_t>(after - lines_.begin());
    const std::size_t begin = lines_[line - 1];
    return {line, count_code_points(text_.substr(begin, offset - begin)) + 1};
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> lines_;
};

struct Refusal {
  ErrorCode code;
  TextPosition position;
  std::string what;
};

std::size_t digits_from(std::string_view text, std::size_t at) {
  while (at < text.size() && is_ascii_digit(text[at])) ++at;
  return at;
}

enum class Number : std::uint8_t { None, Integer, Real };

// What YAML 1.2 and 1.1 and JSON all read as this number; 010, 0x1F, 1_000 and .inf are strings.
Number number_kind(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t whole = at;
  at = digits_from(text, at);
  const std::size_t whole_digits = at - whole;
  if (whole_digits > 1 && text[whole] == '0') return Number::None;
  if (at == text.size()) return whole_digits > 0 ? Number::Integer : Number::None;
  std::size_t fraction_digits = 0;
  if (text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = digits_from(text, fraction);
    fraction_digits = at - fraction;
  }
  if (whole_digits + fraction_digits == 0) return Number::None;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = at;
    at = digits_from(text, at);
    if (at == exponent) return Number::None;
  }
  return at == text.size() ? Number::Real : Number::None;
}

// The words that are null for the parser but strings for us.
constexpr std::string_view kCapitalNulls[] = {"Null", "NULL"};

bool is_null_key(std::string_view word) { return word == "null" || word == "~" || word.empty(); }

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const Positions& positions) : text_(text), positions_(positions) {}

  json::value take_value() { return std::move(root_); }
  Place take_place() { return std::move(root_place_); }

  // The first key that is not a string, once all is read.
  const std::optional<Refusal>& refused_key() const { return refused_key_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(mark, "a second document begins here; keep one document a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    const std::string_view rest = text_.substr(positions_.offset(mark));
    for (const std::string_view word : kCapitalNulls) {
      if (rest.starts_with(word)) {
        OnScalar(mark, "?", 0, std::string(word));
        return;
      }
    }
    count_node(mark);
    if (expects_key()) {
      refuse_key(mark, "an empty key or null as a key; write a name, or quote it");
      take_key(mark, "", false);
    } else {
      put(nullptr, mark);
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases (*name) are not read; write the value out");
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    refuse(mark, fmt::format("anchors (&{}) are not read; write the value out", name));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    count_node(mark);
    const bool plain = tag == "?" || tag.empty();
    if (!plain && tag != "!") refuse_tag(mark, tag);
    if (expects_key()) {
      take_key(mark, value, plain);
    } else {
      put(plain ? plain_value(mark, value) : json::value(value), mark);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    open(json::array(), mark, tag);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(json::object(), mark, tag);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    json::value value;
    Place place;
    std::string key;  // of the member being read
    TextPosition key_position;
    bool has_key = false;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string what,
                           ErrorCode code = ErrorCode::InvalidConfig) const {
    throw Refusal{code, positions_.at(mark), std::move(what)};
  }

  // Noted only: at the end of an unfinished "[1, 2" the parser reports a key that is none, and its
  // own error, which comes next, says better what is wrong.
  void refuse_key(const YAML::Mark& mark, std::string what) {
    if (!refused_key_) {
      refused_key_ = Refusal{ErrorCode::InvalidConfig, positions_.at(mark), std::move(what)};
    }
  }

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, std::string_view tag) const {
    refuse(mark, fmt::format("tags ({}) are not read; remove it, and quote what must be a string",
                             first_code_points(tag, 40)));
  }

  bool expects_key() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().has_key;
  }

  void count_node(const YAML::Mark& mark) {
    if (++nodes_ <= kYamlNodesMax) return;
    refuse(mark, fmt::format("more than {} values; split the file", kYamlNodesMax),
           ErrorCode::LimitExceeded);
  }

  void take_key(const YAML::Mark& mark, const std::string& key, bool plain) {
    Level& level = levels_.back();
    const bool typed =
        key == "true" || key == "false" || is_null_key(key) || number_kind(key) != Number::None;
    if (plain && typed) {
      refuse_key(mark, fmt::format("key {0} is not a string; quote it: \"{0}\"", key));
    }
    if (plain && key == "<<") {
      refuse_key(mark, "merge keys (<<) are not read; write the members out");
    }
    const json::object& members = level.value.get_object();
    const auto first = members.find(key);
    if (first != members.end() && !refused_key_) {
      const auto index = static_cast<std::size_t>(std::distance(members.begin(), first));
      const TextPosition before = level.place.children[index].key;
      refuse(mark, fmt::format("duplicate key '{}' (first at {}:{}); remove one",
                               first_code_points(key, 80), before.line, before.column));
    }
    level.key = key;
    level.key_position = positions_.at(mark);
    level.has_key = true;
  }

  json::value plain_value(const YAML::Mark& mark, const std::string& text) const {
    if (text == "true") return true;
    if (text == "false") return false;
    switch (number_kind(text)) {
      case Number::None: return json::value(text);
      case Number::Integer: return integer(mark, text);
      case Number::Real: return real(mark, text);
    }
    return json::value(text);
  }

  json::value integer(const YAML::Mark& mark, std::string_view text) const {
    const std::string_view digits = text.substr(text[0] == '+' ? 1 : 0);
    std::int64_t value = 0;
    const char* end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, value).ec == std::errc()) return value;
    std::uint64_t large = 0;
    if (std::from_chars(digits.data(), end, large).ec == std::errc()) return large;
    refuse(mark, fmt::format("integer {} does not fit in 64 bits; quote it to keep it as text",
                             first_code_points(text, 40)));
  }

  json::value real(const YAML::Mark& mark, std::string_view text) const {
    const std::string_view digits = text.substr(text[0] == '+' ? 1 : 0);
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc() && std::isfinite(value)) return value;
    refuse(mark, fmt::format("number {} is out of range; quote it to keep it as text",
                             first_code_points(text, 40)));
  }

  void open(json::value empty, const YAML::Mark& mark, const std::string& tag) {
    count_node(mark);
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    if (expects_key()) {
      refuse_key(mark, "a list or map as a key; keys are strings");
      take_key(mark, "", false);
    }
    if (levels_.size() == kYamlDepthMax) {
      refuse(mark, fmt::format("nested deeper than {} levels", kYamlDepthMax),
             ErrorCode::LimitExceeded);
    }
    Level& level = levels_.emplace_back();
    level.value = std::move(empty);
    level.place.value = positions_.at(mark);
  }

  void close() {
    Level done = std::move(levels_.back());
    levels_.pop_back();
    put_at(std::move(done.value), std::move(done.place));
  }

  void put(json::value value, const YAML::Mark& mark) {
    put_at(std::move(value), Place{positions_.at(mark), {}, {}});
  }

  void put_at(json::value value, Place place) {
    if (levels_.empty()) {
      place.key = place.value;
      root_ = std::move(value);
      root_place_ = std::move(place);
      return;
    }
    Level& level = levels_.back();
    if (json::array* items = level.value.if_array()) {
      place.key = place.value;
      items->push_back(std::move(value));
    } else {
      place.key = level.key_position;
      level.value.get_object().emplace(level.key, std::move(value));
      level.has_key = false;
    }
    level.place.children.push_back(std::move(place));
  }

  std::string_view text_;
  const Positions& positions_;
  std::vector<Level> levels_;
  json::value root_;
  Place root_place_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
  std::optional<Refusal> refused_key_;
};

std::string message(std::string_view source, TextPosition position, std::string_view what) {
  return fmt::format("{}:{}:{}: {}", source, position.line, position.column, what);
}

// Bytes that the parser must not see: it takes 0x04 for its own end mark, and zeros for UTF-16.
std::size_t find_control(std::string_view text) {
  const auto found = std::ranges::find_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
  });
  return static_cast<std::size_t>(found - text.begin());
}

std::size_t find_invalid(std::string_view text) {
  Utf8Cursor at(text);
  while (!at.done() && at.valid()) at.next();
  return at.offset();
}

// "a~1b" -> "a/b"
std::string unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size();
    if (escaped && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out.push_back(token[++i] == '0' ? '~' : '/');
    } else {
      out.push_back(token[i]);
    }
  }
  return out;
}

// The number of the child that `token` names; as many as there are children when none is.
std::size_t child_of(const json::value& value, std::string_view token) {
  if (const json::object* members = value.if_object()) {
    const auto found = members->find(unescape(token));
    return static_cast<std::size_t>(std::distance(members->begin(), found));
  }
  const json::array* items = value.if_array();
  std::size_t index = 0;
  if (items == nullptr) return 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool whole = read.ec == std::errc() && read.ptr == token.data() + token.size();
  return whole ? std::min(index, items->size()) : items->size();
}

const json::value& child_at(const json::value& value, std::size_t index) {
  if (const json::object* members = value.if_object()) {
    return std::next(members->begin(), static_cast<std::ptrdiff_t>(index))->value();
  }
  return value.get_array()[index];
}

}  // namespace

struct YamlDocument::Rep {
  std::string source_name;
  json::value value;
  Place place;

  const Place& find(std::string_view pointer) const {
    const Place* at_place = &place;
    const json::value* at_value = &value;
    while (pointer.starts_with('/')) {
      pointer.remove_prefix(1);
      const std::size_t end = std::min(pointer.find('/'), pointer.size());
      const std::size_t index = child_of(*at_value, pointer.substr(0, end));
      if (index >= at_place->children.size()) break;
      at_value = &child_at(*at_value, index);
      at_place = &at_place->children[index];
      pointer.remove_prefix(end);
    }
    return *at_place;
  }
};

// The one maker of documents.
class YamlReader {
 public:
  static Result<YamlDocument> read(std::string_view bytes, std::string_view source_name) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    const auto refused = [&](ErrorCode code, TextPosition position, std::string_view what) {
      return fail(code, message(source_name, position, what));
    };
    if (bytes.size() > kYamlBytesMax) {
      return refused(ErrorCode::LimitExceeded, {},
                     fmt::format("{} bytes; the limit is {}", bytes.size(), kYamlBytesMax));
    }
    const Positions positions(bytes);
    const std::size_t broken = std::min(find_invalid(bytes), find_control(bytes));
    if (broken < bytes.size()) {
      return refused(ErrorCode::InvalidConfig, positions.at(broken),
                     "a byte that is not UTF-8 text; save the file as UTF-8");
    }
    Builder builder(bytes, positions);
    try {
      std::istringstream stream{std::string(bytes)};
      YAML::Parser parser(stream);
      while (parser.HandleNextDocument(builder)) {
      }
      if (builder.refused_key()) throw Refusal(*builder.refused_key());
    } catch (const Refusal& refusal) {
      return refused(refusal.code, refusal.position, refusal.what);
    } catch (const YAML::Exception& error) {
      return refused(ErrorCode::InvalidConfig, positions.at(error.mark),
                     fmt::format("{}; check indentation and quotes there", error.msg));
    }
    auto rep = std::make_shared<YamlDocument::Rep>();
    rep->source_name = source_name;
    rep->value = builder.take_value();
    rep->place = builder.take_place();
    return YamlDocument(std::move(rep));
  }
};

YamlDocument::YamlDocument(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

const json::value& YamlDocument::value() const { return rep_->value; }

TextPosition YamlDocument::position(std::string_view pointer) const {
  return rep_->find(pointer).value;
}

TextPosition YamlDocument::key_position(std::string_view pointer) const {
  return rep_->find(pointer).key;
}

std::string YamlDocument::where(std::string_view pointer) const {
  const TextPosition at = position(pointer);
  return fmt::format("{}:{}:{}", rep_->source_name, at.line, at.column);
}

const std::string& YamlDocument::source_name() const { return rep_->source_name; }

Result<YamlDocument> read_yaml(std::string_view bytes, std::string_view source_name) {
  return YamlReader::read(bytes, source_name);
}

}  // namespace muai
