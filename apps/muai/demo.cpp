// `muai demo`: a tour through real commands. Each part prints the command that a person would
// type and then runs it, through the same table and functions that the command line uses: nothing
// is shown that did not just happen.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "muai/command_line.h"
#include "muai/commands.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/text/key_points.h"

namespace muai {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kCollection = "manuals";
constexpr std::string_view kEnglishQuestion = "How do I back up a PostgreSQL database?";
constexpr std::string_view kChineseQuestion = "谁是 Debian 项目的创立者?";
constexpr std::string_view kOpenQuestion = "Who won the chess championship of 1972?";

// Nothing fetches the pages that `summarize` reads.
constexpr std::string_view kBrokenWorkflow =
    "name: no_pages\n"
    "given: [question]\n"
    "returns: [final_answer]\n"
    "nodes:\n"
    "  search:    {step: web_search, next: summarize}\n"
    "  summarize: {step: summarize, next: answer}\n"
    "  answer:    {step: answer_generate, next: end}\n";

constexpr std::string_view kOtherWord = "mystery";
constexpr std::size_t kAlteredLettersMin = 5;

// Files that the tour needs, gone when it ends.
class TourFolder {
 public:
  static Result<TourFolder> make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "muai-demo-XXXXXX").string();
    if (error || !::mkdtemp(name.data())) {
      return fail(ErrorCode::Io, fmt::format("no folder for temporary files can be made in {}; "
                                             "set TMPDIR to one that can be written to",
                                             fs::path(name).parent_path().string()));
    }
    return TourFolder(name);
  }
  TourFolder(TourFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TourFolder& operator=(TourFolder&&) = delete;
  ~TourFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  Result<std::string> write(std::string_view name, std::string_view text) const {
    const fs::path file = path_ / name;
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) return fail(ErrorCode::Io, fmt::format("cannot write {}", file.string()));
    return file.string();
  }

 private:
  explicit TourFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// As a shell would need it.
std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:").contains(c);
  });
  return plain ? std::string(word) : fmt::format("\"{}\"", word);
}

struct Alteration {
  std::string answer;
  std::string before;  // empty when there was no word to alter
};

// Another word in place of the first long one of lower-case letters in the first key point: the
// smallest change that makes a claim its source does not.
Alteration with_one_word_altered(std::string answer) {
  const std::vector<KeyPoint> points = key_points(answer);
  if (points.empty()) return {std::move(answer), {}};
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  };
  const ByteSpan point = points.front().span;
  for (std::size_t begin = point.begin; begin < point.end; ++begin) {
    std::size_t end = begin;
    while (end < point.end && is_part(answer[end])) ++end;
    std::string word = answer.substr(begin, end - begin);
    const bool plain = std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
    if (word.size() >= kAlteredLettersMin && plain) {
      answer.replace(begin, word.size(), kOtherWord);
      return {std::move(answer), std::move(word)};
    }
    begin = end;
  }
  return {std::move(answer), {}};
}

class Tour {
 public:
  Tour(Invocation& invocation, const Session& session, TourFolder folder)
      : invocation_(invocation),
        terminal_(invocation.terminal),
        session_(session),
        folder_(std::move(folder)),
        collection_(invocation.arguments.has("--in") ? invocation.arguments.value("--in")
                                                     : std::string(kCollection)) {}

  Result<ExitCode> run() {
    MUAI_TRY_VOID(check_collection());
    MUAI_TRY_VOID(ask("A question to the documents; every sentence of the answer is one of theirs",
                      kEnglishQuestion, ExitCode::Ok));
    MUAI_TRY(const TraceRecord answered, session_.traces().find("last"));
    MUAI_TRY_VOID(ask("The same in Chinese", kChineseQuestion, ExitCode::Ok));
    MUAI_TRY_VOID(
        ask("What the documents do not say is not answered", kOpenQuestion, ExitCode::NotFound));
    const std::string id = short_id(answered);
    say("Each [N] of the first answer, checked against the stored text");
    MUAI_TRY_VOID(type({"cite", "check", id}, ExitCode::Ok));
    MUAI_TRY_VOID(check_altered(id, answered.final_answer));
    say("What happened to get that answer, and how long it took");
    MUAI_TRY_VOID(type({"trace", "show", id}, ExitCode::Ok));
    MUAI_TRY_VOID(refuse_workflow());
    return ExitCode::Ok;
  }

