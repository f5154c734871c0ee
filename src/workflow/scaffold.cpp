#include "muai/workflow/scaffold.h"

#include <fmt/format.h>

#include "workflow/embedded_texts.h"

namespace muai {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kTemplateName = "my_workflow";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The same names that the schema of workflow files allows.
Result<void> check_name(std::string_view name) {
  bool valid = !name.empty() && name.size() <= kNameBytesMax && is_word(name.front());
  for (const char c : name) valid = valid && (is_word(c) || c == '-' || c == '.');
  if (valid) return {};
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' can't name a workflow; use 1 to {} letters, digits, '_', '-' or "
                          "'.', and begin with a letter, digit or '_'",
                          name, kNameBytesMax));
}

}  // namespace

Result<std::string> new_workflow_yaml(std::string_view name) {
  MUAI_TRY_VOID(check_name(name));
  std::string text(workflow_text("new_workflow.yaml"));
  std::size_t at = 0;
  while ((at = text.find(kTemplateName, at)) != std::string::npos) {
    text.replace(at, kTemplateName.size(), name);
    at += name.size();
  }
  return text;
}

Result<std::string> new_workflow_case(std::string_view name) {
  MUAI_TRY_VOID(check_name(name));
  constexpr std::string_view kCase =
      R"({{"question": "6 * 7", "expected_workflow": "{}", "expected_fields": ["final_answer"],)"
      R"( "quality_thresholds": {{"min_answer_length": 2}},)"
      R"( "expected_answer": {{"contains": ["42"]}}}})"
      "\n";
  return fmt::format(kCase, name);
}

}  // namespace muai
