// `muai kb`: the user's own documents.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/commands.h"
#include "muai/embedder.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDefaultCollection = "default";
constexpr std::size_t kSkippedShown = 10;
constexpr std::size_t kSnippetColumns = 300;
constexpr std::int64_t kHitsDefault = 5;
constexpr std::string_view kEmbeddingSetting = "rag.embedding_model";

std::string collection_of(const Arguments& arguments) {
  return arguments.has("--in") ? arguments.value("--in") : std::string(kDefaultCollection);
}

// ---- add -------------------------------------------------------------------------------------

// Says how far `add` is and how fast.
class AddWatch {
 public:
  explicit AddWatch(Terminal& terminal) : terminal_(terminal), begin_(loop_.now()) {}

  void show(const AddProgress& progress) {
    const double rate = static_cast<double>(progress.files_done) / std::max(seconds(), 0.001);
    terminal_.progress(fmt::format("{} of {}, {}, {}, {:.0f} files/s", progress.files_done,
                                   count_text(progress.files_found, "file"),
                                   count_text(progress.passages, "passage"),
                                   bytes_text(static_cast<double>(progress.bytes_read)), rate),
                       progress.files_done, progress.files_found);
  }

  double seconds() const { return std::chrono::duration<double>(loop_.now() - begin_).count(); }

 private:
  Terminal& terminal_;
  AsioLoop loop_;  // the clock
  TimePoint begin_;
};

json::object counts_json(const AddReport& report, std::string_view collection, double seconds) {
  const AddProgress& counts = report.counts;
  json::array skipped;
  for (const SkippedFile& file : report.skipped)
    skipped.push_back(json::object{{"path", to_valid_utf8(file.path.string())},
                                   {"reason", to_valid_utf8(file.reason)}});
  json::array vanished;
  for (const std::string& url : report.vanished) vanished.emplace_back(url);
  return {{"collection", collection},
          {"files", counts.files_found},
          {"added", counts.added},
          {"replaced", counts.replaced},
          {"unchanged", counts.unchanged},
          {"removed", counts.removed},
          {"passages", counts.passages},
          {"bytes_read", counts.bytes_read},
          {"seconds", seconds},
          {"skipped", std::move(skipped)},
          {"vanished", std::move(vanished)}};
}

std::string counts_text(const AddReport& report, std::string_view collection, double seconds) {
  const AddProgress& counts = report.counts;
  std::string text = fmt::format("{}: {} added", collection, count_text(counts.added, "document"));
  if (counts.replaced > 0) text += fmt::format(", {} replaced", counts.replaced);
  if (counts.unchanged > 0) text += fmt::format(", {} unchanged", counts.unchanged);
  if (counts.removed > 0) text += fmt::format(", {} removed", counts.removed);
  if (counts.skipped > 0) text += fmt::format(", {} skipped", counts.skipped);
  return fmt::format("{} ({}, {}, {})\n", text, count_text(counts.passages, "passage"),
                     bytes_text(static_cast<double>(counts.bytes_read)),
                     duration_text(seconds * 1000));
}

void say_trouble(Terminal& terminal, const AddReport& report) {
  std::size_t said = 0;
  for (const SkippedFile& file : report.skipped) {
    if (said++ == kSkippedShown && terminal.verbosity() != Verbosity::Verbose) {
      terminal.say(
          fmt::format("  ... and {} more; -v names all", report.skipped.size() - kSkippedShown));
      break;
    }
    terminal.say(
        fmt::format("  skipped {}: {}", shown_line(file.path.string()), shown_line(file.reason)));
  }
  for (const std::string& url : report.vanished)
    terminal.say(
        fmt::format("  its file is gone: {} (--prune removes such documents)", shown_line(url)));
}

// Vectors for the passages that have none, when a model for them is configured. What fails is said
// and is no failure of adding: the documents are there, and the next `kb add` goes on.
void embed_new_passages(Invocation& invocation, const Session& session, Collection& collection) {
  const std::string model = session.config().text(std::string(kEmbeddingSetting));
  if (model.empty()) return;
  Terminal& terminal = invocation.terminal;
  const auto fill = [&]() -> Result<EmbedProgress> {
    MUAI_TRY(Embedder embedder, Embedder::open(session, model, invocation.interrupt.token()));
    return collection.embed_missing(
        model, [&](const std::vector<std::string>& texts) { return embedder.embed(texts); },
        [&](const EmbedProgress& progress) {
          terminal.progress(fmt::format("vectors of {} of {}", progress.done,
                                        count_text(progress.all, "passage")),
                            progress.done, progress.all);
        },
        invocation.interrupt.token());
  };
  const Result<EmbedProgress> filled = fill();
  terminal.end_progress();
  if (!filled)
    terminal.complain(fmt::format("muai: no vectors by {}: {}; the next `muai kb add` goes on",
                                  shown_line(model), shown_line(filled.error().message())));
}

