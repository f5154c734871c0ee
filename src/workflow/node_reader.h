#pragma once

// One node of a workflow file. Private to the workflow layer.

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "muai/graph/graph.h"
#include "muai/steps/prompt.h"
#include "muai/steps/value_template.h"
#include "muai/workflow/workflow_file.h"
#include "workflow/problems.h"

namespace muai {

// Reads nodes that fit the schema. Both references outlive it. `folder` holds the files that
// nodes may name; empty: none.
class NodeReader {
 public:
  NodeReader(const WorkflowContext& context, Problems& problems, std::filesystem::path folder)
      : context_(context), problems_(problems), folder_(std::move(folder)) {}

  // `pointer` is the node's place in the file. Nothing when its step cannot be made; then a
  // problem says why.
  std::optional<Node> read(std::string_view name, const boost::json::object& node,
                           const std::string& pointer);

  // A ready-made step by name, or a problem at `pointer`.
  std::optional<Step> ready_step(std::string_view node, std::string_view name,
                                 const std::string& pointer);

 private:
  std::optional<Step> read_step(std::string_view name, const boost::json::object& node,
                                const std::string& pointer);
  std::optional<Step> read_tool(std::string_view name, const boost::json::object& tool,
                                const std::string& pointer);
  std::optional<Step> read_set(std::string_view name, const boost::json::object& values,
                               const std::string& pointer);
  std::optional<Step> read_select(std::string_view name, const boost::json::object& values,
                                  const std::string& pointer);
  std::optional<Step> read_workflow_step(std::string_view name, const boost::json::value& workflow,
                                         const std::string& pointer);
  std::optional<Step> read_exec(std::string_view name, const boost::json::object& exec,
                                const std::string& pointer);
  std::optional<Step> read_prompt(std::string_view name, const boost::json::object& prompt,
                                  const std::string& pointer);
  Result<PromptTemplate> read_template(std::string_view name, std::string_view written);
  std::optional<ValueTemplate> read_value(std::string_view name, const boost::json::value& value,
                                          const std::string& pointer);
  std::optional<Workflow> find_workflow(std::string_view name, std::string_view workflow,
                                        const std::string& pointer);
  // The step, or its error as a problem of the node.
  std::optional<Step> made(std::string_view name, Result<Step> step, const std::string& pointer);

  std::optional<Exit> read_exit(std::string_view name, const boost::json::object& node,
                                const std::string& pointer);
  Branch read_branch(std::string_view name, const boost::json::array& arms,
                     const std::string& pointer);
  std::optional<Condition> read_condition(std::string_view name, const boost::json::value& when,
                                          const std::string& pointer);

  const WorkflowContext& context_;
  Problems& problems_;
  std::filesystem::path folder_;
};

}  // namespace muai
