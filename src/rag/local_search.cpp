#include "muai/rag/local_search.h"

#include <algorithm>
#include <set>
#include <utility>

#include "muai/document/read_document.h"

namespace muai {
namespace {

// Documents often have several good passages; this many passages are looked at for each document
// that is asked for.
constexpr std::size_t kPassagesPerDocument = 4;

}  // namespace

LocalSearch::LocalSearch(Collection collection, std::vector<SkippedFile> skipped)
    : collection_(std::move(collection)), skipped_(std::move(skipped)) {}

Result<LocalSearch> LocalSearch::open(const std::filesystem::path& data_dir,
                                      std::string collection) {
  MUAI_TRY(Collection opened,
           Collection::open(data_dir, std::move(collection), CollectionAccess::Read));
  return LocalSearch(std::move(opened), {});
}

Result<LocalSearch> LocalSearch::from_paths(std::span<const std::filesystem::path> paths,
                                            std::stop_token stop) {
  MUAI_TRY(Collection collection, Collection::open_in_memory("files"));
  MUAI_TRY(AddReport report, collection.add(paths, {}, {}, std::move(stop)));
  if (report.counts.added == 0) {
    const std::string reason =
        report.skipped.empty()
            ? "there is no .html, .md, .txt, .rst, .docx, .epub or .pdf file in it"
            : report.skipped.front().path.string() + ": " + report.skipped.front().reason;
    return fail(ErrorCode::InvalidInput, "nothing to read: " + reason);
  }
  return LocalSearch(std::move(collection), std::move(report.skipped));
}

Result<LocalSearch> LocalSearch::from_text(std::string collection, std::string_view path,
                                           std::string_view bytes) {
  MUAI_TRY(const Document document, read_document(bytes, {.url_or_path = std::string(path)}));
  MUAI_TRY(Collection opened, Collection::open_in_memory(std::move(collection)));
  MUAI_TRY_VOID(opened.put(path, document));
  return LocalSearch(std::move(opened), {});
}

Result<std::vector<Passage>> LocalSearch::passages(std::string_view query,
                                                   const SearchOptions& options,
                                                   std::stop_token stop) {
  return collection_.search(query, options, std::move(stop));
}

Result<std::vector<Passage>> LocalSearch::documents(std::string_view query,
                                                    const SearchOptions& options,
                                                    std::stop_token stop) {
  SearchOptions wide = options;
  wide.limit = options.limit * kPassagesPerDocument;
  MUAI_TRY(std::vector<Passage> found, collection_.search(query, wide, std::move(stop)));
  std::set<std::string> seen;
  std::erase_if(found,
                [&](const Passage& passage) { return !seen.insert(passage.document_url).second; });
  if (found.size() > options.limit) found.resize(options.limit);
  return found;
}

Result<std::optional<Document>> LocalSearch::find_document(std::string_view url) {
  return collection_.find_document(url);
}

Result<std::optional<std::string>> LocalSearch::find_text(std::string_view url) {
  MUAI_TRY(auto document, collection_.find_document(url));
  if (!document) return std::nullopt;
  return std::move(document->text);
}

}  // namespace muai
