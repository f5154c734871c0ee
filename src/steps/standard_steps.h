#pragma once

// The groups of ready-made steps. Private to the steps layer; programs use make_standard_steps.
// `models` may be null: then nothing is asked of models.

#include "muai/graph/step.h"

namespace muai {

class ModelAccess;
class ToolRegistry;

Step make_web_search_step(const ToolRegistry& tools);
Step make_fetch_url_step(const ToolRegistry& tools);
Step make_fetch_top_n_step(const ToolRegistry& tools);
Step make_fetch_single_url_step(const ToolRegistry& tools);

Step make_summarize_step(ModelAccess* models);
Step make_answer_generate_step(ModelAccess* models);
Step make_answer_generate_from_docs_step(ModelAccess* models);
Step make_summarize_to_answer_step(ModelAccess* models);

Step make_citation_validation_step();
Step make_citation_repair_step();

}  // namespace muai