Result<ExitCode> run_add(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const Session session, Session::open(invocation));
  const std::string name = collection_of(arguments);
  MUAI_TRY(Collection collection,
           Collection::open(session.data_dir(), name, CollectionAccess::Write));
  std::vector<fs::path> paths;
  for (const std::string& path : arguments.values("PATH")) paths.emplace_back(path);
  AddOptions options;
  if (arguments.has("--prune")) options.vanished = VanishedFiles::Remove;
  AddWatch watch(invocation.terminal);
  AddProgress last;
  Result<AddReport> report = collection.add(
      paths, options,
      [&](const AddProgress& progress) {
        last = progress;
        watch.show(progress);
      },
      invocation.interrupt.token());
  invocation.terminal.end_progress();
  if (!report) {
    if (report.error().code() == ErrorCode::Cancelled)
      invocation.terminal.say(
          fmt::format("{}: stopped after {} of {}; what was done stays, and the "
                      "next `muai kb add` goes on from there",
                      name, last.files_done, count_text(last.files_found, "file")));
    return pass(std::move(report));
  }
  embed_new_passages(invocation, session, collection);
  if (invocation.wants_json()) {
    print_json(invocation.terminal, counts_json(*report, name, watch.seconds()));
  } else {
    invocation.terminal.print(counts_text(*report, name, watch.seconds()));
  }
  say_trouble(invocation.terminal, *report);
  const AddProgress& counts = report->counts;
  if (counts.added + counts.replaced + counts.unchanged + counts.removed > 0) return ExitCode::Ok;
  invocation.terminal.complain(
      "muai: nothing to read was found there: *.html, *.md, *.txt and "
      "*.rst files are read");
  return ExitCode::Failed;
}

// ---- list ------------------------------------------------------------------------------------

struct Shelf {
  std::string name;
  std::vector<StoredDocument> documents;

  std::int64_t passages() const {
    std::int64_t sum = 0;
    for (const StoredDocument& document : documents) sum += document.passages;
    return sum;
  }
  std::int64_t bytes() const {
    std::int64_t sum = 0;
    for (const StoredDocument& document : documents) sum += document.text_bytes;
    return sum;
  }
};

Result<Shelf> read_shelf(const Session& session, const std::string& name) {
  MUAI_TRY(Collection collection,
           Collection::open(session.data_dir(), name, CollectionAccess::Read));
  MUAI_TRY(std::vector<StoredDocument> documents, collection.list());
  return Shelf{name, std::move(documents)};
}

Result<ExitCode> list_documents(Invocation& invocation, const Shelf& shelf) {
  if (!invocation.wants_json()) {
    std::string text;
    for (const StoredDocument& document : shelf.documents)
      text += fmt::format("{}  {}\n", shown_line(document.url),
                          invocation.terminal.styled(Style::Dim, shown_line(document.title)));
    invocation.terminal.print(text);
    return ExitCode::Ok;
  }
  json::array documents;
  for (const StoredDocument& document : shelf.documents) {
    documents.push_back(json::object{{"url", document.url},
                                     {"title", document.title},
                                     {"language", document.language},
                                     {"path", to_valid_utf8(document.path)},
                                     {"passages", document.passages},
                                     {"text_bytes", document.text_bytes}});
  }
  print_json(invocation.terminal,
             json::object{{"collection", shelf.name}, {"documents", std::move(documents)}});
  return ExitCode::Ok;
}

Result<ExitCode> run_list(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  if (invocation.arguments.has("COLLECTION")) {
    MUAI_TRY(const Shelf shelf, read_shelf(session, invocation.arguments.value("COLLECTION")));
    return list_documents(invocation, shelf);
  }
  MUAI_TRY(const std::vector<std::string> names, list_collections(session.data_dir()));
  json::array collections;
  std::string text;
  for (const std::string& name : names) {
    MUAI_TRY(const Shelf shelf, read_shelf(session, name));
    text += fmt::format("{:<20} {}, {}, {} of text\n", name,
                        count_text(shelf.documents.size(), "document"),
                        count_text(static_cast<std::size_t>(shelf.passages()), "passage"),
                        bytes_text(static_cast<double>(shelf.bytes())));
    collections.push_back(json::object{{"name", name},
                                       {"documents", shelf.documents.size()},
                                       {"passages", shelf.passages()},
                                       {"text_bytes", shelf.bytes()}});
  }
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"collections", std::move(collections)}});
  } else if (names.empty()) {
    invocation.terminal.say("there are no collections yet; `muai kb add PATH` makes one");
  } else {
    invocation.terminal.print(text);
  }
  return ExitCode::Ok;
}

