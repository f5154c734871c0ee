// Names become files, files become a store, and hits become passages with addresses. What `add`
// does is in collection_writer.cpp, how hits are ranked in ranking.cpp.

#include "muai/rag/collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "muai/core/nearest.h"
#include "muai/core/sha256.h"
#include "muai/text/utf8.h"
#include "rag/collection_writer.h"
#include "rag/document_layout.h"
#include "rag/kb_url.h"
#include "rag/ranking.h"
#include "rag/similar.h"
#include "rag/vector_index.h"

namespace muai {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kEnding = ".db";
// Passages ranked beyond the limit, so that near-duplicates can be left out.
constexpr std::size_t kSpareHits = 20;

// Passages whose vectors are asked for, and stored, at a time.
constexpr std::size_t kEmbeddedTogether = 32;

// What the passage is about stands in its title and heading, often nowhere else.
std::string text_to_embed(const PlainPassage& passage) {
  std::string text;
  for (const std::string* part : {&passage.title, &passage.heading}) {
    if (!part->empty()) text += *part + ". ";
  }
  return text + passage.text;
}

fs::path folder_of(const fs::path& data_dir) { return data_dir / "collections"; }

fs::path file_of(const fs::path& data_dir, std::string_view name) {
  return folder_of(data_dir) / (std::string(name) + std::string(kEnding));
}

bool is_name_character(char32_t value) {
  return value >= 0xa0 || (value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') ||
         (value >= 'a' && value <= 'z') || value == '-' || value == '_' || value == '.';
}

Result<Error> no_such_collection(const fs::path& data_dir, std::string_view name) {
  MUAI_TRY(const std::vector<std::string> names, list_collections(data_dir));
  return Error(ErrorCode::NotFound,
               fmt::format("no collection '{}'; {}", name, did_you_mean(name, names)));
}

bool is_blank(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r'; }

// The span of `text` without blanks at its ends.
ByteSpan trimmed(std::string_view text) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && is_blank(text[begin])) ++begin;
  while (end > begin && is_blank(text[end - 1])) --end;
  return {begin, end};
}

// Blanks are single bytes, so offsets in bytes and in code points move alike.
Passage passage_of(FoundPassage&& found, RankedPassage&& ranked) {
  const StoredPassage& stored = found.passage;
  const ByteSpan inner = trimmed(stored.text);
  Passage passage;
  passage.document_url = std::move(found.document_url);
  passage.title = std::move(found.title);
  passage.language = std::move(found.language);
  passage.heading = stored.heading;
  passage.text = inner.of(stored.text);
  passage.span = {stored.span.begin + inner.begin, stored.span.begin + inner.end};
  const std::size_t begin = stored.begin_code_point + inner.begin;
  passage.url = with_span(passage.document_url, begin, begin + count_code_points(passage.text));
  passage.score = ranked.score;
  passage.why = std::move(ranked.why);
  return passage;
}

// Lets `stop` end the statements of one call, and no later ones.
class InterruptScope {
 public:
  InterruptScope(Database& database, std::stop_token stop) : database_(database) {
    database_.interrupt_on(std::move(stop));
  }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
  ~InterruptScope() { database_.interrupt_on({}); }

 private:
  Database& database_;
};

}  // namespace

Result<void> check_collection_name(std::string_view name) {
  const auto refuse = [&](std::string_view rule) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is not a name for a collection: {}", name, rule));
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kNameBytesMax) return refuse("it is longer than 64 bytes");
  if (!is_valid_utf8(name)) return refuse("it is not valid UTF-8");
  if (name.front() == '.' || name.front() == '-') return refuse("it begins with '.' or '-'");
  for (Utf8Cursor at(name); !at.done(); at.next()) {
    if (!is_name_character(at.value())) {
      return refuse("only letters, digits, '-', '_' and '.' are allowed");
    }
  }
  return {};
}

Collection::Collection(std::string name, PassageStore store)
    : name_(std::move(name)), store_(std::move(store)) {}
