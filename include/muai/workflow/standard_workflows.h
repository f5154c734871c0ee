#pragma once

// The workflows that are built into the program, as YAML data: search_qa, search_qa_fast,
// search_qa_strict_citations, summarize_url.

#include <string_view>
#include <vector>

#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/workflow/workflow_file.h"

namespace muai {

// Validated like every other workflow.
Result<Registry<Workflow>> make_standard_workflows(const WorkflowContext& context);

// The YAML text of a built-in workflow; empty when there is none of that name.
std::string_view standard_workflow_yaml(std::string_view name);

// The canonical name behind an alias ("fast", "Teach", " search "); the name itself when it is
// none.
std::string canonical_workflow_name(std::string_view name_or_alias);

}  // namespace muai
