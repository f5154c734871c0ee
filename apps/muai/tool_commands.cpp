// `muai tool list|run`: the tools that workflows call, called by hand.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/core/json.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/width.h"
#include "muai/tool/tool.h"

namespace muai {
namespace json = boost::json;
namespace {

Result<std::unique_ptr<Engine>> open_engine(Invocation& invocation) {
  MUAI_TRY(Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.trace.path.clear();
  options.collections = invocation.arguments.values("--in");
  return Engine::open(std::move(options));
}

Result<ExitCode> list_tools(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  json::array tools;
  std::size_t width = 0;
  for (const std::string& name : engine->tools().names()) width = std::max(width, name.size());
  for (const std::string& name : engine->tools().names()) {
    MUAI_TRY(const Tool* tool, engine->tools().lookup(name));
    const ToolDescription& description = tool->description();
    if (invocation.wants_json()) {
      MUAI_TRY(json::value parameters, parse_json(description.parameters));
      tools.push_back({{"name", name},
                       {"capabilities", json::array(description.capabilities.begin(),
                                                    description.capabilities.end())},
                       {"description", description.description},
                       {"parameters", std::move(parameters)}});
      continue;
    }
    const std::size_t columns = invocation.terminal.columns() - width - 2;
    const std::vector<std::string> lines = wrap_to_width(description.description, columns);
    for (std::size_t i = 0; i < lines.size(); ++i)
      invocation.terminal.print(
          fmt::format("{}  {}\n", pad_to_width(i == 0 ? name : "", width), lines[i]));
  }
  if (invocation.wants_json())
    print_json(invocation.terminal, json::object{{"tools", std::move(tools)}});
  return ExitCode::Ok;
}

// What the tool's schema says a parameter is; empty when it says nothing.
std::string type_of(const json::value& schema, std::string_view parameter) {
  const json::value* properties = schema.as_object().if_contains("properties");
  const json::value* property = properties && properties->is_object()
                                    ? properties->get_object().if_contains(parameter)
                                    : nullptr;
  const json::value* type =
      property && property->is_object() ? property->get_object().if_contains("type") : nullptr;
  return type && type->is_string() ? std::string(type->get_string()) : std::string();
}

// Texts are taken as they are; everything else as JSON, so that `--arg max_results=3` is a number.
Result<json::value> argument_value(const std::string& type, const std::string& name,
                                   const std::string& text) {
  if (type == "string") return json::value(json::string(text));
  Result<json::value> value = parse_json(text);
  if (value) return value;
  if (type.empty()) return json::value(json::string(text));
  return fail(ErrorCode::InvalidInput,
              fmt::format("--arg {}: '{}' is no {} in JSON", name, text, type));
}

Result<json::value> arguments_of(const Arguments& given, const ToolDescription& tool) {
  json::object arguments;
  if (given.has("JSON")) {
    MUAI_TRY(json::value whole, parse_json(given.value("JSON")));
    if (!whole.is_object())
      return fail(ErrorCode::InvalidInput, R"(the arguments are one JSON object, as {"key": 1})");
    arguments = std::move(whole.get_object());
  }
  MUAI_TRY(const json::value schema, parse_json(tool.parameters));
  for (const std::string& pair : given.values("--arg")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::InvalidInput, fmt::format("--arg '{}': expected key=value", pair));
    const std::string name = pair.substr(0, equals);
    MUAI_TRY(arguments[name], argument_value(type_of(schema, name), name, pair.substr(equals + 1)));
  }
  return json::value(std::move(arguments));
}

// Indented JSON, for people.
void write_pretty(const json::value& value, std::size_t indent, std::string& out) {
  const std::string margin(indent + 2, ' ');
  const auto write_list = [&](char open, char close, const auto& items, auto&& write_item) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      out += (first ? "\n" : ",\n") + margin;
      first = false;
      write_item(item);
    }
    out += '\n' + std::string(indent, ' ') + close;
  };
  if (value.is_object() && !value.get_object().empty()) {
    write_list('{', '}', value.get_object(), [&](const auto& member) {
      out += json::serialize(json::value(member.key())) + ": ";
      write_pretty(member.value(), indent + 2, out);
    });
  } else if (value.is_array() && !value.get_array().empty()) {
    write_list('[', ']', value.get_array(),
               [&](const json::value& item) { write_pretty(item, indent + 2, out); });
  } else {
    out += json::serialize(value);
  }
}

Result<ExitCode> run_tool(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  const std::string name = invocation.arguments.value("NAME");
  MUAI_TRY(const Tool* tool, engine->tools().lookup(name));
  MUAI_TRY(json::value arguments, arguments_of(invocation.arguments, tool->description()));
  MUAI_TRY(const json::value answer,
           engine->call_tool(name, std::move(arguments), invocation.interrupt.token()));
  if (invocation.wants_json()) {
    print_json(invocation.terminal, answer);
  } else {
    std::string page;
    write_pretty(answer, 0, page);
    invocation.terminal.print(shown(page) + '\n');
  }
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> tool_commands() {
  return {
      {.name = "tool list", .summary = "Say which tools there are", .run = list_tools},
      {.name = "tool run",
       .summary = "Call a tool by hand",
       .detail = "The arguments are a JSON object, or single --arg key=value, or both; the latter "
                 "win. `muai tool list --json` shows which arguments each tool takes.",
       .positionals = {{.name = "NAME", .meaning = "of the tool"},
                       {.name = "JSON",
                        .meaning = R"(its arguments, as '{"expression": "1/3 + 1/6"}')",
                        .presence = Presence::Optional}},
       .flags = {{.names = "--arg",
                  .value = "KEY=VALUE",
                  .meaning = "one argument",
                  .repeat = Repeat::Many},
                 {.names = "--in",
                  .value = "COLLECTION",
                  .meaning = "a collection that web_search asks first",
                  .repeat = Repeat::Many,
                  .completes = Completes::Collection}},
       .run = run_tool},
  };
}

}  // namespace muai