// ---- remove ----------------------------------------------------------------------------------

Result<ExitCode> run_remove(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const Session session, Session::open(invocation));
  const std::string name = collection_of(arguments);
  if (arguments.has("--all")) {
    MUAI_TRY_VOID(remove_collection(session.data_dir(), name));
    if (invocation.wants_json()) {
      print_json(invocation.terminal, json::object{{"collection", name}, {"removed_all", true}});
    } else {
      invocation.terminal.print(fmt::format("{}: removed\n", name));
    }
    return ExitCode::Ok;
  }
  const std::vector<std::string> given = arguments.values("DOCUMENT");
  if (given.empty()) {
    return fail(ErrorCode::InvalidInput,
                "say which documents to remove (URL, path or folder), or --all for the collection");
  }
  // Opening to write would make a collection that is not there.
  MUAI_TRY_VOID(Collection::open(session.data_dir(), name, CollectionAccess::Read));
  MUAI_TRY(Collection collection,
           Collection::open(session.data_dir(), name, CollectionAccess::Write));
  std::size_t removed = 0;
  for (const std::string& document : given) {
    MUAI_TRY(const std::size_t count, collection.remove(document));
    if (count == 0)
      invocation.terminal.complain(
          fmt::format("muai: {} holds no document {}; `muai kb list {}` names them", name,
                      shown_line(document), name));
    removed += count;
  }
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"collection", name}, {"removed", removed}});
  } else {
    invocation.terminal.print(
        fmt::format("{}: {} removed\n", name, count_text(removed, "document")));
  }
  return removed > 0 ? ExitCode::Ok : ExitCode::Failed;
}

// ---- search ----------------------------------------------------------------------------------

json::array terms_json(const std::vector<TermScore>& scores) {
  json::array terms;
  for (const TermScore& term : scores) {
    json::object shown{{"term", term.term},
                       {"idf", term.idf},
                       {"frequency", term.frequency},
                       {"score", term.score},
                       {"passages", term.passages}};
    if (!term.asked.empty()) shown["asked"] = term.asked;
    terms.push_back(std::move(shown));
  }
  return terms;
}

json::object reasons_json(const ScoreReasons& why) {
  return {{"terms", terms_json(why.terms)},
          {"dropped_terms", json::array(why.dropped_terms.begin(), why.dropped_terms.end())},
          {"proximity", why.proximity},
          {"coverage", why.coverage},
          {"sentence", why.sentence},
          {"gathering", why.gathering},
          {"phrases", why.phrases},
          {"naming", why.naming},
          {"script", why.script},
          {"feedback", why.feedback},
          {"feedback_terms", terms_json(why.feedback_terms)},
          {"vector", why.vector}};
}

std::string reasons_text(const ScoreReasons& why) {
  std::string text;
  const auto line = [&](double score, const std::string& meaning) {
    text += fmt::format("    {:6.2f}  {}\n", score, meaning);
  };
  for (const TermScore& term : why.terms) {
    const std::string alike =
        term.asked.empty() ? "" : fmt::format(", for {}", shown_line(term.asked));
    line(term.score, fmt::format("{}{} (in {}, rarity {:.1f})", shown_line(term.term), alike,
                                 count_text(term.passages, "passage"), term.idf));
  }
  line(why.coverage, "words present");
  line(why.sentence, "words in one sentence");
  line(why.gathering, "words around one place");
  line(why.phrases, "words side by side, as asked");
  line(why.proximity, "words close together");
  line(why.naming, "title or heading named");
  if (!why.feedback_terms.empty()) {
    std::vector<std::string> words;
    for (const TermScore& term : why.feedback_terms) words.push_back(shown_line(term.term));
    line(why.feedback, fmt::format("shared by the best passages: {}", fmt::join(words, ", ")));
  }
  if (why.script != 0) line(why.script, "in another script than the question");
  if (why.vector != 0) line(why.vector, "meaning, by its vector");
  if (!why.dropped_terms.empty())
    text += fmt::format("    too common: {}\n", fmt::join(why.dropped_terms, ", "));
  return text;
}

std::string hit_text(const Passage& passage, std::size_t number, const Terminal& terminal) {
  std::string title = passage.title;
  if (!passage.heading.empty() && passage.heading != passage.title)
    title += " > " + passage.heading;
  return fmt::format("{} {}  {}\n   {}\n{}",
                     terminal.styled(Style::Cyan, fmt::format("{}.", number)),
                     terminal.styled(Style::Bold, shown_line(title)),
                     terminal.styled(Style::Dim, fmt::format("{:.2f}", passage.score)),
                     terminal.styled(Style::Dim, shown_line(passage.url)),
                     wrapped(excerpt(passage.text, kSnippetColumns), terminal.columns(), 3));
}

