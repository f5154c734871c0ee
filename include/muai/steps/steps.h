#pragma once

// The ready-made steps, by the names that traces and workflow files use.
//
//   web_search            question -> search_results
//   fetch_url             search_results -> docs                  settings: max_pages (3)
//   fetch_top_n           search_results -> docs                  settings: n (2)
//   fetch_single_url      question (holds a URL) -> docs, citations
//   summarize             docs -> summaries                       one summary for each page
//   answer_generate       question, summaries -> final_answer, citations
//   answer_generate_from_docs  question, docs -> final_answer, citations
//   summarize_to_answer   docs, citations -> final_answer, citations, summaries
//   citation_validation   final_answer, citations -> validation_passed, validation_errors
//   citation_repair       final_answer, citations -> final_answer, citations
//
// Pages that fail are noted in the trace and left out; a step fails when all of them failed.
// Answers also set citation_spans and answer_found, and answer_model when a model wrote them.
//
// The steps that write ask models, if there are some, in the order of muai/steps/model_access.h;
// settings: models (names), model (one name). What models write is held to the sources
// (muai/steps/answer_check.h); when nothing of it stands, or no model answers, they choose
// sentences of the sources, and a fallback event says why.

#include <string_view>

#include "muai/core/registry.h"
#include "muai/graph/step.h"

namespace muai {

class ModelAccess;
class ToolRegistry;

// All steps above. The tools web_search, fetch_url and fetch_multiple are called by name. `tools`
// and `models` outlive the steps; without models every text is made of sentences of its sources.
Registry<Step> make_standard_steps(const ToolRegistry& tools, ModelAccess* models = nullptr);

// The prompt that a ready-made step asks models with; empty when it asks none.
std::string_view prompt_of_step(std::string_view step_name);

}  // namespace muai
