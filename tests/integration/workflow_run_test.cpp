// Workflow files run by the executor with real tools and programs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "muai/async/asio_loop.h"
#include "muai/async/process.h"
#include "muai/core/keys.h"
#include "muai/exec/executor.h"
#include "muai/steps/steps.h"
#include "muai/tool/calculator.h"
#include "muai/tool/tool.h"
#include "muai/workflow/scaffold.h"
#include "muai/workflow/workflow_file.h"

namespace muai {
namespace {

using ::testing::HasSubstr;

const std::string kSource = std::string(MUAI_TEST_DATA) + "/../..";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Answers {"n": how often it was asked, "echo": its arguments}.
class EchoTool final : public Tool {
 public:
  const ToolDescription& description() const override { return description_; }
  Task<Result<boost::json::value>> call(boost::json::value arguments, ToolContext) const override {
    ++calls;
    return Task<Result<boost::json::value>>::ready(
        boost::json::object{{"n", calls}, {"echo", std::move(arguments)}});
  }
  mutable std::int64_t calls = 0;

 private:
  ToolDescription description_{.name = "echo",
                               .capabilities = {"test"},
                               .description = "Gives back what it was given.",
                               .parameters = R"({"type": "object"})"};
};

class WorkflowRun : public ::testing::Test {
 protected:
  WorkflowRun() {
    EXPECT_TRUE(tools_.add(make_calculator_tool()).has_value());
    EXPECT_TRUE(tools_.add(echo_).has_value());
  }

  Workflow read(std::string_view yaml) {
    Result<Workflow> workflow = read_workflow(yaml, "w.yaml", context_);
    EXPECT_TRUE(workflow.has_value()) << workflow.error().message();
    return *std::move(workflow);
  }

  RunResult run(const Workflow& workflow, State given, RunOptions options = {}) {
    return loop_.run(executor_.run(workflow, std::move(given), std::move(options)));
  }

  RunResult run_yaml(std::string_view yaml, State given = asked("why")) {
    return run(read(yaml), std::move(given));
  }

  static State asked(std::string question) {
    return State().with(keys::question, std::move(question));
  }

  // A program that runs `script`.
  void allow_program(std::string name, std::string script) {
    ExecProgram program{.name = name, .command = {"/bin/sh", "-c", std::move(script)}};
    EXPECT_TRUE(programs_.add(std::move(name), std::move(program)).has_value());
  }

  AsioLoop loop_;
  Pool pool_{loop_, {}};
  Spawner spawner_{loop_};
  std::shared_ptr<EchoTool> echo_ = std::make_shared<EchoTool>();
  ToolRegistry tools_;
  Registry<Step> steps_ = make_standard_steps(tools_);
  Registry<Workflow> workflows_{"workflow"};
  Registry<ExecProgram> programs_{"program"};
  WorkflowContext context_{.steps = &steps_,
                           .tools = &tools_,
                           .workflows = &workflows_,
                           .programs = &programs_,
                           .spawner = &spawner_};
  Executor executor_{loop_, pool_, &workflows_};
};

TEST_F(WorkflowRun, ExampleOfTheFormatPageCallsTheCalculator) {
  const std::string yaml = text_of(kSource + "/examples/workflows/tip.yaml");
  EXPECT_THAT(text_of(kSource + "/docs/formats/workflow.md"), HasSubstr(yaml));
  const Workflow tip = read(yaml);
  const RunResult exact = run(tip, asked("12.50 + 8"));
  ASSERT_TRUE(exact.status.has_value()) << exact.status.error().to_string();
  EXPECT_EQ(exact.state[keys::final_answer], "23.575");
  EXPECT_FALSE(exact.state.has(keys::validation_errors));
  const RunResult rounded = run(tip, asked("sqrt(2)"));
  ASSERT_TRUE(rounded.status.has_value()) << rounded.status.error().to_string();
  EXPECT_EQ(rounded.state[keys::validation_errors],
            std::vector<std::string>{"the total is rounded"});
  const std::vector<StepRecord> steps = step_records(exact.record);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].step_name, "tool:calculator");
  ASSERT_EQ(steps[0].tool_calls.size(), 1U);
  EXPECT_EQ(steps[0].tool_calls[0].arguments, R"({"expression":"(12.50 + 8) * 1.15"})");
}

TEST_F(WorkflowRun, NewWorkflowAnswersItsCase) {
  const RunResult result = run(read(new_workflow_yaml("fresh").value()), asked("6 * 7"));
  ASSERT_TRUE(result.status.has_value()) << result.status.error().to_string();
  EXPECT_EQ(result.state[keys::final_answer], "42");
}