Collection::Collection(Collection&&) noexcept = default;
Collection& Collection::operator=(Collection&&) noexcept = default;
Collection::~Collection() = default;

Result<Collection> Collection::open(const fs::path& data_dir, std::string name,
                                    CollectionAccess access) {
  MUAI_TRY_VOID(check_collection_name(name));
  const fs::path file = file_of(data_dir, name);
  if (access == CollectionAccess::Read && !fs::exists(file)) {
    MUAI_TRY(Error missing, no_such_collection(data_dir, name));
    return std::unexpected(std::move(missing));
  }
  MUAI_TRY(PassageStore store, PassageStore::open(file, access == CollectionAccess::Read
                                                            ? DatabaseAccess::Reader
                                                            : DatabaseAccess::ExclusiveWriter));
  return Collection(std::move(name), std::move(store));
}

Result<Collection> Collection::open_in_memory(std::string name) {
  MUAI_TRY_VOID(check_collection_name(name));
  MUAI_TRY(PassageStore store, PassageStore::open_in_memory());
  return Collection(std::move(name), std::move(store));
}

Result<AddReport> Collection::add(std::span<const fs::path> paths, const AddOptions& options,
                                  const AddProgressCallback& progress, std::stop_token stop) {
  CollectionWriter writer(name_, store_, options, progress, std::move(stop));
  return writer.add(paths);
}

Result<void> Collection::put(std::string_view relative_path, const Document& document) {
  PreparedDocument prepared = prepare_document(make_kb_url(name_, relative_path), document);
  prepared.stored.content_sha256 = sha256_hex(document.text);
  prepared.stored.size = static_cast<std::int64_t>(document.text.size());
  MUAI_TRY_VOID(put_prepared(store_, prepared));
  return store_.settle();
}

Result<std::vector<StoredDocument>> Collection::list() { return store_.list(); }

Result<std::size_t> Collection::remove(std::string_view url_or_path) {
  const std::string_view asked = without_fragment(url_or_path);
  if (asked.empty()) return fail(ErrorCode::InvalidInput, "say which document to remove");
  std::error_code failed;
  const fs::path path = fs::weakly_canonical(fs::path(url_or_path), failed);
  std::string url =
      asked.starts_with("kb://") ? std::string(asked) : make_kb_url(name_, url_or_path);
  while (url.ends_with('/')) url.pop_back();
  MUAI_TRY(const std::vector<StoredDocument> documents, store_.list());
  std::size_t removed = 0;
  for (const StoredDocument& document : documents) {
    const bool is_named = document.url == url || document.url.starts_with(url + "/") ||
                          (!document.path.empty() && is_within(document.path, path));
    if (!is_named) continue;
    MUAI_TRY_VOID(store_.remove(document.id));
    ++removed;
  }
  MUAI_TRY(const std::vector<StoredRoot> roots, store_.roots());
  for (const StoredRoot& root : roots) {
    const bool is_named = make_kb_url(name_, root.label) == url || is_within(root.path, path);
    if (is_named) MUAI_TRY_VOID(store_.remove_root(root.id));
  }
  return removed;
}

Result<std::optional<VectorModel>> Collection::vector_model() {
  return PassageVectors(store_.database()).model();
}

Result<EmbedProgress> Collection::embed_missing(const std::string& model, const EmbedTexts& embed,
                                                const EmbedProgressCallback& progress,
                                                std::stop_token stop) {
  PassageVectors vectors(store_.database());
  MUAI_TRY(const std::optional<VectorModel> before, vectors.model());
  if (before && before->name != model) MUAI_TRY_VOID(vectors.clear());
  EmbedProgress counts;
  MUAI_TRY(counts.all, store_.passage_count());
  for (;;) {
    MUAI_TRY(counts.done, vectors.count());
    if (progress) progress(counts);
    if (stop.stop_requested()) {
      return fail(ErrorCode::Cancelled, "stopped; the same command goes on from there");
    }
    MUAI_TRY(const std::vector<PlainPassage> missing, vectors.missing(kEmbeddedTogether));
    if (missing.empty()) return counts;
    std::vector<std::int64_t> ids;
    std::vector<std::string> texts;
    for (const PlainPassage& passage : missing) {
      ids.push_back(passage.id);
      texts.push_back(text_to_embed(passage));
    }
    MUAI_TRY(const std::vector<std::vector<float>> made, embed(texts));
    if (made.size() != texts.size()) {
      return fail(ErrorCode::Upstream,
                  fmt::format("{} made {} vectors of {} texts", model, made.size(), texts.size()));
    }
    MUAI_TRY_VOID(vectors.set_model({model, made.front().size()}));
    MUAI_TRY_VOID(vectors.put(ids, made));
  }
}

