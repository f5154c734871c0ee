#include "muai/answer_page.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/cited_section.h"
#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/core/state.h"
#include "muai/steps/keys.h"
#include "muai/text/language.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

std::size_t mark_end(std::string_view text, std::size_t begin) {
  const std::size_t close = text.find_first_not_of("0123456789", begin + 1);
  const bool mark = close != std::string_view::npos && close > begin + 1 && close <= begin + 4 &&
                    text[close] == ']';
  return mark ? close + 1 : begin;
}

// The answer with its [N] set apart, or left out.
std::string marked(std::string_view text, bool keep, const Terminal& terminal) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text[i] == '[' ? mark_end(text, i) : i;
    if (end == i) {
      out += text[i++];
      continue;
    }
    if (keep) {
      out += terminal.styled(Style::Cyan, text.substr(i, end - i));
    } else {
      while (out.ends_with(' ')) out.pop_back();
    }
    i = end;
  }
  return out;
}

// The passages that [n] stands for, in order of the answer.
std::vector<const CitationSpan*> spans_of(const TraceRecord& record, std::size_t n) {
  std::vector<const CitationSpan*> spans;
  for (const CitationSpan& span : record.citation_spans)
    if (span.n == static_cast<std::int64_t>(n)) spans.push_back(&span);
  return spans;
}

std::string source_list(const TraceRecord& record, const Terminal& terminal,
                        const Session& session) {
  std::string list;
  for (std::size_t i = 0; i < record.citations.size(); ++i) {
    const std::string mark = fmt::format("[{}]", i + 1);
    const std::vector<const CitationSpan*> spans = spans_of(record, i + 1);
    // One sentence has its own address; several share that of the passage they stand in.
    const std::string& url = spans.size() == 1 ? spans[0]->url : record.citations[i];
    const std::string place = spans.empty() ? "" : shown_line(place_of(session, *spans[0]));
    list += terminal.styled(Style::Cyan, mark) + ' ';
    if (!place.empty()) list += place + '\n' + std::string(mark.size() + 1, ' ');
    list += terminal.styled(Style::Dim, shown_line(url)) + '\n';
  }
  return list;
}

}  // namespace

CitationStyle citation_style(std::string_view name) {
  if (name == "inline") return CitationStyle::Inline;
  if (name == "list") return CitationStyle::List;
  if (name == "none") return CitationStyle::None;
  return CitationStyle::Both;
}

bool is_found(const Execution& execution) {
  const bool* found = execution.state.find(keys::answer_found);
  return !found || *found;
}

std::string answer_page(const Execution& execution, CitationStyle style, const Terminal& terminal,
                        const Session& session) {
  const TraceRecord& record = execution.trace;
  const std::string* answer = execution.state.find(keys::final_answer);
  if (!answer) return {};
  // Wrapped before it is coloured: escape sequences have no width.
  std::string text = shown(*answer);
  text = terminal.is_tty(Stream::Out) ? wrapped(text, terminal.columns()) : text + '\n';
  const bool marks = style == CitationStyle::Inline || style == CitationStyle::Both;
  const bool list = style == CitationStyle::List || style == CitationStyle::Both;
  std::string page = marked(text, marks, terminal);
  if (!list || record.citations.empty()) return page;
  // The heading tells readers of the text, `muai cite check` among them, that no claims follow.
  const std::string* question = execution.state.find(keys::question);
  const bool chinese = language_of(question ? *question : *answer) == Language::Chinese;
  page += chinese ? "\n来源：\n" : "\nSources:\n";
  page += source_list(record, terminal, session);
  return page;
}

json::value citation_spans_json(const std::vector<CitationSpan>& spans) {
  const Result<std::string> text = state_to_json(State().with(keys::citation_spans, spans));
  if (!text) return json::array();
  const Result<json::value> state = parse_json(*text);
  return state ? state->as_object().at("citation_spans") : json::value(json::array());
}

json::object answer_json(const Execution& execution) {
  const TraceRecord& record = execution.trace;
  const std::string* answer = execution.state.find(keys::final_answer);
  json::array citations;
  for (const std::string& url : record.citations) citations.emplace_back(to_valid_utf8(url));
  json::array notes;
  for (const StepRecord& step : record.steps)
    for (const std::string& note : step.notes) notes.emplace_back(to_valid_utf8(note));
  return {{"question", to_valid_utf8(record.question)},
          {"answer", answer ? json::value(to_valid_utf8(*answer)) : json::value(nullptr)},
          {"found", is_found(execution)},
          {"citations", std::move(citations)},
          {"citation_spans", citation_spans_json(record.citation_spans)},
          {"workflow", record.chosen_workflow},
          {"notes", std::move(notes)},
          {"trace_id", record.request_id},
          {"wall_ms", record.wall_ms}};
}

}  // namespace muai
