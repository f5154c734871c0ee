// `muai cite check`: every sentence of an answer against the stored text that it cites. Three
// questions: does each sentence have a mark that names a source; does it stand word for word in
// the quoted passage; does the quote stand at its place in the text stored under its hash. With
// --refetch a fourth: does the source still say so.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/piped_text.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/steps/cited_answer.h"
#include "muai/store/text_store.h"
#include "muai/text/key_points.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kExtractive = "extractive";

// Sentences that were taken from their sources must be there word for word; those that a model
// wrote must be upheld by what they cite.
CitationStrictness strictness_for(const TraceRecord& record) {
  const bool literal = std::all_of(record.models.begin(), record.models.end(),
                                   [](const std::string& model) { return model == kExtractive; });
  if (literal) return CitationStrictness::Literal;
  return record.citation_spans.empty() ? CitationStrictness::Marked : CitationStrictness::Upheld;
}

Result<std::string> answer_to_check(Invocation& invocation, const TraceRecord& record) {
  if (!invocation.arguments.has("--answer")) return record.final_answer;
  const std::string path = invocation.arguments.value("--answer");
  if (path == "-") return read_stdin(invocation.interrupt.token());
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::Io, fmt::format("--answer {}: cannot read the file", path));
  return to_valid_utf8(std::string(std::istreambuf_iterator<char>(in), {}));
}

// Whether a source, read again, still holds a quote.
class Refetch {
 public:
  static Result<Refetch> open(Invocation& invocation, const Session& session) {
    MUAI_TRY(EngineOptions options, session.engine_options());
    MUAI_TRY(options.collections, list_collections(session.data_dir()));
    MUAI_TRY(std::unique_ptr<Engine> engine, Engine::open(std::move(options)));
    return Refetch(invocation, std::move(engine));
  }

  std::optional<CitationProblem> check(const CitationSpan& span) {
    const std::string url = span.url.substr(0, span.url.find('#'));
    if (url.starts_with("kb://stdin/") || url.starts_with("kb://files/")) {
      say(url, "was read for that question only and cannot be read again");
      return std::nullopt;
    }
    auto known = texts_.find(url);
    if (known == texts_.end()) known = texts_.emplace(url, read(url)).first;
    const Result<std::string>& text = known->second;
    const auto number = static_cast<std::size_t>(span.n);
    if (!text)
      return CitationProblem{number, span.quote, "cannot be read again: " + text.error().message()};
    if (fold_blanks(*text).find(fold_blanks(span.quote)) != std::string::npos) return std::nullopt;
    return CitationProblem{number, span.quote, url + " no longer says so"};
  }

 private:
  Refetch(Invocation& invocation, std::unique_ptr<Engine> engine)
      : invocation_(&invocation), engine_(std::move(engine)) {}

  Result<std::string> read(const std::string& url) {
    MUAI_TRY(Page page, engine_->read_page(url, invocation_->interrupt.token()));
    return std::move(page.text);
  }

  void say(const std::string& url, std::string_view what) {
    if (said_.emplace(url, true).second)
      invocation_->terminal.say(fmt::format("muai: {} {}", shown_line(url), what));
  }

  Invocation* invocation_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, Result<std::string>> texts_;
  std::map<std::string, bool> said_;
};

struct Verdict {
  std::size_t sentences = 0;
  std::size_t spans = 0;
  std::vector<CitationProblem> problems;
};

Result<Verdict> judge(Invocation& invocation, const Session& session, const TraceRecord& record,
                      const std::string& answer) {
  Verdict verdict{.sentences = key_points(answer).size(), .spans = record.citation_spans.size()};
  verdict.problems = check_citations(answer, record.citations.size(), record.citation_spans,
                                     strictness_for(record));
  MUAI_TRY(TextStore texts, TextStore::open(session.data_dir()));
  std::optional<Error> damaged;
  const auto find_text = [&](std::string_view sha256) -> std::optional<std::string> {
    Result<std::optional<StoredText>> stored = texts.find(sha256);
    if (!stored) {
      damaged = std::move(stored).error();
      return std::nullopt;
    }
    return *stored ? std::optional((*stored)->text) : std::nullopt;
  };
  std::vector<CitationProblem> quotes = check_quotes(record.citation_spans, find_text);
  if (damaged) return std::unexpected(*std::move(damaged));
  std::move(quotes.begin(), quotes.end(), std::back_inserter(verdict.problems));
  if (!invocation.arguments.has("--refetch")) return verdict;
  MUAI_TRY(Refetch refetch, Refetch::open(invocation, session));
  for (const CitationSpan& span : record.citation_spans)
    if (std::optional<CitationProblem> problem = refetch.check(span))
      verdict.problems.push_back(*std::move(problem));
  return verdict;
}

void print_verdict(Invocation& invocation, const TraceRecord& record, const Verdict& verdict) {
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) {
    json::array problems;
    for (const CitationProblem& problem : verdict.problems)
      problems.push_back(json::object{{"sentence", to_valid_utf8(problem.sentence)},
                                      {"what", to_valid_utf8(problem.what)}});
    print_json(terminal, json::object{{"ok", verdict.problems.empty()},
                                      {"sentences", verdict.sentences},
                                      {"passages", verdict.spans},
                                      {"problems", std::move(problems)},
                                      {"trace_id", record.request_id}});
    return;
  }
  for (const CitationProblem& problem : verdict.problems)
    terminal.print(fmt::format("{} {}\n      {}\n", terminal.styled(Style::Red, "FAILS"),
                               shown_line(problem.sentence), shown_line(problem.what)));
  const std::string counts = fmt::format("{} and {}", count_text(verdict.sentences, "sentence"),
                                         count_text(verdict.spans, "cited passage"));
  if (verdict.problems.empty()) {
    terminal.print(fmt::format("{} {} checked: every sentence stands in its source\n",
                               terminal.styled(Style::Green, "ok"), counts));
  } else {
    terminal.print(
        fmt::format("{} checked: {}\n", counts, count_text(verdict.problems.size(), "problem")));
  }
}

Result<ExitCode> run_check(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const TraceRecord record, session.find_trace(invocation.arguments.value("TRACE")));
  MUAI_TRY(const std::string answer, answer_to_check(invocation, record));
  if (answer.empty()) {
    return fail(ErrorCode::NotFound,
                fmt::format("trace {} has no answer; `muai trace show {}` says "
                            "why",
                            short_id(record), short_id(record)));
  }
  MUAI_TRY(const Verdict verdict, judge(invocation, session, record, answer));
  print_verdict(invocation, record, verdict);
  return verdict.problems.empty() ? ExitCode::Ok : ExitCode::Failed;
}

}  // namespace

Command cite_check_command() {
  return {.name = "cite check",
          .summary = "Verify every citation of an answer against its stored source",
          .detail = "Names each sentence that fails; exit code 1 then.",
          .positionals = {{.name = "TRACE",
                           .meaning = "last, or the beginning of a trace's id",
                           .presence = Presence::Optional}},
          .flags = {{.names = "--refetch", .meaning = "read the sources again as well"},
                    {.names = "--answer",
                     .value = "FILE",
                     .meaning = "check this text in place of the trace's answer; - is stdin",
                     .completes = Completes::Path}},
          .run = run_check};
}

}  // namespace muai
