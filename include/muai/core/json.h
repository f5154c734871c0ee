#pragma once

// Strict JSON text in and out, around boost::json::value as the tree.
//
// Reading refuses what would not come back unchanged: duplicate members, numbers outside the
// range of a double, invalid UTF-8, nesting deeper than 128. Integers keep 64 bits, doubles every
// bit (-0.0 too). Writing refuses NaN, infinities and invalid UTF-8. Both name the place, as in
// `docs["https://a.example/"]` or `search_results[3].title`.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

// The place inside a JSON text that an error names. Grows and shrinks as a reader or writer
// descends. `text()` of the root is "the top level".
class JsonPath {
 public:
  // Names one member or element for as long as it lives.
  class [[nodiscard]] Scope {
   public:
    Scope(JsonPath& path, std::string_view member);
    Scope(JsonPath& path, std::size_t index);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { path_.text_.resize(length_); }

   private:
    JsonPath& path_;
    std::size_t length_;
  };

  std::string text() const { return text_.empty() ? "the top level" : text_; }

  // An InvalidInput error: "<path>: <reason>".
  std::unexpected<Error> fail(std::string_view reason) const;

 private:
  void push_member(std::string_view member);
  std::string text_;
};

// Reads one JSON text with nothing after it.
Result<boost::json::value> parse_json(std::string_view text);

// Compact JSON, non-ASCII unescaped, members in their stored order.
Result<std::string> write_json(const boost::json::value& value);

// The text of the member `name`; empty when there is none or it is no string.
std::string string_member(const boost::json::object& object, std::string_view name);

// `pointer` with one more member, escaped as RFC 6901 asks.
std::string pointer_to_member(std::string_view pointer, std::string_view name);

// Appends to JSON text that is being built.
class JsonWriter {
 public:
  // `out` must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  std::string& out() { return out_; }
  JsonPath& path() { return path_; }

  Result<void> string(std::string_view text);  // refuses invalid UTF-8
  Result<void> number(double value);           // shortest form that reads back bit for bit
  void number(std::int64_t value);
  void number(std::uint64_t value);
  Result<void> value(const boost::json::value& value);

 private:
  std::string& out_;
  JsonPath path_;
};

}  // namespace muai
