#include "muai/graph/workflow.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "muai/core/keys.h"
#include "muai/graph/compiled_graph.h"

namespace muai {
namespace {

using Problems = std::vector<GraphProblem>;

constexpr Key<std::string> shared{"workflow_test_shared"};

Step idle(std::string name) {
  return step(std::move(name), [](const State& in) { return in; });
}

template <class... Declarations>
Step declared(std::string name, Declarations... declarations) {
  return step(std::move(name), declarations..., [](const State& in) { return in; });
}

Problems problems_of(const WorkflowBuilder& builder) {
  auto checked = builder.check();
  return checked ? Problems() : std::move(checked).error();
}

// The messages of all problems, one a line.
std::string text_of(const WorkflowBuilder& builder) {
  std::string text;
  for (const GraphProblem& problem : problems_of(builder)) text += problem.message + "\n";
  return text;
}

testing::AssertionResult says(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in:\n" << text;
}

TEST(Workflow, BuildsTheSampleOfTheDesign) {
  const Step shout = declared("shout", reads(keys::question), writes(keys::final_answer));
  const Step slow =
      declared("slow", reads(keys::question), may_read(keys::docs), writes(keys::docs));
  const Workflow loud =
      Workflow::make("loud").given(keys::question).chain({shout, slow}).build().value();
  EXPECT_EQ(loud.name(), "loud");
  EXPECT_EQ(loud.start(), "shout");
  ASSERT_NE(loud.find_node("slow"), nullptr);
  EXPECT_EQ(loud.always_written().size(), 2U);
}

TEST(Workflow, NamesTheUnknownStepAndTheNearest) {
  Registry<Step> steps("step");
  ASSERT_TRUE(steps.add("summarize", idle("summarize")));
  const auto builder = Workflow::make("w").steps_from(steps).chain_names({"sumarize"});
  EXPECT_TRUE(says(text_of(builder), "node 'sumarize': unknown step 'sumarize'"));
  EXPECT_TRUE(says(text_of(builder), "did you mean 'summarize'?"));
}

TEST(Workflow, NamesTheDanglingEdge) {
  const auto builder =
      Workflow::make("w").node("fetch", idle("a"), next("anwser")).node("answer", idle("b"), end());
  EXPECT_TRUE(says(text_of(builder), "node 'fetch': its edge leads to 'anwser'"));
  EXPECT_TRUE(says(text_of(builder), "did you mean 'answer'?"));
}

TEST(Workflow, NamesTheUnreachableNode) {
  const auto builder =
      Workflow::make("w").node("a", idle("a"), end()).node("island", idle("b"), end());
  EXPECT_EQ(problems_of(builder).size(), 1U);
  EXPECT_TRUE(says(text_of(builder), "node 'island': no way leads to it from the start 'a'"));
}

TEST(Workflow, PrintsTheCycle) {
  const auto builder = Workflow::make("w")
                           .node("a", idle("a"), next("b"))
                           .node("b", idle("b"), next("c"))
                           .node("c", idle("c"), next("b"));
  EXPECT_TRUE(says(text_of(builder), "b -> c -> b"));
  EXPECT_TRUE(says(text_of(builder), "node 'a': no way leads from it to the end"));
}

TEST(Workflow, NamesTheInputThatIsMissingOnOneWay) {
  const auto builder =
      Workflow::make("w")
          .given(keys::question)
          .node("pick", idle("pick"),
                branch({when(empty(keys::question), "search"), otherwise("answer")}))
          .node("search", declared("search", writes(keys::docs)), next("answer"))
          .node("answer", declared("answer", reads(keys::docs)), end());
  const Problems problems = problems_of(builder);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].node, "answer");
  EXPECT_EQ(problems[0].key, "docs");
  EXPECT_EQ(problems[0].path, (std::vector<std::string>{"pick", "answer"}));
  EXPECT_TRUE(says(problems[0].message, "pick -> answer"));
}

