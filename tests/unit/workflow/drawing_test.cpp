#include "muai/workflow/drawing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/core/keys.h"

namespace muai {
namespace {

using ::testing::HasSubstr;

Step writer(std::string name) {
  return step(std::move(name), may_read(keys::docs), writes(keys::final_answer), repeatable(),
              [](const State& in) { return in.with(keys::final_answer, "x"); });
}

// Every kind of exit, and names that a careless drawing would break on.
Workflow drawn() {
  return Workflow::make("say \"hi\"")
      .describe("draws")
      .given(keys::question)
      .may_give(keys::docs)
      .returns(keys::final_answer)
      .merge(keys::final_answer, MergeRule::Last)
      .node("begin", writer("begin"), parallel({"a \"quoted\" <b>", "c|d"}))
      .node("a \"quoted\" <b>", writer("step#1"),
            branch({when(equals(keys::question, "\"yes\""), "last"), otherwise("end")}))
      .node("c|d", writer("back\\slash"), next("last"),
            {.timeout = std::chrono::milliseconds(1500), .retry = {.retries = 2}})
      .node("last", writer("last"), end())
      .build()
      .value();
}

TEST(Drawing, MermaidHasEveryNodeAndEdgeWithNamesEscaped) {
  EXPECT_EQ(to_mermaid(drawn()),
            "flowchart TD\n"
            "  n0[\"begin\"]\n"
            "  n1[\"a #34;quoted#34; #60;b#62;<br/>step#35;1\"]\n"
            "  n2[\"c#124;d<br/>back\\slash\"]\n"
            "  n3[\"last\"]\n"
            "  done([\"end\"])\n"
            "  n0 --> n1\n"
            "  n0 --> n2\n"
            "  n1 -->|\"question = #34;\\#34;yes\\#34;#34;\"| n3\n"
            "  n1 -->|\"else\"| done\n"
            "  n2 --> n3\n"
            "  n3 --> done\n");
}

TEST(Drawing, DotHasEveryNodeAndEdgeWithNamesEscaped) {
  const std::string dot = to_dot(drawn());
  EXPECT_TRUE(dot.starts_with("digraph \"say \\\"hi\\\"\" {\n"));
  EXPECT_THAT(dot, HasSubstr("n1 [label=\"a \\\"quoted\\\" <b>\\nstep#1\"];"));
  EXPECT_THAT(dot, HasSubstr("n2 [label=\"c|d\\nback\\\\slash\"];"));
  EXPECT_THAT(dot, HasSubstr("n1 -> done [label=\"else\"];"));
  EXPECT_THAT(dot, HasSubstr("n0 -> n2;"));
  EXPECT_TRUE(dot.ends_with("}\n"));
}

TEST(Drawing, DescriptionSaysWhatEachNodeDoes) {
  const std::string text = describe(drawn());
  EXPECT_THAT(text, HasSubstr("say \"hi\": draws\ngiven question; may give docs\n"
                              "returns final_answer\nstarts at begin\n"));
  EXPECT_THAT(text, HasSubstr("c|d: back\\slash\n  reads nothing; may read docs\n"
                              "  writes final_answer\n  ends after 1.5 s\n"
                              "  retried up to 2 times\n  then last\n"));
  EXPECT_THAT(text, HasSubstr("then, side by side: a \"quoted\" <b>, c|d"));
  EXPECT_THAT(text, HasSubstr("then last when question = \"\\\"yes\\\"\"; else end"));
}

TEST(Drawing, JsonHasTheContractAndEveryNode) {
  const boost::json::value json = workflow_to_json(drawn());
  EXPECT_EQ(json.at("name"), "say \"hi\"");
  EXPECT_EQ(json.at("given"), boost::json::array({"question"}));
  ASSERT_EQ(json.at("nodes").as_array().size(), 4U);
  const boost::json::value& timed = json.at("nodes").at(2);
  EXPECT_EQ(timed.at("timeout_s"), 1.5);
  EXPECT_EQ(timed.at("retries"), 2);
  EXPECT_EQ(timed.at("next"), "last");
  EXPECT_EQ(timed.at("may_read"), boost::json::array({"docs"}));
  EXPECT_EQ(json.at("nodes").at(0).at("parallel").as_array().size(), 2U);
  EXPECT_EQ(json.at("nodes").at(1).at("branch").at(1), (boost::json::object{{"to", "end"}}));
}

}  // namespace
}  // namespace muai
