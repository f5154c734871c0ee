#pragma once

// Answers and summaries that models write about sources, held to them. Private to the steps.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/graph/runtime.h"
#include "muai/steps/answer_check.h"
#include "muai/steps/cited_answer.h"

namespace muai {

class ModelAccess;

// Whether people see the text while it is written.
enum class Shown { AsWritten, Never };

struct WritingTask {
  std::string_view prompt;  // "answer" or "summary"; lives as long as the program
  std::string question;     // may be empty for a summary
  // What may be cited, and what the prompt shows of each: parallel lists.
  std::vector<CitableSource> sources;
  std::vector<std::string> texts;
  std::size_t sentences_max = 5;
  Shown shown = Shown::Never;
};

struct Writing {
  CheckedAnswer checked;  // something is upheld, or it says that the sources hold no answer
  std::string model;
};

// Nothing when the step has to do without a model: the reason is then a fallback event and a note
// of the step. An error only when the step was told to stop. `runtime` and `models` outlive the
// task.
Task<Result<std::optional<Writing>>> write_from_sources(Runtime& runtime, ModelAccess& models,
                                                        std::vector<std::string> chain,
                                                        WritingTask task);

}  // namespace muai
