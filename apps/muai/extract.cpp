// `muai extract`: what is read from a page or a file, and with --why what is not, and why.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/document/reading.h"
#include "muai/piped_text.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kFileBytesMax = 20 << 20;
constexpr std::size_t kExcerptColumns = 300;

bool is_url(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://") ||
         source.starts_with("kb://");
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::NotFound, fmt::format("{} cannot be opened", path));
  std::string bytes(kFileBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || (in.fail() && !in.eof()))
    return fail(ErrorCode::Io, fmt::format("{} cannot be read; is it a folder?", path));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kFileBytesMax)
    return fail(ErrorCode::LimitExceeded, fmt::format("{} is larger than 20 MiB", path));
  return bytes;
}

Result<Reading> read_source(Invocation& invocation, Engine& engine, const std::string& source) {
  const std::stop_token stop = invocation.interrupt.token();
  if (is_url(source)) return engine.explain_page(source, stop);
  if (source == "-") {
    MUAI_TRY(std::string bytes, read_stdin(stop));
    return engine.explain_bytes(std::move(bytes), {}, stop);
  }
  MUAI_TRY(std::string bytes, read_file(source));
  return engine.explain_bytes(std::move(bytes), {.content_type = {}, .url_or_path = source}, stop);
}

json::array verdicts_json(const std::vector<BlockVerdict>& verdicts) {
  json::array blocks;
  for (const BlockVerdict& verdict : verdicts) {
    json::object block{{"fate", to_string(verdict.fate)},
                       {"kind", to_string(verdict.kind)},
                       {"reason", verdict.reason},
                       {"text", verdict.text}};
    if (verdict.probability) block["probability"] = *verdict.probability;
    blocks.push_back(std::move(block));
  }
  return blocks;
}

json::object reading_json(const Reading& reading, bool why) {
  const Document& document = reading.document;
  json::object out{{"url", to_valid_utf8(document.url)},
                   {"title", document.title},
                   {"author", document.author},
                   {"date", document.date},
                   {"language", document.language},
                   {"canonical_url", document.canonical_url},
                   {"page_type", document.page_type},
                   {"kind", to_string(document.kind)},
                   {"barrier", to_string(document.barrier)},
                   {"notes", json::array(document.notes.begin(), document.notes.end())},
                   {"text", document.text}};
  if (!reading.likely_use.empty())
    out["likely_use"] =
        json::object{{"name", reading.likely_use}, {"probability", reading.likely_use_probability}};
  if (why) out["blocks"] = verdicts_json(reading.verdicts);
  return out;
}

std::string metadata_text(const Reading& reading, const Terminal& terminal) {
  const Document& document = reading.document;
  const std::string use =
      reading.likely_use.empty()
          ? std::string()
          : fmt::format("{} ({:.0f} %)", reading.likely_use, reading.likely_use_probability * 100);
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"url", document.url},
      {"title", document.title},
      {"author", document.author},
      {"date", document.date},
      {"language", document.language},
      {"canonical", document.canonical_url},
      {"type", document.page_type},
      {"kind", to_string(document.kind)},
      {"looks like", use},
  };
  std::string text;
  for (const auto& [name, value] : rows)
    if (!value.empty())
      text += terminal.styled(Style::Dim, fmt::format("{:<12}", name)) + shown_line(value) + '\n';
  for (const std::string& note : document.notes)
    text += terminal.styled(Style::Yellow, "note        ") + shown_line(note) + '\n';
  return text;
}

std::string verdicts_text(const std::vector<BlockVerdict>& verdicts, const Terminal& terminal) {
  std::string text;
  std::size_t kept = 0, kept_bytes = 0, bytes = 0;
  for (const BlockVerdict& verdict : verdicts) {
    const bool is_kept = verdict.fate == BlockFate::Kept;
    kept += is_kept ? 1 : 0;
    kept_bytes += is_kept ? verdict.text.size() : 0;
    bytes += verdict.text.size();
    const std::string head =
        fmt::format("{} {} {}: {}", is_kept ? '+' : '-', to_string(verdict.fate),
                    to_string(verdict.kind), verdict.reason);
    text += terminal.styled(is_kept ? Style::Green : Style::Red, head) + '\n' +
            wrapped(excerpt(verdict.text, kExcerptColumns), terminal.columns(), 4);
  }
  return text + fmt::format("\nkept {} of {}, {} of {} of text\n", kept,
                            count_text(verdicts.size(), "block"),
                            bytes_text(static_cast<double>(kept_bytes)),
                            bytes_text(static_cast<double>(bytes)));
}

void print_reading(Invocation& invocation, const Reading& reading, bool why) {
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) return print_json(terminal, reading_json(reading, why));
  terminal.print(metadata_text(reading, terminal) + '\n');
  if (why && !reading.verdicts.empty())
    terminal.print(verdicts_text(reading.verdicts, terminal));
  else
    terminal.print(shown(reading.document.text) + '\n');
  if (why && reading.verdicts.empty())
    terminal.say("documents of this kind are kept whole: nothing was left out");
}

Result<ExitCode> run_extract(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.trace.path.clear();
  MUAI_TRY(const auto engine, Engine::open(std::move(options)));
  const std::string source = invocation.arguments.value("SOURCE");
  MUAI_TRY(const Reading reading, read_source(invocation, *engine, source));
  print_reading(invocation, reading, invocation.arguments.has("--why"));
  const Document& document = reading.document;
  if (document.barrier != PageBarrier::None) {
    invocation.terminal.complain(
        fmt::format("muai: {}: {}", shown_line(source), explain_barrier(document.barrier)));
    return ExitCode::Refused;
  }
  if (!document.text.empty()) return ExitCode::Ok;
  invocation.terminal.complain(
      fmt::format("muai: {} holds no readable text; if a browser shows some, it is made by "
                  "JavaScript, which is not run",
                  shown_line(source)));
  return ExitCode::Failed;
}

}  // namespace

std::vector<Command> extract_commands() {
  return {
      {.name = "extract",
       .summary = "Show what is read from a page or a file",
       .detail =
           "Prints title, author, date, language and the main text, as answers would use it. "
           "With --why each part of an HTML page is listed with what became of it: kept, left "
           "out as boilerplate (with the model's probability and the place), or hidden from "
           "readers (with the rule that hides it). Ends with 6 when the page is a consent "
           "notice, a paywall or a check for a human reader.",
       .positionals = {{.name = "SOURCE",
                        .meaning = "a URL, a file (HTML, PDF, Markdown, text), or - for stdin",
                        .completes = Completes::Path}},
       .flags = {{.names = "--why", .meaning = "say what was kept, what was dropped, and why"}},
       .run = run_extract},
  };
}

}  // namespace muai
