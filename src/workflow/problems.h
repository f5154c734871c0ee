#pragma once

// What is wrong with a workflow file, each with its place. Private to the workflow layer.

#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/text/yaml.h"

namespace muai {

// Gathers problems so that a person sees all of them at once, in the order in which they were
// found. At most kLinesMax are kept.
class Problems {
 public:
  static constexpr std::size_t kLinesMax = 100;

  explicit Problems(YamlDocument document) : document_(std::move(document)) {}

  // About the value, or about the name of the member, at a JSON Pointer.
  void at(const std::string& pointer, std::string_view what);
  void at_key(const std::string& pointer, std::string_view what);

  bool empty() const { return lines_ == 0; }

  // Nothing more will be kept: looking for near names would be work for nothing.
  bool is_full() const { return lines_ >= kLinesMax; }

  // InvalidConfig with a line "file:line:column: what" for each. REQUIRES: not empty.
  std::unexpected<Error> failure() const;

 private:
  void add(TextPosition position, std::string_view what);

  YamlDocument document_;
  std::string text_;
  std::size_t lines_ = 0;
};

// `pointer` with one more element.
std::string element_of(std::string_view pointer, std::size_t index);

}  // namespace muai