constexpr std::string_view kEcho = R"(
name: e
given: [question]
keys: {run_count: int}
nodes:
  ask:
    tool: {name: echo, arguments: {q: {from: question}}, output: {run_count: /n}}
    next: end
)";

TEST_F(WorkflowRun, ReplayAnswersToolsFromTheRecord) {
  const Workflow workflow = read(kEcho);
  const RunResult first = run(workflow, asked("why"));
  ASSERT_TRUE(first.status.has_value()) << first.status.error().to_string();
  EXPECT_EQ(echo_->calls, 1);
  Replay replay(step_records(first.record));
  const RunResult again = run(workflow, asked("why"), {.replay = &replay});
  ASSERT_TRUE(again.status.has_value()) << again.status.error().to_string();
  EXPECT_EQ(again.state, first.state);
  EXPECT_EQ(echo_->calls, 1) << "the tool was asked during a replay";
  const RunResult other = run(workflow, asked("how"), {.replay = &replay});
  ASSERT_FALSE(other.status.has_value());
  EXPECT_EQ(other.status.error().code(), ErrorCode::NotFound);
  EXPECT_EQ(echo_->calls, 1);
}

TEST_F(WorkflowRun, ToolAnswersThatDoNotFitNameToolAndPlace) {
  const RunResult type = run_yaml(
      "name: t\nnodes:\n  a: {tool: {name: echo, output: {final_answer: /n}}, next: end}\n");
  ASSERT_FALSE(type.status.has_value());
  EXPECT_THAT(type.status.error().message(),
              HasSubstr("tool 'echo' does not fit: final_answer: expected a string, found int64"));
  const RunResult absent = run_yaml(
      "name: t\nnodes:\n  a: {tool: {name: echo, output: {final_answer: /m}}, next: end}\n");
  EXPECT_THAT(absent.status.error().message(),
              HasSubstr("tool 'echo' has nothing at /m for key 'final_answer'"));
  const RunResult argument = run_yaml(
      "name: t\ngiven: [question]\nmay_give: [meta]\nnodes:\n  m: {set: {meta: {}}, next: a}\n"
      "  a: {tool: {name: echo, arguments: {x: {from: meta, at: /mode}}, output: {meta: \"\"}}, "
      "next: end}\n");
  EXPECT_THAT(argument.status.error().to_string(),
              HasSubstr("argument 'x' of tool 'echo': key 'meta' holds nothing at /mode"));
}

TEST_F(WorkflowRun, SelectsPartsOfTheStateAsItWasBefore) {
  const State given = asked("why").with(
      keys::search_results,
      {{"One", "https://a.example/", "s", ""}, {"Two", "https://b.example/", "", ""}});
  const RunResult result = run_yaml(R"(
name: s
given: [question, search_results]
nodes:
  a:
    select:
      question: {from: search_results, at: /1/title}
      final_answer: {from: question}
      memory_context: {from: meta, at: /note, or: none}
    next: end
)",
                                    given);
  ASSERT_TRUE(result.status.has_value()) << result.status.error().to_string();
  EXPECT_EQ(result.state[keys::question], "Two");
  EXPECT_EQ(result.state[keys::final_answer], "why");
  EXPECT_EQ(result.state[keys::memory_context], "none");
  EXPECT_EQ(result.state[keys::search_results], given[keys::search_results]);
}

constexpr std::string_view kTwice = R"yaml(
name: twice
given: [question]
may_give: [meta]
nodes:
  sum:
    tool:
      name: calculator
      arguments: {expression: {join: ["2 * (", {from: question}, ")"]}}
      output: {final_answer: /value}
    next: end
)yaml";

constexpr std::string_view kOuter = R"yaml(
name: outer
given: [question]
returns: [final_answer]
keys: {doubled: string}
nodes:
  first:
    workflow:
      name: twice
      inputs: {question: {join: [{from: question}, " + 1"]}}
      outputs: {doubled: final_answer}
    next: second
  second: {workflow: twice, next: end}
)yaml";

TEST_F(WorkflowRun, RunsAWorkflowInsideAWorkflow) {
  ASSERT_TRUE(workflows_.add("twice", read(kTwice)).has_value());
  const Workflow outer = read(kOuter);
  const RunResult result = run(outer, asked("3"));
  ASSERT_TRUE(result.status.has_value()) << result.status.error().to_string();
  EXPECT_EQ(result.state[Key<std::string>("doubled")], "8");
  EXPECT_EQ(result.state[keys::final_answer], "6");
  EXPECT_EQ(result.state[keys::question], "3") << "the inner question leaked out";
  const std::vector<StepRecord> steps = step_records(result.record);
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[1].parent, "first");
  const RunResult shallow = run(outer, asked("3"), {.limits = {.depth_max = 0}});
  ASSERT_FALSE(shallow.status.has_value());
  EXPECT_EQ(shallow.status.error().code(), ErrorCode::LimitExceeded);
}