// The query's vector, when the collection has vectors of the configured model. Empty, with a word
// on stderr, when it cannot be made: then the words alone decide.
Result<std::vector<float>> query_vector(Invocation& invocation, const Session& session,
                                        Collection& collection, const std::string& query) {
  MUAI_TRY(const std::optional<VectorModel> stored, collection.vector_model());
  const std::string model = session.config().text(std::string(kEmbeddingSetting));
  if (!stored || model.empty()) return std::vector<float>();
  std::string reason;
  if (stored->name != model) {
    reason = fmt::format("its vectors are of {}, {} is {}; `muai kb add` makes them anew",
                         shown_line(stored->name), kEmbeddingSetting, shown_line(model));
  } else if (auto embedder = Embedder::open(session, model, invocation.interrupt.token());
             !embedder) {
    reason = shown_line(embedder.error().message());
  } else if (auto vectors = embedder->embed({query}); !vectors) {
    reason = shown_line(vectors.error().message());
  } else if (vectors->size() == 1 && vectors->front().size() == stored->dimension) {
    return std::move(vectors->front());
  } else {
    reason = "the model gave another kind of vector than before";
  }
  invocation.terminal.say("found by words alone: " + reason);
  return std::vector<float>();
}

Result<ExitCode> run_search(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const std::int64_t limit, arguments.number("--limit", kHitsDefault, 1, 1000));
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(Collection collection,
           Collection::open(session.data_dir(), collection_of(arguments), CollectionAccess::Read));
  const std::string query =
      to_valid_utf8(fmt::format("{}", fmt::join(arguments.values("QUERY"), " ")));
  const bool why = arguments.has("--why");
  MUAI_TRY(const std::vector<float> vector, query_vector(invocation, session, collection, query));
  MUAI_TRY(const std::vector<Passage> found,
           collection.search(query,
                             {.limit = static_cast<std::size_t>(limit),
                              .reasons = why ? Reasons::Include : Reasons::Omit,
                              .embedding = vector},
                             invocation.interrupt.token()));
  json::array hits;
  std::string text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Passage& passage = found[i];
    text += hit_text(passage, i + 1, invocation.terminal);
    if (why) text += reasons_text(passage.why);
    json::object hit{{"url", passage.url},         {"title", passage.title},
                     {"heading", passage.heading}, {"language", passage.language},
                     {"text", passage.text},       {"score", passage.score}};
    if (why) hit["why"] = reasons_json(passage.why);
    hits.push_back(std::move(hit));
  }
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"query", query}, {"hits", std::move(hits)}});
  } else {
    invocation.terminal.print(text);
  }
  if (!found.empty()) return ExitCode::Ok;
  invocation.terminal.say("no passage holds a word of the query");
  return ExitCode::NotFound;
}

}  // namespace

std::vector<Command> kb_commands() {
  const Flag in{.names = "-i,--in",
                .value = "COLLECTION",
                .meaning = "the collection (default)",
                .completes = Completes::Collection};
  return {
      {.name = "kb add",
       .summary = "Add documents: files and folders",
       .detail = "Reads *.html, *.md, *.txt and *.rst. What did not change is left alone, so the "
                 "same command brings a collection up to date. Ctrl-C loses nothing that was done.",
       .positionals = {{.name = "PATH",
                        .meaning = "a file, or a folder with all below it",
                        .repeat = Repeat::Many,
                        .completes = Completes::Path}},
       .flags = {in, {.names = "--prune", .meaning = "remove documents whose file is gone"}},
       .run = run_add},
      {.name = "kb list",
       .summary = "List the collections, or the documents of one",
       .positionals = {{.name = "COLLECTION",
                        .presence = Presence::Optional,
                        .completes = Completes::Collection}},
       .run = run_list},
      {.name = "kb remove",
       .summary = "Remove documents, or a whole collection",
       .positionals = {{.name = "DOCUMENT",
                        .meaning = "a kb:// URL, a path, or a folder of them",
                        .presence = Presence::Optional,
                        .repeat = Repeat::Many}},
       .flags = {in, {.names = "--all", .meaning = "remove the collection itself"}},
       .run = run_remove},
      {.name = "kb search",
       .summary = "Search a collection for passages",
       .positionals = {{.name = "QUERY", .meaning = "what to look for", .repeat = Repeat::Many}},
       .flags = {in,
                 {.names = "-n,--limit", .value = "N", .meaning = "how many passages (5)"},
                 {.names = "--why", .meaning = "say what each word gave to the rank"}},
       .run = run_search}};
}

}  // namespace muai
