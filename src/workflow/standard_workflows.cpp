#include "muai/workflow/standard_workflows.h"

#include <fmt/format.h>

#include <algorithm>

#include "workflow/embedded_texts.h"

namespace muai {
namespace {

constexpr std::string_view kStandardNames[] = {
    "search_qa",
    "search_qa_fast",
    "search_qa_strict_citations",
    "summarize_url",
};

struct Alias {
  std::string_view alias;
  std::string_view name;
};

constexpr Alias kAliases[] = {
    {"searchqa", "search_qa"},
    {"search", "search_qa"},
    {"lessonpack", "lesson_pack"},
    {"lesson", "lesson_pack"},
    {"teach", "lesson_pack"},
    {"chatgenerate", "chat_generate"},
    {"chat", "chat_generate"},
    {"ragqa", "rag_qa"},
    {"rag", "rag_qa"},
    {"selfasksearchqa", "self_ask_search_qa"},
    {"self_ask", "self_ask_search_qa"},
    {"selfask", "self_ask_search_qa"},
    {"fast", "search_qa_fast"},
    {"strict", "search_qa_strict_citations"},
    {"cite", "search_qa_strict_citations"},
    {"summarize", "summarize_url"},
    {"url", "summarize_url"},
};

// The canonical names themselves may be written in any case, too.
constexpr std::string_view kCanonicalNames[] = {
    "search_qa",   "search_qa_fast", "search_qa_strict_citations", "summarize_url", "rag_qa",
    "lesson_pack", "chat_generate",  "self_ask_search_qa",
};

std::string_view without_outer_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::string file_of(std::string_view name) { return fmt::format("{}.yaml", name); }

}  // namespace

Result<Registry<Workflow>> make_standard_workflows(const WorkflowContext& context) {
  Registry<Workflow> workflows("workflow");
  for (const std::string_view name : kStandardNames) {
    const std::string file = file_of(name);
    MUAI_TRY(Workflow workflow, read_workflow(workflow_text(file), file, context));
    MUAI_TRY_VOID(workflows.add(std::string(name), std::move(workflow)));
  }
  return workflows;
}

std::string_view standard_workflow_yaml(std::string_view name) {
  const auto* const found = std::find(std::begin(kStandardNames), std::end(kStandardNames), name);
  return found == std::end(kStandardNames) ? std::string_view() : workflow_text(file_of(name));
}

std::string canonical_workflow_name(std::string_view name_or_alias) {
  const std::string_view trimmed = without_outer_blanks(name_or_alias);
  std::string lower(trimmed);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const Alias& known : kAliases)
    if (known.alias == lower) return std::string(known.name);
  for (const std::string_view name : kCanonicalNames)
    if (name == lower) return lower;
  return std::string(trimmed);
}

}  // namespace muai