Result<std::vector<NearPassage>> Collection::near_passages(std::span<const float> embedding,
                                                           std::size_t limit) {
  if (embedding.empty()) return std::vector<NearPassage>();
  PassageVectors stored(store_.database());
  MUAI_TRY(const std::int64_t generation, stored.generation());
  if (vectors_ == nullptr || generation != vectors_generation_) {
    MUAI_TRY(VectorTable table, stored.read());
    vectors_ = std::make_unique<VectorIndex>(std::move(table));
    vectors_generation_ = generation;
  }
  if (vectors_->size() == 0) return std::vector<NearPassage>();
  if (embedding.size() != vectors_->dimension()) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("an embedding of {} numbers was asked of vectors of {}",
                            embedding.size(), vectors_->dimension()));
  }
  MUAI_TRY(const std::vector<float> unit, unit_vector(embedding));
  return vectors_->nearest(unit, limit);
}

Result<std::vector<Passage>> Collection::search(std::string_view query,
                                                const SearchOptions& options,
                                                std::stop_token stop) {
  const InterruptScope interruptible(store_.database(), std::move(stop));
  const std::size_t ranked_max = options.limit + kSpareHits;
  MUAI_TRY(std::vector<NearPassage> near, near_passages(options.embedding, ranked_max));
  MUAI_TRY(const ReadScope reading, store_.begin_reading());
  MUAI_TRY(std::vector<RankedPassage> ranking, rank_passages(store_, {.query = query,
                                                                      .limit = ranked_max,
                                                                      .reasons = options.reasons,
                                                                      .near = std::move(near)}));
  std::vector<Passage> hits;
  SimilarTexts shown;
  for (RankedPassage& ranked : ranking) {
    if (hits.size() >= options.limit) break;
    MUAI_TRY(std::optional<FoundPassage> found, store_.find_result(ranked.passage_id));
    if (!found || !shown.add_if_new(found->passage.text, ranked.score)) continue;
    if (options.reasons == Reasons::Omit) ranked.why = {};
    hits.push_back(passage_of(std::move(*found), std::move(ranked)));
  }
  return hits;
}

Result<std::optional<Document>> Collection::find_document(std::string_view url) {
  MUAI_TRY(const auto stored, store_.find_document(without_fragment(url)));
  if (!stored) return std::nullopt;
  Document document;
  MUAI_TRY(document.text, store_.text_of(stored->id));
  document.url = stored->url;
  document.title = stored->title;
  document.language = stored->language;
  MUAI_TRY_VOID(decode_layout(stored->layout, document));
  return document;
}

Result<void> Collection::check_integrity() { return store_.check_integrity(); }

Result<std::vector<std::string>> list_collections(const fs::path& data_dir) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(folder_of(data_dir), failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == kEnding) names.push_back(at->path().stem().string());
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::Io,
                fmt::format("cannot read {}: {}", folder_of(data_dir).string(), failed.message()));
  }
  std::ranges::sort(names);
  return names;
}

Result<void> remove_collection(const fs::path& data_dir, std::string_view name) {
  // Opening for writing takes the lock, which is held until the files are gone.
  MUAI_TRY_VOID(check_collection_name(name));
  const fs::path file = file_of(data_dir, name);
  if (!fs::exists(file)) {
    MUAI_TRY(Error missing, no_such_collection(data_dir, name));
    return std::unexpected(std::move(missing));
  }
  return remove_database(file);
}

}  // namespace muai
