#include "muai/workflow/standard_workflows.h"

#include <gtest/gtest.h>

#include "muai/steps/steps.h"
#include "muai/tool/tool.h"

namespace muai {
namespace {

TEST(StandardWorkflows, BuildWithTheReadyMadeSteps) {
  const ToolRegistry tools;
  const Registry<Step> steps = make_standard_steps(tools);
  const auto made = make_standard_workflows({.steps = &steps, .tools = &tools});
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(made->names(),
            (std::vector<std::string>{"search_qa", "search_qa_fast", "search_qa_strict_citations",
                                      "summarize_url"}));
  for (const auto& [name, workflow] : *made) {
    EXPECT_EQ(workflow.name(), name);
    EXPECT_FALSE(workflow.description().empty()) << name;
  }
}

TEST(StandardWorkflows, NamesAreFoundByEveryAlias) {
  EXPECT_EQ(canonical_workflow_name("fast"), "search_qa_fast");
  EXPECT_EQ(canonical_workflow_name(" Search "), "search_qa");
  EXPECT_EQ(canonical_workflow_name("searchqa"), "search_qa");
  EXPECT_EQ(canonical_workflow_name("TEACH"), "lesson_pack");
  EXPECT_EQ(canonical_workflow_name("lessonpack"), "lesson_pack");
  EXPECT_EQ(canonical_workflow_name("lesson"), "lesson_pack");
  EXPECT_EQ(canonical_workflow_name("chat"), "chat_generate");
  EXPECT_EQ(canonical_workflow_name("chatgenerate"), "chat_generate");
  EXPECT_EQ(canonical_workflow_name("rag"), "rag_qa");
  EXPECT_EQ(canonical_workflow_name("ragqa"), "rag_qa");
  EXPECT_EQ(canonical_workflow_name("self_ask"), "self_ask_search_qa");
  EXPECT_EQ(canonical_workflow_name("selfask"), "self_ask_search_qa");
  EXPECT_EQ(canonical_workflow_name("selfasksearchqa"), "self_ask_search_qa");
  EXPECT_EQ(canonical_workflow_name("strict"), "search_qa_strict_citations");
  EXPECT_EQ(canonical_workflow_name("cite"), "search_qa_strict_citations");
  EXPECT_EQ(canonical_workflow_name("summarize"), "summarize_url");
  EXPECT_EQ(canonical_workflow_name("url\n"), "summarize_url");
  EXPECT_EQ(canonical_workflow_name("Search_QA"), "search_qa");
}

TEST(StandardWorkflows, OtherNamesAreLeftAsTheyAre) {
  EXPECT_EQ(canonical_workflow_name("My_flow"), "My_flow");
  EXPECT_EQ(canonical_workflow_name("   "), "");
}

TEST(StandardWorkflows, TheirTextIsGivenByCanonicalName) {
  EXPECT_NE(standard_workflow_yaml("search_qa").find("name: search_qa\n"), std::string_view::npos);
  EXPECT_TRUE(standard_workflow_yaml("search").empty());
  EXPECT_TRUE(standard_workflow_yaml("../workflow.schema").empty());
}

}  // namespace
}  // namespace muai
