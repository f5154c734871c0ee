#pragma once

// State keys that the ready-made steps use beside the standard ones (muai/core/keys.h).

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "muai/core/key.h"

namespace muai::keys {

// Where the texts under `docs` came from, in the order of `docs`: objects {url, requested_url,
// title, text_sha256, retrieved_at, start, byte_start}. The text of a passage begins at
// `byte_start` (code point `start`) of the stored text `text_sha256`.
inline constexpr Key<std::vector<boost::json::value>> doc_origins{"doc_origins", MergeRule::Append};

// False when the sources do not hold an answer and final_answer says so.
inline constexpr Key<bool> answer_found{"answer_found"};

// The model that wrote final_answer; absent or "extractive": its sentences are those of the
// sources.
inline constexpr Key<std::string> answer_model{"answer_model"};

// How many sentences a summary may have, at least 1; absent: what the step thinks fit.
inline constexpr Key<std::int64_t> summary_sentences{"summary_sentences"};

}  // namespace muai::keys
