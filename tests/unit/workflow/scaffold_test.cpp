#include "muai/workflow/scaffold.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/steps/steps.h"
#include "muai/tool/calculator.h"
#include "muai/tool/tool.h"
#include "muai/workflow/workflow_file.h"

namespace muai {
namespace {

TEST(Scaffold, NewWorkflowIsValidAsItIs) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(make_calculator_tool()).has_value());
  const Registry<Step> steps = make_standard_steps(tools);
  const Result<std::string> yaml = new_workflow_yaml("sums-2.b");
  ASSERT_TRUE(yaml.has_value());
  const auto workflow = read_workflow(*yaml, "sums.yaml", {.steps = &steps, .tools = &tools});
  ASSERT_TRUE(workflow.has_value()) << workflow.error().message();
  EXPECT_EQ(workflow->name(), "sums-2.b");
  EXPECT_EQ(yaml->find("my_workflow"), std::string::npos);
}

TEST(Scaffold, NewCaseIsOneLineThatNamesTheWorkflow) {
  const Result<std::string> line = new_workflow_case("sums");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->find('\n'), line->size() - 1);
  const auto json = parse_json(*line);
  ASSERT_TRUE(json.has_value()) << *line;
  EXPECT_EQ(json->at("expected_workflow"), "sums");
  EXPECT_TRUE(json->at("question").is_string());
}

TEST(Scaffold, NamesThatAFileCouldNotHaveAreRefused) {
  for (const std::string name : {"", "a b", "../a", "-a", "\xE8\x8C\xB6", "a\"b"}) {
    EXPECT_FALSE(new_workflow_yaml(name).has_value()) << name;
    EXPECT_FALSE(new_workflow_case(name).has_value()) << name;
  }
  EXPECT_FALSE(new_workflow_yaml(std::string(65, 'a')).has_value());
  EXPECT_TRUE(new_workflow_yaml(std::string(64, 'a')).has_value());
}

}  // namespace
}  // namespace muai