TEST(Workflow, AConditionOnAKeyProvidesIt) {
  const auto answer_when = [](Condition condition) {
    return Workflow::make("w")
        .may_give(keys::docs)
        .node("pick", idle("pick"),
              branch({when(std::move(condition), "answer"), otherwise("sorry")}))
        .node("answer", declared("answer", reads(keys::docs)), end())
        .node("sorry", idle("sorry"), end());
  };
  EXPECT_TRUE(problems_of(answer_when(present(keys::docs))).empty());
  EXPECT_TRUE(problems_of(answer_when(present(keys::docs) && !empty(keys::docs))).empty());
  EXPECT_EQ(problems_of(answer_when(!present(keys::docs))).size(), 1U);
}

TEST(Workflow, TheElseOfAnAbsenceProvidesTheKey) {
  const auto builder = Workflow::make("w")
                           .may_give(keys::docs)
                           .node("pick", idle("pick"),
                                 branch({when(!present(keys::docs), "sorry"), otherwise("answer")}))
                           .node("answer", declared("answer", reads(keys::docs)), end())
                           .node("sorry", idle("sorry"), end());
  EXPECT_EQ(text_of(builder), "");
}

TEST(Workflow, BothArmsOfAParallelAreAvailableAtTheJoin) {
  const auto builder =
      Workflow::make("w")
          .node("fork", idle("fork"), parallel({"a", "b"}))
          .node("a", declared("a", writes(keys::docs)), next("join"))
          .node("b", declared("b", writes(keys::summaries)), next("join"))
          .node("join", declared("join", reads(keys::docs, keys::summaries)), end());
  EXPECT_EQ(text_of(builder), "");
}

WorkflowBuilder two_writers() {
  return Workflow::make("w")
      .node("fork", idle("fork"), parallel({"a", "b"}))
      .node("a", declared("a", writes(shared)), next("join"))
      .node("b", declared("b", may_write(shared)), next("join"))
      .node("join", idle("join"), end());
}

TEST(Workflow, TwoParallelWritersNeedAMergeRule) {
  EXPECT_TRUE(says(text_of(two_writers()),
                   "node 'b': it writes 'workflow_test_shared' in parallel with node 'a'"));
  EXPECT_EQ(text_of(two_writers().merge(shared, MergeRule::Last)), "");
}

TEST(Workflow, TwoArmsOfABranchMayWriteTheSameKey) {
  const auto builder =
      Workflow::make("w")
          .given(keys::question)
          .node("pick", idle("pick"), branch({when(empty(keys::question), "a"), otherwise("b")}))
          .node("a", declared("a", writes(shared)), next("join"))
          .node("b", declared("b", writes(shared)), next("join"))
          .node("join", declared("join", reads(shared)), end())
          .returns(shared);
  EXPECT_EQ(text_of(builder), "");
}

// A way leads from 'a' to 'b', but when 'a' turns away and 'c' brings 'b' to run, the two writes
// stand side by side.
TEST(Workflow, AWriterThatTurnedAwayIsParallelToOneBehindIt) {
  const auto builder = Workflow::make("w")
                           .given(keys::question)
                           .node("fork", idle("fork"), parallel({"a", "c"}))
                           .node("a", declared("a", writes(shared)),
                                 branch({when(empty(keys::question), "b"), otherwise("end")}))
                           .node("c", idle("c"), next("b"))
                           .node("b", declared("b", writes(shared)), end());
  EXPECT_TRUE(says(text_of(builder), "node 'b': it writes 'workflow_test_shared' in parallel"));
}

TEST(Workflow, PromisesAreProved) {
  const auto builder =
      Workflow::make("w").chain({declared("a", may_write(shared))}).returns(shared);
  EXPECT_TRUE(says(text_of(builder), "the workflow returns 'workflow_test_shared'"));
}

