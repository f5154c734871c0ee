// A program as a step: the state on its stdin, its outputs on its stdout. Its answer is recorded
// like a tool's, under "exec:NAME", so that a replay does not run it again.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>

#include "muai/async/process.h"
#include "muai/core/nearest.h"
#include "muai/steps/generic_steps.h"
#include "muai/text/utf8.h"
#include "steps/key_list.h"

namespace muai {
namespace json = boost::json;
namespace {

// How much of a failed program's stderr an error quotes: its end, where the reason stands.
constexpr std::size_t kQuotedBytesMax = 500;

std::string quoted_end(std::string_view text) {
  if (text.size() > kQuotedBytesMax) text.remove_prefix(text.size() - kQuotedBytesMax);
  std::string valid = to_valid_utf8(text);
  while (!valid.empty() && (valid.back() == '\n' || valid.back() == '\r')) valid.pop_back();
  return valid.empty() ? "it wrote nothing to stderr" : valid;
}

std::string describe(const ProcessExit& exit) {
  return exit.signal != 0 ? fmt::format("was ended by signal {}", exit.signal)
                          : fmt::format("ended with exit code {}", exit.code);
}

class ExecBody final : public StepBody {
 public:
  ExecBody(Spawner& spawner, ExecProgram program, ExecStepOptions options)
      : spawner_(spawner),
        program_(std::move(program)),
        options_(std::move(options)),
        call_name_("exec:" + program_.name) {}

  Task<Result<State>> run(State in, Runtime& runtime) const override {
    auto writing =
        on_pool(runtime.pool(), [in] { return state_to_json(in); }, runtime.stop_token());
    auto request = co_await std::move(writing);
    if (!request) co_return pass(std::move(request));
    std::optional<std::string> known = runtime.recall(RecordingKind::Tool, call_name_, *request);
    if (!known && runtime.is_replay()) {
      co_return fail(ErrorCode::NotFound,
                     fmt::format("the trace holds no answer of program '{}' to this state; it "
                                 "can't be replayed without running it again",
                                 program_.name));
    }
    if (!known) {
      auto asking = ask(*request, runtime);
      auto answer = co_await std::move(asking);
      if (!answer) co_return pass(std::move(answer));
      runtime.record(RecordingKind::Tool, call_name_, *request, *answer);
      known = *std::move(answer);
    }
    co_return with_answer(std::move(in), *known);
  }

 private:
  ProcessOptions process_options(std::string input) const {
    ProcessOptions process;
    process.argv = program_.command;
    process.input = std::move(input);
    process.inherited_environment = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
    process.limits.wall = std::chrono::seconds(program_.timeout_s);
    process.limits.stdout_bytes_max = static_cast<std::size_t>(program_.output_bytes_max);
    return process;
  }

  // Runs the program once and gives its stdout.
  Task<Result<std::string>> ask(std::string request, Runtime& runtime) const {
    ToolCallRecord call{.name = call_name_};
    call.start_time = runtime.loop().unix_seconds();
    const TimePoint begin = runtime.loop().now();
    auto running = spawner_.run(process_options(std::move(request)), runtime.stop_token());
    auto output = co_await std::move(running);
    call.latency_ms =
        std::chrono::duration<double, std::milli>(runtime.loop().now() - begin).count();
    Result<std::string> answer = judged(std::move(output));
    call.success = answer.has_value();
    if (!answer) call.error = answer.error().message();
    runtime.add_tool_call(std::move(call));
    co_return answer;
  }

  Result<std::string> judged(Result<ProcessOutput> output) const {
    if (!output) {
      Error error = std::move(output).error();
      std::string message = fmt::format("program '{}': {}", program_.name, error.message());
      return std::unexpected(std::move(error).with_message(std::move(message)));
    }
    if (output->exit != ProcessExit{}) {
      return fail(ErrorCode::StepFailed,
                  fmt::format("program '{}' {}: {}", program_.name, describe(output->exit),
                              quoted_end(output->err)));
    }
    return std::move(output->out);
  }

  // A program's answer is judged like a peer's.
  std::unexpected<Error> wrong_answer(std::string_view what) const {
    return fail(ErrorCode::Upstream,
                fmt::format("the answer of program '{}' on stdout: {}", program_.name, what));
  }

  Result<State> with_answer(State in, std::string_view text) const {
    const Result<json::value> answer = parse_json(text);
    if (!answer) return wrong_answer(answer.error().message());
    const json::object* object = answer->if_object();
    if (!object) return wrong_answer("it must be one JSON object");
    for (const auto& member : *object) {
      MUAI_TRY(const KeyId key, declared_key(member.key()));
      Result<ValuePtr> value = typed_value(key, member.value());
      if (!value) return wrong_answer(value.error().message());
      in = std::move(in).with_value(key, *std::move(value));
    }
    for (const KeyId key : options_.writes)
      if (!object->contains(key_name(key)))
        return wrong_answer(fmt::format("key '{}' is missing", key_name(key)));
    return in;
  }

  Result<KeyId> declared_key(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const std::vector<KeyId>* keys : {&options_.writes, &options_.may_write}) {
      for (const KeyId key : *keys) {
        if (key_name(key) == name) return key;
        names.push_back(key_name(key));
      }
    }
    return wrong_answer(fmt::format("key '{}' is not among the step's writes; {}", name,
                                    did_you_mean(name, names)));
  }

  Spawner& spawner_;
  const ExecProgram program_;
  const ExecStepOptions options_;
  const std::string call_name_;
};

}  // namespace

Result<Step> make_exec_step(ExecContext context, ExecStepOptions options) {
  if (!context.programs || context.programs->size() == 0 || !context.spawner) {
    return fail(ErrorCode::Refused,
                fmt::format("exec is off: a workflow file may not bring programs of its own. Name "
                            "the program in your configuration to switch it on: `exec: {{programs: "
                            "{{{}: {{command: [/absolute/path, argument]}}}}}}`",
                            options.program));
  }
  MUAI_TRY(const ExecProgram* program, context.programs->lookup(options.program));
  if (program->command.empty() || !program->command[0].starts_with('/')) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("program '{}' needs a command that begins with an absolute path",
                            program->name));
  }
  StepContract contract{.name = "exec:" + program->name,
                        .reads = options.reads,
                        .may_read = options.may_read,
                        .writes = options.writes,
                        .may_write = options.may_write,
                        .repeatable = options.repeatable};
  return Step(std::move(contract),
              std::make_unique<ExecBody>(*context.spawner, *program, std::move(options)));
}

}  // namespace muai