constexpr std::string_view kExec = R"(
name: x
given: [question]
returns: [final_answer]
nodes:
  run:
    exec: {program: grade, reads: [question], writes: [final_answer], may_write: [citations]}
    next: end
)";

TEST_F(WorkflowRun, ProgramGetsTheStateAndGivesItsOutputs) {
  allow_program("grade", R"sh(read -r line
case "$line" in
  *'"question":"why"'*) echo '{"final_answer": "because", "citations": ["a"]}' ;;
esac)sh");
  const RunResult result = run_yaml(kExec);
  ASSERT_TRUE(result.status.has_value()) << result.status.error().to_string();
  EXPECT_EQ(result.state[keys::final_answer], "because");
  EXPECT_EQ(result.state[keys::citations], std::vector<std::string>{"a"});
  EXPECT_EQ(result.state[keys::question], "why");
}

TEST_F(WorkflowRun, ReplayDoesNotRunProgramsAgain) {
  allow_program("grade", R"(cat >/dev/null; echo "{\"final_answer\": \"$$\"}")");
  const Workflow workflow = read(kExec);
  const RunResult first = run(workflow, asked("why"));
  ASSERT_TRUE(first.status.has_value()) << first.status.error().to_string();
  Replay replay(step_records(first.record));
  const RunResult again = run(workflow, asked("why"), {.replay = &replay});
  ASSERT_TRUE(again.status.has_value()) << again.status.error().to_string();
  EXPECT_EQ(again.state[keys::final_answer], first.state[keys::final_answer])
      << "its process id tells one run of the program from another";
}

struct BadProgram {
  std::string_view name;
  std::string_view script;
  std::string_view message;
};

class BadProgramRun : public WorkflowRun, public ::testing::WithParamInterface<BadProgram> {};

TEST_P(BadProgramRun, FailsTheStepWithTheReason) {
  allow_program("grade", std::string(GetParam().script));
  const RunResult result = run_yaml(kExec);
  ASSERT_FALSE(result.status.has_value());
  EXPECT_THAT(result.status.error().to_string(), HasSubstr(GetParam().message));
  EXPECT_FALSE(result.state.has(keys::final_answer));
}

INSTANTIATE_TEST_SUITE_P(
    Exec, BadProgramRun,
    ::testing::Values(
        BadProgram{"ExitCode", "cat >/dev/null; echo no such pupil >&2; exit 4",
                   "x/run/exec:grade/1: program 'grade' ended with exit code 4: no such pupil"},
        BadProgram{"Signal", "cat >/dev/null; kill -KILL $$", "was ended by signal 9"},
        BadProgram{"NotJson", "cat >/dev/null; echo hello", "on stdout: "},
        BadProgram{"NotAnObject", "cat >/dev/null; echo '[]'", "it must be one JSON object"},
        BadProgram{"MissingKey", "cat >/dev/null; echo '{}'", "key 'final_answer' is missing"},
        BadProgram{"UndeclaredKey", R"(cat >/dev/null; echo '{"final_anwser": "a"}')",
                   "key 'final_anwser' is not among the step's writes; did you mean "
                   "'final_answer'"},
        BadProgram{"WrongType", R"(cat >/dev/null; echo '{"final_answer": "a", "citations": [1]}')",
                   "citations[0]: expected a string, found int64"},
        BadProgram{"TooMuch", "cat >/dev/null; head -c 2000000 /dev/zero", "program 'grade': "}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(WorkflowRun, ProgramsThatTheConfigurationDoesNotNameAreRefused) {
  const auto off = read_workflow(kExec, "w.yaml", {.steps = &steps_, .tools = &tools_});
  ASSERT_FALSE(off.has_value());
  EXPECT_THAT(off.error().message(),
              HasSubstr("exec: {programs: {grade: {command: [/absolute/path, argument]}}}"));
  allow_program("grader", "true");
  const auto unknown = read_workflow(kExec, "w.yaml", context_);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(unknown.error().message(),
              HasSubstr("w.yaml:7:21: node 'run': no program 'grade'; did you mean 'grader'"));
}

}  // namespace
}  // namespace muai
