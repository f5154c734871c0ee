#include "workflow/problems.h"

#include <fmt/format.h>

namespace muai {

void Problems::at(const std::string& pointer, std::string_view what) {
  add(document_.position(pointer), what);
}

void Problems::at_key(const std::string& pointer, std::string_view what) {
  add(document_.key_position(pointer), what);
}

void Problems::add(TextPosition position, std::string_view what) {
  if (is_full()) return;
  text_ += fmt::format("{}{}:{}:{}: {}", text_.empty() ? "" : "\n", document_.source_name(),
                       position.line, position.column, what);
  ++lines_;
}

std::unexpected<Error> Problems::failure() const { return fail(ErrorCode::InvalidConfig, text_); }

std::string element_of(std::string_view pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}

}  // namespace muai
