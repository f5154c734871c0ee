#pragma once

// The standard state keys, with the exact names of the data contract. All are optional in a
// state. They are known to every reader of JSON states, used or not.

#include "muai/core/key.h"

namespace muai::keys {

inline constexpr Key<std::string> question{"question"};
inline constexpr Key<std::string> final_answer{"final_answer"};
inline constexpr Key<std::string> lesson_topic{"lesson_topic"};
inline constexpr Key<std::string> teaching_text{"teaching_text"};
inline constexpr Key<std::string> memory_context{"memory_context"};

inline constexpr Key<std::vector<SearchResult>> search_results{"search_results", MergeRule::Append};

// url -> text. Insertion order matters: citations follow it.
inline constexpr Key<TextMap> docs{"docs", MergeRule::Union};
inline constexpr Key<TextMap> summaries{"summaries", MergeRule::Union};

// Urls; the mark [N] of an answer is 1-based into this list.
inline constexpr Key<std::vector<std::string>> citations{"citations"};
inline constexpr Key<std::vector<CitationSpan>> citation_spans{"citation_spans"};

inline constexpr Key<std::vector<std::string>> lesson_objectives{"lesson_objectives"};
inline constexpr Key<std::vector<std::string>> lesson_outline{"lesson_outline"};
inline constexpr Key<std::vector<std::string>> board_plan{"board_plan"};
inline constexpr Key<boost::json::value> lesson_explain_structured{"lesson_explain_structured"};
inline constexpr Key<std::vector<Exercise>> exercises{"exercises", MergeRule::Append};

// A list of objects {doc_id, content, score, metadata, title, chunk, span}.
inline constexpr Key<std::vector<boost::json::value>> kb_sources{"kb_sources", MergeRule::Append};

inline constexpr Key<std::optional<std::string>> conversation_id{"conversation_id"};
inline constexpr Key<std::optional<std::int64_t>> turn_index{"turn_index"};

inline constexpr Key<bool> validation_passed{"validation_passed"};
inline constexpr Key<std::vector<std::string>> validation_errors{"validation_errors",
                                                                 MergeRule::Append};

// An object: mode, request_id, start_time, router_version, difficulty, language, ...
inline constexpr Key<boost::json::value> meta{"meta", MergeRule::Members};

}  // namespace muai::keys