TEST(Workflow, RetriesNeedARepeatableStep) {
  const auto builder = Workflow::make("w").node("a", idle("a"), end(), {.retry = {.retries = 1}});
  EXPECT_TRUE(says(text_of(builder), "step 'a' is not declared repeatable"));
}

TEST(Workflow, BranchesEndInAnElse) {
  const auto builder = Workflow::make("w")
                           .given(keys::question)
                           .node("a", idle("a"), branch({when(present(keys::question), "end")}));
  EXPECT_TRUE(says(text_of(builder), "node 'a': its branch has no final else"));
}

TEST(Workflow, AConditionOnAKeyThatNobodySetsIsAMistake) {
  const auto builder =
      Workflow::make("w")
          .given(keys::question)
          .node("a", idle("a"), branch({when(present(keys::docs), "end"), otherwise("end")}));
  EXPECT_TRUE(says(text_of(builder), "looks at 'docs', which no step writes"));
}

TEST(Workflow, ReportsAllProblemsTogether) {
  const auto builder = Workflow::make("w")
                           .node("a", "nowhere", next("gone"))
                           .node("a", idle("x"), end(), {.timeout = Duration(-1)})
                           .node("end", idle("y"), end())
                           .node("b/c", idle("z"), parallel({"a"}));
  EXPECT_GE(problems_of(builder).size(), 6U) << text_of(builder);
  const Result<Workflow> built = builder.build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code(), ErrorCode::InvalidConfig);
}

TEST(Workflow, BoundsTheNodes) {
  const std::vector<Step> many(kGraphNodesMax + 1, idle("a"));
  EXPECT_TRUE(says(text_of(Workflow::make("w").chain(many)), "at most 1000 are allowed"));
  EXPECT_TRUE(says(text_of(Workflow::make("w")), "the graph has no nodes"));
}

// 2^60 combinations of choices: the proof is by sets, not by counting.
TEST(Workflow, ProvesLongRowsOfBranches) {
  WorkflowBuilder builder = Workflow::make("w");
  builder.given(keys::question);
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    const std::string after = i + 1 < 60 ? "pick" + std::to_string(i + 1) : "last";
    builder.node("pick" + n, idle("pick"),
                 branch({when(empty(keys::question), "a" + n), otherwise("b" + n)}));
    builder.node("a" + n, declared("a", writes(shared)), next(after));
    builder.node("b" + n, declared("b", may_write(shared)), next(after));
  }
  builder.node("last", declared("last", reads(shared)), end());
  const Problems problems = problems_of(builder);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].key, "workflow_test_shared");
  EXPECT_EQ(problems[0].path.size(), 121U);
}

TEST(Workflow, AStepThatOccursAgainGetsANodeOfItsOwn) {
  const Step again = idle("again");
  const Workflow chain = Workflow::make("w").chain({again, idle("again_2"), again}).build().value();
  EXPECT_NE(chain.find_node("again"), nullptr);
  EXPECT_NE(chain.find_node("again_2"), nullptr);
  EXPECT_EQ(chain.nodes().size(), 3U);
}

TEST(Workflow, EdgeOrderIsTheOrderOfTheParallel) {
  const Workflow fan = Workflow::make("w")
                           .node("fork", idle("fork"), parallel({"z", "a", "m"}))
                           .node("a", idle("a"), next("join"))
                           .node("m", idle("m"), next("join"))
                           .node("z", idle("z"), next("join"))
                           .node("join", idle("join"), end())
                           .build()
                           .value();
  std::vector<std::string> order;
  for (const CompiledGraph::CompiledNode& node : fan.compiled().nodes())
    order.emplace_back(node.node ? node.node->name : "end");
  EXPECT_EQ(order, (std::vector<std::string>{"fork", "z", "a", "m", "join", "end"}));
  EXPECT_FALSE(fan.compiled().has_crossing_branches());
}

}  // namespace
}  // namespace muai
