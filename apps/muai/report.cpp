#include "muai/report.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/text/utf8.h"

namespace muai {

void print_json(Terminal& terminal, const boost::json::value& value) {
  const Result<std::string> text = write_json(value);
  if (text) {
    terminal.print(*text + '\n');
  } else {
    terminal.complain(
        fmt::format("muai: the result is not valid JSON: {}", text.error().message()));
  }
}

ExitCode report_failure(Invocation& invocation, const Error& error, std::string_view trace_id) {
  Terminal& terminal = invocation.terminal;
  if (error.code() == ErrorCode::Cancelled && invocation.interrupt.happened()) {
    terminal.say("muai: interrupted");
  } else {
    terminal.complain(fmt::format("{} {}", terminal.styled(Style::Red, "muai:", Stream::Err),
                                  shown(error.to_string())));
  }
  if (!trace_id.empty())
    terminal.say(fmt::format("  what happened: muai trace show {}", trace_id.substr(0, 12)));
  if (invocation.wants_json()) {
    boost::json::array path;
    for (const std::string& name : error.path()) path.emplace_back(to_valid_utf8(name));
    boost::json::object object{{"error",
                                {{"code", to_string(error.code())},
                                 {"message", to_valid_utf8(error.message())},
                                 {"path", std::move(path)}}}};
    if (!trace_id.empty()) object["trace_id"] = trace_id;
    print_json(terminal, object);
  }
  return exit_code_of(error.code());
}

}  // namespace muai
