#include "rag/collection_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "muai/async/ordered_jobs.h"
#include "muai/core/sha256.h"
#include "muai/text/language.h"
#include "rag/document_layout.h"
#include "rag/file_document.h"
#include "rag/kb_url.h"

namespace muai {
namespace {

// Documents are committed together when either is reached: commits cost a write each, and what is
// not committed yet is lost by a kill.
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::size_t kBatchDocuments = 64;

// Parsing is the slower stage, so it gets both cores; the writer works in between.
constexpr OrderedJobsOptions kReaders{.threads = 2, .ahead_max = 8};

std::string language_tag(std::string_view text) {
  const Language language = language_of(text);
  return language == Language::Other ? std::string() : std::string(to_string(language));
}

void add_counts(AddProgress& total, const AddProgress& more) {
  total.files_done += more.files_done;
  total.added += more.added;
  total.replaced += more.replaced;
  total.unchanged += more.unchanged;
  total.skipped += more.skipped;
  total.removed += more.removed;
  total.passages += more.passages;
  total.bytes_read += more.bytes_read;
}

bool is_gone(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

PreparedDocument prepare_document(std::string url, Document document, const ChunkSizes& sizes) {
  PreparedDocument prepared;
  prepared.chunks = chunk_document(document, sizes);
  prepared.stored.url = std::move(url);
  prepared.stored.title = document.title;
  prepared.stored.language = language_tag(document.text);
  prepared.stored.layout = encode_layout(document);
  prepared.text = std::move(document.text);
  return prepared;
}

Result<void> put_prepared(PassageStore& store, const PreparedDocument& prepared) {
  std::vector<NewPassage> passages;
  passages.reserve(prepared.chunks.size());
  for (const Chunk& chunk : prepared.chunks) {
    passages.push_back({chunk.heading, chunk.span.of(prepared.text)});
  }
  return store.put(prepared.stored, passages);
}

CollectionWriter::CollectionWriter(std::string_view collection, PassageStore& store,
                                   const AddOptions& options, const AddProgressCallback& progress,
                                   std::stop_token stop)
    : collection_(collection),
      store_(store),
      options_(options),
      progress_(progress),
      stop_(std::move(stop)) {}

Result<AddReport> CollectionWriter::add(std::span<const std::filesystem::path> paths) {
  MUAI_TRY(const std::vector<StoredRoot> roots, store_.roots());
  MUAI_TRY(FileWalk walk, walk_files(paths, roots, options_, stop_));
  MUAI_TRY_VOID(store_roots(walk));
  MUAI_TRY(std::vector<StoredDocument> known, store_.list());
  for (StoredDocument& document : known) {
    if (!document.path.empty()) known_by_path_.emplace(document.path, std::move(document));
  }
  report_.skipped = walk.skipped;
  report_.counts.files_found = walk.files.size();
  const std::vector<Job> jobs = changed_files(walk);
  tell();
  auto done = run_jobs(jobs);
  if (!done) {
    store_.rollback();
    return pass(std::move(done));
  }
  MUAI_TRY_VOID(handle_vanished(walk));
  MUAI_TRY_VOID(store_.settle(stop_));
  tell();
  return std::move(report_);
}

Result<void> CollectionWriter::store_roots(const FileWalk& walk) {
  for (const StoredRoot& root : walk.new_roots) {
    MUAI_TRY_VOID(store_.put_root(root.path, root.label));
  }
  return {};
}

// Files whose size or time is not the stored one. The rest counts as done.
std::vector<CollectionWriter::Job> CollectionWriter::changed_files(const FileWalk& walk) {
  std::vector<Job> jobs;
  for (const FoundFile& file : walk.files) {
    const auto known = known_by_path_.find(file.path.native());
    const StoredDocument* document = known == known_by_path_.end() ? nullptr : &known->second;
    if (document != nullptr && document->size == file.size &&
        document->modified_ns == file.modified_ns) {
      ++report_.counts.unchanged;
      ++report_.counts.files_done;
    } else {
      jobs.push_back({&file, document});
    }
  }
  return jobs;
}

// Runs on a worker thread: touches nothing but the file and constants of this object.
CollectionWriter::Outcome CollectionWriter::read(const Job& job) const {
  const FoundFile& file = *job.file;
  auto bytes = read_whole_file(file.path, options_.file_bytes_max);
  if (!bytes) return {pass(std::move(bytes)), 0};
  std::string hash = sha256_hex(*bytes);
  if (job.known != nullptr && job.known->content_sha256 == hash) {
    return {SameContent{}, bytes->size()};
  }
  // Only the file's name is told, so that no path of this machine gets into a document.
  const std::size_t size = bytes->size();
  auto document = read_file_document(
      *std::move(bytes), {.content_type = "", .url_or_path = file.path.filename().string()}, stop_);
  if (!document) return {pass(std::move(document)), size};
  PreparedDocument prepared = prepare_document(
      job.known != nullptr ? job.known->url : make_kb_url(collection_, file.url_path),
      *std::move(document));
  prepared.stored.path = file.path.native();
  prepared.stored.content_sha256 = std::move(hash);
  prepared.stored.modified_ns = file.modified_ns;
  prepared.stored.size = file.size;
  return {std::move(prepared), size};
}

Result<void> CollectionWriter::run_jobs(const std::vector<Job>& jobs) {
  OrderedJobs<Outcome> outcomes(jobs.size(), kReaders,
                                [&](std::size_t number) { return read(jobs[number]); });
  for (const Job& job : jobs) {
    if (stop_.stop_requested()) {
      MUAI_TRY_VOID(commit_batch());
      return fail(ErrorCode::Cancelled,
                  fmt::format("stopped after {} of {} files; the same command goes on from there",
                              report_.counts.files_done, report_.counts.files_found));
    }
    MUAI_TRY_VOID(take(job, *outcomes.take()));
    if (batch_bytes_ >= kBatchBytes || batch_.files_done >= kBatchDocuments) {
      MUAI_TRY_VOID(commit_batch());
    }
  }
  return commit_batch();
}

Result<void> CollectionWriter::take(const Job& job, Outcome outcome) {
  batch_.bytes_read += outcome.bytes;
  ++batch_.files_done;
  if (!outcome.reading) {
    ++batch_.skipped;
    report_.skipped.push_back({job.file->path, outcome.reading.error().message()});
    return {};
  }
  if (!is_batch_open_) MUAI_TRY_VOID(store_.begin());
  is_batch_open_ = true;
  if (std::holds_alternative<SameContent>(*outcome.reading)) {
    ++batch_.unchanged;
    return store_.set_file_times(job.known->id, job.file->modified_ns, job.file->size);
  }
  const auto& prepared = std::get<PreparedDocument>(*outcome.reading);
  MUAI_TRY_VOID(put_prepared(store_, prepared));
  ++(job.known == nullptr ? batch_.added : batch_.replaced);
  batch_.passages += prepared.chunks.size();
  batch_bytes_ += prepared.text.size();
  return {};
}

Result<void> CollectionWriter::commit_batch() {
  if (is_batch_open_) MUAI_TRY_VOID(store_.commit());
  is_batch_open_ = false;
  batch_bytes_ = 0;
  add_counts(report_.counts, std::exchange(batch_, {}));
  tell();
  return {};
}

// Documents below what was walked whose file no longer exists.
Result<void> CollectionWriter::handle_vanished(const FileWalk& walk) {
  for (const auto& [path, document] : known_by_path_) {
    const bool was_walked = std::ranges::any_of(
        walk.walked, [&](const std::filesystem::path& asked) { return is_within(path, asked); });
    if (!was_walked || !is_gone(path)) continue;
    report_.vanished.push_back(document.url);
    if (options_.vanished != VanishedFiles::Remove) continue;
    MUAI_TRY_VOID(store_.remove(document.id));
    ++report_.counts.removed;
  }
  return {};
}

void CollectionWriter::tell() {
  if (progress_) progress_(report_.counts);
}

}  // namespace muai
