#include "steps/tool_call.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>

#include "muai/core/json.h"

namespace muai {
namespace json = boost::json;
namespace {

ToolContext context_of(Runtime& runtime) {
  return {.loop = &runtime.loop(),
          .pool = &runtime.pool(),
          .stop = runtime.stop_token(),
          .deadline = runtime.deadline(),
          .note = [&runtime](std::string text) { runtime.note(std::move(text)); }};
}

// A recorded answer is {"ok": value} or {"error": message, "code": name}.
std::string recorded(const Result<json::value>& result) {
  const json::value wrapped =
      result ? json::value(json::object{{"ok", *result}})
             : json::value(json::object{{"error", result.error().message()},
                                        {"code", to_string(result.error().code())}});
  const Result<std::string> text = write_json(wrapped);
  return text ? *text : R"({"error":"the answer could not be recorded","code":"contract"})";
}

ErrorCode code_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::StepFailed); ++i)
    if (to_string(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  return ErrorCode::Upstream;
}

Result<json::value> replayed(std::string_view text) {
  MUAI_TRY(json::value wrapped, parse_json(text));
  json::object* object = wrapped.if_object();
  if (!object) return fail(ErrorCode::Corrupt, "a recorded tool answer is not an object");
  if (json::value* ok = object->if_contains("ok")) return std::move(*ok);
  const json::value* message = object->if_contains("error");
  const json::value* code = object->if_contains("code");
  if (!message || !message->is_string() || !code || !code->is_string())
    return fail(ErrorCode::Corrupt, "a recorded tool answer has neither ok nor error");
  return fail(code_named(code->get_string()), std::string(message->get_string()));
}

}  // namespace

Task<Result<json::value>> call_tool(const ToolRegistry& tools, Runtime& runtime, std::string name,
                                    json::value arguments) {
  MUAI_CO_TRY(const std::string request, write_json(arguments));
  if (const auto known = runtime.recall(RecordingKind::Tool, name, request))
    co_return replayed(*known);
  if (runtime.is_replay()) {
    co_return fail(ErrorCode::NotFound,
                   fmt::format("the trace holds no answer of tool '{}' to {}; it cannot be "
                               "replayed without asking again",
                               name, request.substr(0, 200)));
  }
  ToolCallRecord call{.name = name, .arguments = request};
  call.start_time = runtime.loop().unix_seconds();
  const TimePoint begin = runtime.loop().now();
  auto calling = tools.call(name, std::move(arguments), context_of(runtime));
  auto result = co_await std::move(calling);
  call.latency_ms = std::chrono::duration<double, std::milli>(runtime.loop().now() - begin).count();
  call.success = result.has_value();
  if (!result) call.error = result.error().message();
  runtime.add_tool_call(std::move(call));
  const bool stopped = !result && result.error().code() == ErrorCode::Cancelled;
  if (!stopped) runtime.record(RecordingKind::Tool, name, request, recorded(result));
  co_return std::move(result);
}

}  // namespace muai
