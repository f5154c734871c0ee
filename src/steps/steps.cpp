#include "muai/steps/steps.h"

#include "muai/core/check.h"
#include "steps/standard_steps.h"

namespace muai {

Registry<Step> make_standard_steps(const ToolRegistry& tools, ModelAccess* models) {
  Registry<Step> steps("step");
  for (const Step& step :
       {make_web_search_step(tools), make_fetch_url_step(tools), make_fetch_top_n_step(tools),
        make_fetch_single_url_step(tools), make_summarize_step(models),
        make_answer_generate_step(models), make_answer_generate_from_docs_step(models),
        make_summarize_to_answer_step(models), make_citation_validation_step(),
        make_citation_repair_step()}) {
    const Result<void> added = steps.add(step.name(), step);
    MUAI_CHECK(added.has_value());  // the names above are different
  }
  return steps;
}

std::string_view prompt_of_step(std::string_view step_name) {
  if (step_name == "summarize" || step_name == "summarize_to_answer") return "summary";
  if (step_name == "answer_generate" || step_name == "answer_generate_from_docs") return "answer";
  return {};
}

}  // namespace muai
