// Hostile bytes as a workflow file: read, or refused with a message, and what was read can be
// drawn.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/json.hpp>

#include "muai/core/check.h"
#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/graph/workflow.h"
#include "muai/steps/steps.h"
#include "muai/tool/calculator.h"
#include "muai/tool/tool.h"
#include "muai/workflow/drawing.h"
#include "muai/workflow/standard_workflows.h"
#include "muai/workflow/workflow_file.h"

namespace {

// Everything a file may refer to; `exec` stays off, as it is unless a user switches it on.
struct World {
  World() {
    MUAI_CHECK(tools.add(muai::make_calculator_tool()).has_value());
    steps = muai::make_standard_steps(tools);
    auto made = muai::make_standard_workflows({.steps = &steps, .tools = &tools});
    MUAI_CHECK(made.has_value());
    workflows = *std::move(made);
  }

  muai::ToolRegistry tools;
  muai::Registry<muai::Step> steps{"step"};
  muai::Registry<muai::Workflow> workflows{"workflow"};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const World world;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto workflow = muai::read_workflow(
      text, "fuzz.yaml",
      {.steps = &world.steps, .tools = &world.tools, .workflows = &world.workflows});
  if (!workflow) {
    MUAI_CHECK(!workflow.error().message().empty());
    return 0;
  }
  MUAI_CHECK(!muai::to_mermaid(*workflow).empty());
  MUAI_CHECK(!muai::to_dot(*workflow).empty());
  MUAI_CHECK(!muai::describe(*workflow).empty());
  MUAI_CHECK(muai::write_json(muai::workflow_to_json(*workflow)).has_value());
  return 0;
}
