#include "muai/run_request.h"

#include <fmt/format.h>

#include "muai/trace_tree.h"

namespace muai {
namespace {

constexpr std::size_t kShortIdBytes = 12;

void show_event(Terminal& terminal, const RunEvent& event) {
  switch (event.kind) {
    case RunEvent::Kind::StepStarted: return;
    case RunEvent::Kind::StepProgress:
      if (event.progress->kind == Progress::Kind::Status) {
        terminal.progress(shown_line(event.progress->text), 0, 0);
      } else {
        terminal.live_text(event.progress->text);
      }
      return;
    case RunEvent::Kind::StepEnded:
      terminal.detail(fmt::format("  {}: {} {}", event.node, event.step,
                                  event.error ? shown_line(event.error->message()) : "done"));
      return;
  }
}

}  // namespace

Execution run_request(Invocation& invocation, Engine& engine, ExecutionRequest request) {
  Terminal& terminal = invocation.terminal;
  request.stop = invocation.interrupt.token();
  request.on_event = [&terminal](const RunEvent& event) { show_event(terminal, event); };
  if (const std::string mode = invocation.arguments.value("--mode"); mode == "chat")
    request.mode = mode;
  Execution execution = engine.execute(std::move(request));
  terminal.end_progress();
  return execution;
}

std::string short_id(const TraceRecord& record) {
  return record.request_id.substr(0, kShortIdBytes);
}

void say_trace(Invocation& invocation, const TraceRecord& record) {
  Terminal& terminal = invocation.terminal;
  if (invocation.arguments.has("--trace")) {
    terminal.say(trace_tree(record, terminal, Stream::Err));
    return;
  }
  if (invocation.wants_json()) return;
  const std::string line =
      fmt::format("trace {} · {} · {}", short_id(record), count_text(record.steps.size(), "step"),
                  duration_text(record.wall_ms));
  terminal.say(terminal.styled(Style::Dim, line, Stream::Err));
}

}  // namespace muai
