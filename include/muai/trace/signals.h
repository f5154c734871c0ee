#pragma once

// Quality signals: what can be told about an execution without knowing the right answer.

#include <span>
#include <string>
#include <string_view>

#include "muai/trace/record.h"

namespace muai {

// Whether the final state holds a lesson: lesson_explain_structured present and not null.
enum class LessonStructure : std::uint8_t { Absent, Present };

// The views must outlive the call only.
struct QualityFacts {
  std::span<const std::string> citations = {};
  std::string_view final_answer = {};
  std::span<const StepRecord> steps = {};  // those that ran, each attempt
  LessonStructure lesson = LessonStructure::Absent;
};

// citation_count = number of citations; answer_length = code points of final_answer; has_search =
// a step with "search" in its lower-cased name ran; has_citations = citation_count > 0;
// has_structure = a lesson is present; failure_occurred = some step failed.
QualitySignals quality_signals(const QualityFacts& facts);

}  // namespace muai
