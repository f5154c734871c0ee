#include "muai/trace/signals.h"

#include <algorithm>

#include "muai/text/utf8.h"

namespace muai {

namespace {

constexpr std::string_view kSearch = "search";

char lowered(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool names_a_search(const StepRecord& step) {
  return !std::ranges::search(step.step_name, kSearch, {}, lowered).empty();
}

}  // namespace

QualitySignals quality_signals(const QualityFacts& facts) {
  QualitySignals signals;
  signals.citation_count = static_cast<std::int64_t>(facts.citations.size());
  signals.answer_length = static_cast<std::int64_t>(count_code_points(facts.final_answer));
  signals.has_search = std::ranges::any_of(facts.steps, names_a_search);
  signals.has_citations = !facts.citations.empty();
  signals.has_structure = facts.lesson == LessonStructure::Present;
  signals.failure_occurred =
      std::ranges::any_of(facts.steps, [](const StepRecord& step) { return !step.success; });
  return signals;
}

}  // namespace muai
