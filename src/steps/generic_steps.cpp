#include "muai/steps/generic_steps.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/tool/tool.h"
#include "steps/key_list.h"
#include "steps/tool_call.h"

namespace muai {
namespace json = boost::json;
namespace {

class ToolBody final : public StepBody {
 public:
  ToolBody(const ToolRegistry& tools, ToolStepOptions options)
      : tools_(tools), options_(std::move(options)) {}

  Task<Result<State>> run(State in, Runtime& runtime) const override {
    json::object arguments;
    for (const ToolStepOptions::Argument& argument : options_.arguments) {
      Result<json::value> value = argument.value.fill(in);
      if (!value) co_return of_argument(argument.name, std::move(value).error());
      arguments[argument.name] = *std::move(value);
    }
    auto calling = call_tool(tools_, runtime, options_.tool, std::move(arguments));
    auto answer = co_await std::move(calling);
    if (!answer) co_return pass(std::move(answer));
    for (const ToolStepOptions::Output& output : options_.outputs) {
      MUAI_CO_TRY(ValuePtr value, part_of(*answer, output));
      in = std::move(in).with_value(output.key, std::move(value));
    }
    co_return in;
  }

 private:
  std::unexpected<Error> of_argument(std::string_view name, Error error) const {
    std::string message =
        fmt::format("argument '{}' of tool '{}': {}", name, options_.tool, error.message());
    return std::unexpected(std::move(error).with_message(std::move(message)));
  }

  Result<ValuePtr> part_of(const json::value& answer, const ToolStepOptions::Output& output) const {
    json::error_code absent;
    const json::value* part = answer.find_pointer(output.at, absent);
    if (!part) {
      return fail(ErrorCode::Upstream,
                  fmt::format("the answer of tool '{}' has nothing at {} for key '{}'",
                              options_.tool, output.at, key_name(output.key)));
    }
    Result<ValuePtr> value = typed_value(output.key, *part);
    if (value) return value;
    return fail(ErrorCode::Upstream,
                fmt::format("the answer of tool '{}' does not fit: {}; choose another place in it "
                            "or another type for the key",
                            options_.tool, value.error().message()));
  }

  const ToolRegistry& tools_;
  const ToolStepOptions options_;
};

class SetBody final : public StepBody {
 public:
  explicit SetBody(std::vector<std::pair<KeyId, ValuePtr>> values) : values_(std::move(values)) {}

  Task<Result<State>> run(State in, Runtime&) const override {
    for (const auto& [key, value] : values_) in = std::move(in).with_value(key, value);
    return Task<Result<State>>::ready(std::move(in));
  }

 private:
  const std::vector<std::pair<KeyId, ValuePtr>> values_;
};

class SelectBody final : public StepBody {
 public:
  explicit SelectBody(std::vector<KeyValue> values) : values_(std::move(values)) {}

  Task<Result<State>> run(State in, Runtime&) const override {
    return Task<Result<State>>::ready(selected(in));
  }

 private:
  // All sources are looked up in the state as it was before.
  Result<State> selected(const State& in) const {
    State out = in;
    for (const KeyValue& entry : values_) {
      MUAI_TRY(ValuePtr value, entry.value.fill_as(entry.key, in));
      out = std::move(out).with_value(entry.key, std::move(value));
    }
    return out;
  }

  const std::vector<KeyValue> values_;
};

}  // namespace

void add_keys_of(const ValueTemplate& value, StepContract& contract) {
  add_keys(contract.reads, value.required_keys());
  add_keys(contract.may_read, value.optional_keys());
}

void add_keys(std::vector<KeyId>& to, const std::vector<KeyId>& keys) {
  to.insert(to.end(), keys.begin(), keys.end());
}

Result<Step> make_tool_step(const ToolRegistry& tools, ToolStepOptions options) {
  MUAI_TRY(const Tool* tool, tools.lookup(options.tool));
  StepContract contract{.name = "tool:" + tool->description().name, .repeatable = Repeatable::Yes};
  for (const ToolStepOptions::Argument& argument : options.arguments)
    add_keys_of(argument.value, contract);
  for (const ToolStepOptions::Output& output : options.outputs)
    contract.writes.push_back(output.key);
  return Step(std::move(contract), std::make_unique<ToolBody>(tools, std::move(options)));
}

Step make_set_step(std::vector<std::pair<KeyId, ValuePtr>> values) {
  StepContract contract{.name = "set", .repeatable = Repeatable::Yes};
  for (const auto& value : values) contract.writes.push_back(value.first);
  return Step(std::move(contract), std::make_unique<SetBody>(std::move(values)));
}

Step make_select_step(std::vector<KeyValue> values) {
  StepContract contract{.name = "select", .repeatable = Repeatable::Yes};
  for (const KeyValue& entry : values) {
    add_keys_of(entry.value, contract);
    contract.writes.push_back(entry.key);
  }
  return Step(std::move(contract), std::make_unique<SelectBody>(std::move(values)));
}

}  // namespace muai
