#pragma once

// Translating with a generate model: what to ask it, and what to make of its answer.

#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/model/generation.h"

namespace muai {

struct TranslationRequest {
  std::string_view text;    // valid UTF-8
  std::string_view source;  // language code; "auto" or empty when it is not known
  std::string_view target;  // language code
};

// The text stands between two lines that it cannot itself contain, so that nothing in it is taken
// for an instruction by its form.
GenerateRequest translation_prompt(const TranslationRequest& request);

// The translation alone. Upstream when the answer is empty, was cut, or holds the fence.
Result<std::string> read_translation(const TranslationRequest& request, const Generation& answer);

}  // namespace muai
