// The steps of a trace are a flat list in order of their start; those of sub-workflows name the
// node that ran them. The tree is drawn from that: first its lines are collected with their times,
// then the times are aligned behind the longest of them.

#include "muai/trace_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "muai/text/width.h"

namespace muai {
namespace {

constexpr std::size_t kLabelColumnsMax = 44;
constexpr std::size_t kLinesOfStackMax = 4;

struct Line {
  std::string label;  // with the branches of the tree
  Style style = Style::Plain;
  std::string time;        // empty: the line has none
  std::string tail;        // after the time
  std::string below = {};  // of a line without time: the margin of its continuations
};

std::string full_node(const StepRecord& step) {
  return step.parent.empty() ? step.node : step.parent + '/' + step.node;
}

std::string label_of(const StepRecord& step) {
  std::string label = step.node.empty() || step.node == step.step_name
                          ? step.step_name
                          : fmt::format("{} ({})", step.node, step.step_name);
  if (step.attempt > 1) label += fmt::format(", attempt {}", step.attempt);
  return shown_line(label);
}

// What is worth knowing of an attempt beside its time.
std::string facts_of(const StepRecord& step) {
  std::vector<std::string> facts;
  if (!step.success) facts.emplace_back("failed");
  for (const std::string& model : step.models) facts.push_back("model " + shown_line(model));
  if (step.prompt_tokens + step.completion_tokens > 0)
    facts.push_back(fmt::format("{}+{} tokens", step.prompt_tokens, step.completion_tokens));
  if (step.vram_peak_mb > 0) facts.push_back(fmt::format("{} MB", step.vram_peak_mb));
  std::string keys;
  for (const KeyDigest& output : step.outputs) keys += (keys.empty() ? "" : ", ") + output.key;
  if (!keys.empty()) facts.push_back("-> " + shown_line(keys));
  return fmt::format("{}", fmt::join(facts, " · "));
}

class TreeLines {
 public:
  explicit TreeLines(const TraceRecord& record) : record_(record) {
    add_children("", "");
    for (const std::string& note : record.notes) add_leaf("", "note: " + note, Style::Yellow);
  }

  std::vector<Line> lines() && { return std::move(lines_); }

 private:
  // Steps whose parent is `parent`, each with what is below it.
  void add_children(const std::string& parent, const std::string& margin) {
    std::vector<const StepRecord*> children;
    for (const StepRecord& step : record_.steps)
      if (step.parent == parent) children.push_back(&step);
    for (const StepRecord* step : children) {
      const bool last = step == children.back();
      lines_.push_back({margin + (last ? "└─ " : "├─ ") + label_of(*step),
                        step->success ? Style::Plain : Style::Red, duration_text(step->latency_ms),
                        facts_of(*step)});
      const std::string below = margin + (last ? "   " : "│  ");
      add_leaves(*step, below);
      if (!step->node.empty() && is_last_attempt(*step)) add_children(full_node(*step), below);
    }
  }

  // Sub-workflows are drawn once, below the last attempt of their node.
  bool is_last_attempt(const StepRecord& step) const {
    return std::none_of(record_.steps.begin(), record_.steps.end(), [&](const StepRecord& other) {
      return other.node == step.node && other.parent == step.parent && other.attempt > step.attempt;
    });
  }

  void add_leaves(const StepRecord& step, const std::string& margin) {
    for (const ToolCallRecord& call : step.tool_calls) {
      lines_.push_back({fmt::format("{}· tool {}", margin, shown_line(call.name)),
                        call.success ? Style::Plain : Style::Red, duration_text(call.latency_ms),
                        shown_line(call.success ? call.arguments : call.error)});
    }
    for (const ModelEvent& event : step.model_events)
      add_leaf(margin, fmt::format("{} {}: {}", to_string(event.kind), event.model, event.reason),
               Style::Plain);
    for (const std::string& note : step.notes) add_leaf(margin, "note: " + note, Style::Yellow);
    if (step.error) add_error(*step.error, margin);
  }

  void add_error(const ErrorRecord& error, const std::string& margin) {
    add_leaf(margin, fmt::format("{}: {}", error.error_type, error.error), Style::Red);
    std::string_view rest = error.stack_trace;
    for (std::size_t i = 0; i < kLinesOfStackMax && !rest.empty(); ++i) {
      const std::size_t end = rest.find('\n');
      add_leaf(margin + "  ", std::string(rest.substr(0, end)), Style::Dim);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }

  void add_leaf(const std::string& margin, const std::string& text, Style style) {
    lines_.push_back({margin + shown_line(text), style, {}, {}, margin + "  "});
  }

  const TraceRecord& record_;
  std::vector<Line> lines_;
};

}  // namespace

namespace {

// A reason is read to its end: it goes on below itself instead of being cut.
std::string reason_lines(const Line& line, const Terminal& terminal, Stream stream) {
  const std::size_t indent = display_width(line.below);
  const std::size_t columns = terminal.columns() > indent + 20 ? terminal.columns() - indent : 20;
  std::string text;
  for (const std::string& piece :
       wrap_to_width(line.label.substr(line.below.size() - 2), columns)) {
    const std::string_view before =
        text.empty() ? std::string_view(line.below).substr(0, line.below.size() - 2)
                     : std::string_view(line.below);
    text += fmt::format("{}{}", text.empty() ? "" : "\n",
                        terminal.styled(line.style, fmt::format("{}{}", before, piece), stream));
  }
  return text;
}

}  // namespace

std::string trace_tree(const TraceRecord& record, const Terminal& terminal, Stream stream) {
  const std::vector<Line> lines = TreeLines(record).lines();
  std::size_t label_columns = 0;
  std::size_t time_columns = 0;
  for (const Line& line : lines) {
    if (line.time.empty()) continue;
    label_columns = std::max(label_columns, display_width(line.label));
    time_columns = std::max(time_columns, display_width(line.time));
  }
  label_columns = std::min(label_columns, kLabelColumnsMax);
  std::string tree = fmt::format(
      "{} {} · {} · router {} · {}", terminal.styled(Style::Bold, record.chosen_workflow, stream),
      record.success ? "ok" : terminal.styled(Style::Red, "failed", stream),
      duration_text(record.wall_ms), record.router_version.empty() ? "none" : record.router_version,
      time_text(record.timestamp));
  for (const Line& line : lines) {
    tree += '\n';
    if (line.time.empty()) {
      tree += reason_lines(line, terminal, stream);
      continue;
    }
    const std::string label =
        pad_to_width(truncate_to_width(line.label, label_columns), label_columns);
    const std::string time = std::string(time_columns - display_width(line.time), ' ') + line.time;
    const std::size_t used = label_columns + time_columns + 4;
    const std::size_t room = terminal.columns() > used ? terminal.columns() - used : 0;
    tree += fmt::format("{}  {}", terminal.styled(line.style, label, stream), time);
    if (!line.tail.empty() && room > 4)
      tree += "  " + terminal.styled(Style::Dim, truncate_to_width(line.tail, room), stream);
  }
  return tree;
}

}  // namespace muai