 private:
  Result<void> check_collection() const {
    MUAI_TRY(const std::vector<std::string> there, list_collections(session_.data_dir()));
    if (std::ranges::find(there, collection_) != there.end()) return {};
    if (collection_ != kCollection) {
      return fail(ErrorCode::NotFound,
                  fmt::format("there is no collection '{0}'; make it with `muai kb add --in {0} "
                              "PATH`",
                              collection_));
    }
    return fail(ErrorCode::NotFound,
                "there is no collection 'manuals' yet; in a clone of the repository `./dev run "
                "demo` fetches the manuals of PostgreSQL, Python and Debian, indexes them and "
                "runs this demo on them; `muai demo --in COLLECTION` takes another one");
  }

  void say(std::string_view title) {
    terminal_.print(fmt::format("{}{}\n", first_ ? "" : "\n",
                                terminal_.styled(Style::Bold, fmt::format("# {}", title))));
    first_ = false;
  }

  // Shows a command, then runs it. Another exit code than the one that belongs to the tour is an
  // error: the demo does not go on as if nothing had happened.
  Result<void> type(std::vector<std::string> words, ExitCode expected) {
    std::string line = "$ muai";
    for (const std::string_view flag : {"--data-dir", "--config"}) {
      if (!invocation_.arguments.has(flag)) continue;
      words.emplace_back(flag);
      words.push_back(invocation_.arguments.value(flag));
    }
    for (const std::string& word : words) line += ' ' + shell_word(word);
    terminal_.print(terminal_.styled(Style::Cyan, line) + '\n');
    const std::vector<std::string_view> views(words.begin(), words.end());
    MUAI_TRY(const ParsedLine parsed, parse_command_line(views));
    Invocation inner{parsed.arguments, terminal_, invocation_.interrupt};
    const Result<ExitCode> ended = parsed.command->run(inner);
    terminal_.end_progress();
    const ExitCode code = ended ? *ended : report_failure(inner, ended.error());
    if (code != ExitCode::Ok) terminal_.print(fmt::format("[exit {}]\n", static_cast<int>(code)));
    if (code == expected) return {};
    return fail(ErrorCode::StepFailed,
                fmt::format("`{}` ended with exit code {}; {} was expected", line.substr(2),
                            static_cast<int>(code), static_cast<int>(expected)));
  }

  Result<void> ask(std::string_view title, std::string_view question, ExitCode expected) {
    say(title);
    return type({"ask", "--in", collection_, std::string(question)}, expected);
  }

  Result<void> check_altered(const std::string& id, const std::string& answer) {
    const Alteration altered = with_one_word_altered(answer);
    say(fmt::format("The same answer after \"{}\" became \"{}\"", altered.before, kOtherWord));
    MUAI_TRY(const std::string file, folder_.write("altered.txt", altered.answer));
    return type({"cite", "check", id, "--answer", file}, ExitCode::Failed);
  }

  Result<void> refuse_workflow() {
    say("A workflow in which nothing fetches the pages that a step reads");
    MUAI_TRY(const std::string file, folder_.write("no_pages.yaml", kBrokenWorkflow));
    terminal_.print(terminal_.styled(Style::Cyan, "$ cat " + file) + '\n');
    terminal_.print(kBrokenWorkflow);
    return type({"run", "no_pages", "--file", file, "--set", "question=Why?"}, ExitCode::Config);
  }

  Invocation& invocation_;
  Terminal& terminal_;
  const Session& session_;
  TourFolder folder_;
  std::string collection_;
  bool first_ = true;
};

// The questions are on the command line; a pipe behind the demo is not meant for them.
void close_stdin() {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) return;
  ::dup2(nothing, STDIN_FILENO);
  ::close(nothing);
}

Result<ExitCode> run_demo(Invocation& invocation) {
  if (invocation.wants_json())
    return fail(ErrorCode::InvalidInput,
                "`muai demo` is for reading; each command that it shows takes --json");
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(TourFolder folder, TourFolder::make());
  close_stdin();
  return Tour(invocation, session, std::move(folder)).run();
}

}  // namespace

std::vector<Command> demo_commands() {
  return {{.name = "demo",
           .summary = "See it work: seven real commands in half a minute",
           .detail = "Asks the collection `manuals`, which `./dev run demo` makes from the manuals "
                     "of PostgreSQL, Python and Debian. Nothing leaves the machine.",
           .flags = {{.names = "-i,--in",
                      .value = "COLLECTION",
                      .meaning = "ask this collection (manuals)",
                      .completes = Completes::Collection}},
           .run = run_demo}};
}

}  // namespace muai
