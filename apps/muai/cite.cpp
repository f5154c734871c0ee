// `muai cite`: the passage behind a [N], in its surroundings.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/answer_page.h"
#include "muai/cited_section.h"
#include "muai/commands.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/store/text_store.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kLinesAround = 3;
constexpr std::size_t kBytesAround = 600;

bool is_mark(std::string_view word) {
  return !word.empty() && word.size() <= 4 &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

struct Wanted {
  std::string trace = "last";
  std::int64_t n = 0;  // 0: all
};

// `cite`, `cite 2`, `cite TRACE`, `cite TRACE 2`.
Result<Wanted> wanted_of(const Arguments& arguments) {
  Wanted wanted;
  const std::string first = arguments.value("TRACE");
  if (arguments.has("N")) {
    wanted.trace = first;
    MUAI_TRY(wanted.n, arguments.number("N", 1));
  } else if (is_mark(first)) {
    wanted.n = std::stoll(first);
  } else if (!first.empty()) {
    wanted.trace = first;
  }
  return wanted;
}

struct Surroundings {
  std::string before;
  std::string after;
};

// Whole lines around [begin, end), as far as they are near.
Surroundings surroundings_of(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t from = begin;
  for (std::size_t lines = 0; from > 0 && lines < kLinesAround; ++lines) {
    const std::size_t line = text.rfind('\n', from - 1);
    const std::size_t start = line == std::string_view::npos ? 0 : line;
    if (begin - start > kBytesAround && lines > 0) break;
    from = start;
  }
  if (begin - from > kBytesAround) from = text.find(' ', begin - kBytesAround);
  from = std::min(from, begin);
  std::size_t to = end;
  for (std::size_t lines = 0; to < text.size() && lines < kLinesAround; ++lines) {
    const std::size_t line = text.find('\n', to + 1);
    const std::size_t stop = line == std::string_view::npos ? text.size() : line;
    if (stop - end > kBytesAround && lines > 0) break;
    to = stop;
  }
  if (to - end > kBytesAround) to = std::max(text.rfind(' ', end + kBytesAround), end);
  return {to_valid_utf8(text.substr(from, begin - from)),
          to_valid_utf8(text.substr(end, to - end))};
}

// Without blank lines at the ends.
std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n") + 1 - begin);
}

std::string prefixed(std::string_view text, std::string_view prefix, const Terminal& terminal,
                     Style style) {
  std::string out;
  const std::string lines = wrapped(trimmed(shown(text)), terminal.columns() - 4);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    const std::string_view line = std::string_view(lines).substr(at, end - at);
    out += line.empty() ? "\n" : fmt::format("{}{}\n", prefix, terminal.styled(style, line));
    at = end + 1;
  }
  return out;
}

struct Shown {
  std::string text;
  json::value json;
};

std::string heading_of(const CitationSpan& span, const StoredText* stored, const Terminal& terminal,
                       const Session& session) {
  const std::string mark = fmt::format("[{}]", span.n);
  std::string place = fmt::format("characters {} to {}", span.start, span.end);
  if (stored) place += fmt::format(" of {}", count_code_points(stored->text));
  return fmt::format("{} {}\n    {}\n    {}, read {} UTC\n\n", terminal.styled(Style::Cyan, mark),
                     terminal.styled(Style::Bold, shown_line(place_of(session, span))),
                     terminal.styled(Style::Dim, shown_line(span.url)), place,
                     time_text(span.retrieved_at));
}

Shown show_span(const CitationSpan& span, const StoredText* stored, const Terminal& terminal,
                const Session& session) {
  Surroundings around;
  const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(span.byte_start, 0));
  const auto end = static_cast<std::size_t>(std::max<std::int64_t>(span.byte_end, 0));
  const bool stands = stored && begin <= end && end <= stored->text.size();
  if (stands) around = surroundings_of(stored->text, begin, end);
  Shown out;
  out.text = heading_of(span, stored, terminal, session) +
             prefixed(around.before, "    ", terminal, Style::Dim) +
             prefixed(span.quote, "  > ", terminal, Style::Bold) +
             prefixed(around.after, "    ", terminal, Style::Dim);
  if (!stands) out.text += "    (the text around it is no longer stored)\n";
  json::value spans = citation_spans_json({span});
  json::object object = spans.as_array().empty() ? json::object() : spans.as_array()[0].as_object();
  object["before"] = around.before;
  object["after"] = around.after;
  object["stored"] = stands;
  out.json = std::move(object);
  return out;
}

Result<ExitCode> run_cite(Invocation& invocation) {
  MUAI_TRY(const Wanted wanted, wanted_of(invocation.arguments));
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const TraceRecord record, session.find_trace(wanted.trace));
  if (record.citation_spans.empty()) {
    return fail(ErrorCode::NotFound,
                fmt::format("the answer of trace {} cites nothing; `muai trace "
                            "show {}` says what it did",
                            short_id(record), short_id(record)));
  }
  MUAI_TRY(TextStore texts, TextStore::open(session.data_dir()));
  json::array list;
  std::string text;
  for (const CitationSpan& span : record.citation_spans) {
    if (wanted.n != 0 && span.n != wanted.n) continue;
    MUAI_TRY(const std::optional<StoredText> stored, texts.find(span.text_sha256));
    Shown shown_span = show_span(span, stored ? &*stored : nullptr, invocation.terminal, session);
    if (!text.empty()) text += '\n';
    text += shown_span.text;
    list.push_back(std::move(shown_span.json));
  }
  if (list.empty()) {
    return fail(ErrorCode::NotFound,
                fmt::format("there is no [{}]; the answer of trace {} has {}", wanted.n,
                            short_id(record), count_text(record.citations.size(), "citation")));
  }
  if (invocation.wants_json()) {
    print_json(invocation.terminal,
               json::object{{"trace_id", record.request_id}, {"citations", std::move(list)}});
  } else {
    invocation.terminal.print(text);
  }
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> cite_commands() {
  return {{.name = "cite",
           .summary = "Show the passage behind a citation, in its surroundings",
           .positionals = {{.name = "TRACE",
                            .meaning = "last, or the beginning of a trace's id",
                            .presence = Presence::Optional},
                           {.name = "N",
                            .meaning = "the number in brackets; all when left out",
                            .presence = Presence::Optional}},
           .run = run_cite},
          cite_check_command()};
}

}  // namespace muai
