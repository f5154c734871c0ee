#include "muai/workflow/workflow_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <string>

#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/steps/steps.h"
#include "muai/text/json_schema.h"
#include "muai/tool/calculator.h"
#include "muai/tool/tool.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using ::testing::HasSubstr;

class WorkflowFile : public ::testing::Test {
 protected:
  WorkflowFile() { EXPECT_TRUE(tools_.add(make_calculator_tool()).has_value()); }

  Result<Workflow> read(std::string_view yaml) const {
    return read_workflow(yaml, "w.yaml", context_);
  }

  std::string error_of(std::string_view yaml) const {
    const Result<Workflow> workflow = read(yaml);
    if (workflow) return "no error";
    EXPECT_EQ(workflow.error().code(), ErrorCode::InvalidConfig);
    return workflow.error().message();
  }

  ToolRegistry tools_;
  Registry<Step> steps_ = make_standard_steps(tools_);
  Registry<Workflow> workflows_{"workflow"};
  Registry<ExecProgram> programs_{"program"};
  WorkflowContext context_{
      .steps = &steps_, .tools = &tools_, .workflows = &workflows_, .programs = &programs_};
};

TEST_F(WorkflowFile, GivesTheGraphThatItDescribes) {
  const Result<Workflow> read_one = read(R"(
name: qa
description: searches when it must
given: [question]
may_give: [docs]
returns: [final_answer]
start: look
merge: {docs: last}
nodes:
  look:
    set: {validation_errors: []}
    branch:
      - when: {present: docs}
        to: answer
      - to: search
  search:
    step: web_search
    timeout_s: 1.5
    retries: 2
    backoff_ms: 50
    settings: {max_results: 4}
    next: fetch
  fetch: {step: fetch_url, next: answer}
  answer: {step: answer_generate_from_docs, next: end}
)");
  ASSERT_TRUE(read_one.has_value()) << read_one.error().message();
  EXPECT_EQ(read_one->name(), "qa");
  EXPECT_EQ(read_one->description(), "searches when it must");
  EXPECT_EQ(read_one->start(), "look");
  ASSERT_EQ(read_one->given().size(), 1U);
  EXPECT_EQ(read_one->given()[0], keys::question.id());
  const Node* search = read_one->find_node("search");
  ASSERT_NE(search, nullptr);
  EXPECT_EQ(search->step.name(), "web_search");
  EXPECT_EQ(search->options.timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(search->options.retry.retries, 2);
  EXPECT_EQ(search->options.retry.backoff, std::chrono::milliseconds(50));
  EXPECT_EQ(search->options.settings->at("max_results"), 4);
  const auto& arms = std::get<Branch>(read_one->find_node("look")->exit).arms;
  ASSERT_EQ(arms.size(), 2U);
  EXPECT_EQ(arms[0].when->text(), "present docs");
  EXPECT_FALSE(arms[1].when.has_value());
}

TEST_F(WorkflowFile, ChainIsShortForStepsOneAfterTheOther) {
  const auto chained = read(
      "name: c\ngiven: [question]\nchain: [web_search, fetch_url, answer_generate_from_docs]\n");
  ASSERT_TRUE(chained.has_value()) << chained.error().message();
  ASSERT_EQ(chained->nodes().size(), 3U);
  EXPECT_EQ(std::get<Next>(chained->nodes()[0].exit).to, "fetch_url");
  EXPECT_EQ(std::get<Next>(chained->nodes()[2].exit).to, "end");
}

TEST_F(WorkflowFile, ReadsParallelBranches) {
  const auto both = read(R"(
name: p
given: [question]
nodes:
  begin: {step: web_search, parallel: [a, b]}
  a: {step: fetch_url, next: done}
  b: {set: {meta: {mode: chat}}, next: done}
  done: {step: answer_generate_from_docs, next: end}
)");
  ASSERT_TRUE(both.has_value()) << both.error().message();
  EXPECT_EQ(std::get<Parallel>(both->nodes()[0].exit).to, (std::vector<std::string>{"a", "b"}));
}

struct Wrong {
  std::string_view name;
  std::string_view yaml;
  std::string_view message;
};

class WrongWorkflowFile : public WorkflowFile, public ::testing::WithParamInterface<Wrong> {};

TEST_P(WrongWorkflowFile, IsRefusedWithItsPlaceAndRemedy) {
  EXPECT_THAT(error_of(GetParam().yaml), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Reading, WrongWorkflowFile,
    ::testing::Values(
        Wrong{"NotYaml", "name: [", "w.yaml:1:"},
        Wrong{"NotAMap", "- a", "w.yaml:1:1: must be an object"},
        Wrong{"UnknownMember", "name: a\nnoeds: {}\n",
              "w.yaml:2:1: /noeds: unknown member 'noeds'; did you mean 'nodes'"},
        Wrong{"NoName", "chain: [web_search]\n", "name"},
        Wrong{"WrongName", "name: a b\nchain: [web_search]\n", "w.yaml:1:7: /name"},
        Wrong{"NeitherNodesNorChain", "name: a\n", "either nodes"},
        Wrong{"NodesAndChain",
              "name: a\nchain: [web_search]\nnodes: {x: {step: web_search, next: end}}\n",
              "either nodes"},
        Wrong{"UnknownGivenKey", "name: a\ngiven: [questoin]\nchain: [web_search]\n",
              "w.yaml:2:9: unknown key 'questoin'; did you mean 'question'"},
        Wrong{"UnknownKeyType", "name: a\nkeys: {own_a: text}\nchain: [web_search]\n",
              "w.yaml:2:15: key 'own_a' has the unknown type 'text'; use one of string"},
        Wrong{"KeyOfAnotherType", "name: a\nkeys: {question: int}\nchain: [web_search]\n",
              "w.yaml:2:8: key 'question' has type string already"},
        Wrong{"UnknownMergeRule", "name: a\nmerge: {docs: firts}\nchain: [web_search]\n",
              "w.yaml:2:15: /merge/docs"},
        Wrong{"UnknownMergeKey", "name: a\nmerge: {dosc: last}\nchain: [web_search]\n",
              "w.yaml:2:15: unknown key 'dosc'; did you mean 'docs'"},
        Wrong{"NodeWithoutStep", "name: a\nnodes:\n  x: {next: end}\n",
              "w.yaml:3:3: node 'x' does not say what it does; add step, tool"},
        Wrong{"NodeWithTwoSteps",
              "name: a\nnodes:\n  x: {step: web_search, set: {docs: {}}, next: end}\n",
              "w.yaml:3:3: node 'x' has step and set; keep one of them"},
        Wrong{"NodeWithoutExit", "name: a\nnodes:\n  x: {step: web_search}\n",
              "w.yaml:3:3: node 'x' does not say what follows; add next"},
        Wrong{"NodeWithTwoExits",
              "name: a\nnodes:\n  x: {step: web_search, next: end, parallel: [a, b]}\n",
              "w.yaml:3:3: node 'x' has next and parallel"},
        Wrong{
            "UnknownCondition",
            "name: a\nnodes:\n  x:\n    step: web_search\n    branch:\n      - {when: {is: docs}, "
            "to: end}\n      - {to: end}\n",
            "w.yaml:6:16: node 'x': condition: unknown predicate 'is'"},
        Wrong{"UnknownConditionKey",
              "name: a\nnodes:\n  x:\n    step: web_search\n    branch:\n      - {when: {present: "
              "dosc}, to: end}\n      - {to: end}\n",
              "w.yaml:6:16: unknown key 'dosc'; did you mean 'docs'"},
        Wrong{"TimeoutOfZero",
              "name: a\nnodes:\n  x: {step: web_search, timeout_s: 0, next: end}\n",
              "/nodes/x/timeout_s"},
        Wrong{"TooManyRetries",
              "name: a\nnodes:\n  x: {step: web_search, retries: 21, next: end}\n",
              "/nodes/x/retries"},
        Wrong{"EndAsName",
              "name: a\ngiven: [question]\nnodes:\n  end: {step: web_search, next: end}\n",
              "w.yaml:4:3: node 'end': this name stands for the end of the run"},
        Wrong{"DanglingEdge",
              "name: a\ngiven: [question]\nnodes:\n  x: {step: web_search, next: fecth}\n  fetch: "
              "{step: fetch_url, next: end}\n",
              "w.yaml:4:3: node 'x': its edge leads to 'fecth', which is no node; did you mean "
              "'fetch'"},
        Wrong{"UnknownStart",
              "name: a\ngiven: [question]\nstart: y\nnodes:\n  x: {step: web_search, next: end}\n",
              "the start 'y' is no node"},
        Wrong{"Cycle",
              "name: a\ngiven: [question]\nnodes:\n  x: {step: web_search, next: y}\n  y: {step: "
              "fetch_url, next: x}\n",
              "cycle"},
        Wrong{"Unreachable",
              "name: a\ngiven: [question]\nnodes:\n  x: {step: web_search, next: end}\n  y: {step: "
              "fetch_url, next: end}\n",
              "w.yaml:5:3: node 'y': no way leads to it"},
        Wrong{"MissingInput",
              "name: a\ngiven: [question]\nnodes:\n  x: {step: web_search, next: y}\n  y: {step: "
              "summarize, next: end}\n",
              "w.yaml:5:3: node 'y'"},
        Wrong{"ParallelWriters",
              "name: a\ngiven: [question]\nnodes:\n  s: {step: web_search, parallel: [x, y]}\n  x: "
              "{set: {final_answer: a}, next: end}\n  y: {set: {final_answer: b}, next: end}\n",
              "final_answer"},
        Wrong{"MissingReturn",
              "name: a\ngiven: [question]\nreturns: [final_answer]\nchain: [web_search]\n",
              "final_answer"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    GenericNodes, WrongWorkflowFile,
    ::testing::Values(
        Wrong{"UnknownTool",
              "name: a\nnodes:\n  x: {tool: {name: calculater, output: final_answer}, next: end}\n",
              "w.yaml:3:20: node 'x': no tool 'calculater'; did you mean 'calculator'"},
        Wrong{"ToolWithoutOutput", "name: a\nnodes:\n  x: {tool: {name: calculator}, next: end}\n",
              "/nodes/x/tool: "},
        Wrong{"UnknownOutputKey",
              "name: a\nnodes:\n  x: {tool: {name: calculator, output: fnal_answer}, next: end}\n",
              "w.yaml:3:40: unknown key 'fnal_answer'; did you mean 'final_answer'"},
        Wrong{"OutputPointer",
              "name: a\nnodes:\n  x: {tool: {name: calculator, output: {final_answer: value}}, "
              "next: end}\n",
              "/nodes/x/tool/output/final_answer"},
        Wrong{"ArgumentPointer",
              "name: a\nnodes:\n  x: {tool: {name: calculator, arguments: {e: {from: question, at: "
              "x}}, output: final_answer}, next: end}\n",
              "node 'x': 'at' is a JSON Pointer"},
        Wrong{"ArgumentMember",
              "name: a\nnodes:\n  x: {tool: {name: calculator, arguments: {e: {from: question, to: "
              "1}}, output: final_answer}, next: end}\n",
              "node 'x': 'to' does not go with 'from'"},
        Wrong{"SetOfAnotherType", "name: a\nnodes:\n  x: {set: {citations: [a, 1]}, next: end}\n",
              "w.yaml:3:24: node 'x': citations[1]: expected a string, found int64"},
        Wrong{"SelectWithoutSource",
              "name: a\nnodes:\n  x: {select: {docs: {at: /0}}, next: end}\n",
              "/nodes/x/select/docs: "},
        Wrong{"SelectUnknownKey",
              "name: a\nnodes:\n  x: {select: {final_answer: {from: serch_results}}, next: end}\n",
              "unknown key 'serch_results'; did you mean 'search_results'"},
        Wrong{"UnknownWorkflow", "name: a\nnodes:\n  x: {workflow: search, next: end}\n",
              "w.yaml:3:17: node 'x': no workflow 'search' is registered before this one"},
        Wrong{"ExecIsOff",
              "name: a\nnodes:\n  x: {exec: {program: grade, writes: [final_answer]}, next: end}\n",
              "node 'x': exec is off"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(WorkflowFile, UnknownStepIsRejectedByNameWithItsPlace) {
  EXPECT_EQ(error_of("name: a\ngiven: [question]\nnodes:\n  x: {step: web_serch, next: end}\n"),
            "w.yaml:4:13: node 'x': unknown step 'web_serch'; did you mean 'web_search'?");
  EXPECT_THAT(error_of("name: a\nchain: [web_search, sumarize]\n"),
              HasSubstr("w.yaml:2:21: node 'sumarize': unknown step 'sumarize'; did you mean "
                        "'summarize'"));
}

TEST_F(WorkflowFile, AllProblemsAreReportedTogether) {
  const std::string message = error_of(
      "name: a\ngiven: [questoin]\nnodes:\n  x: {step: web_serch, next: y}\n  y: {next: end}\n");
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 2) << message;
}

TEST_F(WorkflowFile, ReportsAHundredProblemsAtMost) {
  std::string yaml = "name: a\nnodes:\n";
  for (int i = 0; i < 900; ++i)
    yaml += "  n" + std::to_string(i) + ": {step: web_serch, next: end}\n";
  const std::string message = error_of(yaml);
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 99);
}

TEST_F(WorkflowFile, HasDeclaredKeysOfEveryTypeThatItsMessageNames) {
  const auto declared = read(R"(
name: k
keys:
  wf_flag: bool
  wf_count: int
  wf_share: double
  wf_any: json
  wf_list: list<string>
  wf_map: {type: "map<string,string>", merge: union}
  wf_text: string
nodes:
  x:
    set:
      {wf_flag: true, wf_count: 3, wf_share: 1, wf_any: [null], wf_list: [a], wf_map: {b: c},
       wf_text: d}
    next: end
)");
  ASSERT_TRUE(declared.has_value()) << declared.error().message();
  EXPECT_EQ(declared->always_written().size(), 7U);
}

TEST_F(WorkflowFile, RunsAWorkflowOfTheRegistryAsANode) {
  const auto inner = read(
      "name: inner\ngiven: [question]\nmay_give: [meta]\nnodes:\n  a: {set: {final_answer: b}, "
      "next: end}\n");
  ASSERT_TRUE(inner.has_value()) << inner.error().message();
  ASSERT_TRUE(workflows_.add("inner", *inner).has_value());
  const auto outer = read(
      "name: outer\ngiven: [question]\nreturns: [final_answer]\nnodes:\n  x: {workflow: inner, "
      "next: end}\n");
  ASSERT_TRUE(outer.has_value()) << outer.error().message();
  EXPECT_EQ(outer->nodes()[0].step.name(), "workflow:inner");
  EXPECT_THAT(error_of("name: o\nnodes:\n  x: {workflow: {name: inner, inputs: {}}, next: end}\n"),
              HasSubstr("workflow 'inner' needs key 'question'"));
  EXPECT_THAT(error_of("name: o\nnodes:\n  x: {workflow: {name: inner, inputs: {question: q, docs: "
                       "{}}}, next: end}\n"),
              HasSubstr("workflow 'inner' does not take key 'docs'"));
  EXPECT_THAT(error_of("name: o\ngiven: [question]\nnodes:\n  x: {workflow: {name: inner, outputs: "
                       "{docs: docs}}, next: end}\n"),
              HasSubstr("workflow 'inner' does not write key 'docs'"));
  EXPECT_THAT(error_of("name: o\ngiven: [question]\nnodes:\n  x: {workflow: {name: inner, outputs: "
                       "{citations: final_answer}}, next: end}\n"),
              HasSubstr("key 'citations' has type list<string>, but 'final_answer' of workflow "
                        "'inner' has type string"));
}

TEST_F(WorkflowFile, TranslatesEarlierGraphs) {
  const auto translated = read_workflow(R"({
  "start": {"step_name": "web_search", "next_nodes": ["fetch", "give_up"]},
  "fetch": {"step_name": "fetch_top_n", "next_nodes": ["answer"],
            "condition": {"present": "search_results", "at": "/0"}, "settings": {"n": 1}},
  "give_up": {"step_name": "web_search", "next_nodes": ["end"],
              "condition": {"empty": "search_results"}},
  "answer": {"step_name": "answer_generate_from_docs", "next_nodes": ["end"]}
})",
                                        "graphs/old_qa.json", context_);
  ASSERT_TRUE(translated.has_value()) << translated.error().message();
  EXPECT_EQ(translated->name(), "old_qa");
  EXPECT_EQ(translated->start(), "start");
  const auto& arms = std::get<Branch>(translated->find_node("start")->exit).arms;
  ASSERT_EQ(arms.size(), 3U);
  EXPECT_EQ(arms[0].to, "fetch");
  EXPECT_EQ(arms[1].to, "give_up");
  EXPECT_EQ(arms[2].to, "fetch") << "when no condition holds, the first successor is taken";
  EXPECT_FALSE(arms[2].when.has_value());
  EXPECT_EQ(std::get<Next>(translated->find_node("answer")->exit).to, "end");
}

TEST_F(WorkflowFile, RefusesEarlierGraphsThatItCannotMean) {
  EXPECT_THAT(error_of("start: {step_name: web_search, next_nodes: [end], condition: 'x > 1'}\n"),
              HasSubstr("w.yaml:1:62: node 'start': a condition is a map such as"));
  EXPECT_THAT(error_of("start: {step_name: web_search, next_nodes: end}\n"),
              HasSubstr("next_nodes is a list"));
  EXPECT_THAT(error_of("start: {step_name: web_search}\nb: {next_nodes: []}\n"),
              HasSubstr("w.yaml:2:4: node 'b' needs step_name"));
  EXPECT_THAT(error_of("start: {step_name: web_search, next_node: [end]}\n"),
              HasSubstr("did you mean 'next_nodes'"));
  EXPECT_THAT(error_of("begin: {step_name: web_search}\n"),
              HasSubstr("the start 'start' is no node"));
}

TEST_F(WorkflowFile, SchemaIsAValidSchemaThatAcceptsTheBuiltInForm) {
  const Result<JsonSchema> schema = JsonSchema::parse(workflow_schema());
  ASSERT_TRUE(schema.has_value()) << schema.error().message();
  const auto wrong = parse_json(R"({"name": "a", "nodes": {"x": {"stpe": "a", "next": "end"}}})");
  ASSERT_TRUE(wrong.has_value());
  ASSERT_EQ(schema->validate(*wrong).size(), 1U);
  EXPECT_THAT(schema->validate(*wrong)[0].what, HasSubstr("did you mean 'step'"));
}

TEST_F(WorkflowFile, IsLoadedFromDisk) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "w.yaml";
  std::ofstream(file) << "name: disk\ngiven: [question]\nchain: [web_search]\n";
  const auto loaded = load_workflow(file, context_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  EXPECT_EQ(loaded->name(), "disk");
  const auto absent = load_workflow(folder / "absent.yaml", context_);
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), ErrorCode::NotFound);
  EXPECT_FALSE(load_workflow(folder.path(), context_).has_value()) << "a folder is no file";
  std::ofstream(file) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(load_workflow(file, context_).error().code(), ErrorCode::LimitExceeded);
}

// Other people's YAML, valid and broken, is read or refused, and never mistaken for a workflow.
TEST_F(WorkflowFile, SurvivesTheYamlSuite) {
  std::ifstream cases(std::string(MUAI_TEST_DATA) + "/yaml/cases.jsonl");
  std::size_t read_cases = 0;
  for (std::string line; std::getline(cases, line); ++read_cases) {
    const auto one = parse_json(line);
    ASSERT_TRUE(one.has_value()) << line;
    const Result<Workflow> workflow = read(one->at("yaml").as_string());
    ASSERT_FALSE(workflow.has_value()) << line;
    EXPECT_THAT(workflow.error().message(), HasSubstr("w.yaml:"));
  }
  EXPECT_GT(read_cases, 100U);
}

}  // namespace
}  // namespace muai
