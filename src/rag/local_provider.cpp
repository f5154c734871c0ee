// A result of `local` is a passage; reading it gives the passage with the paragraphs around it. The
// collections are shared with pool jobs behind one lock, because a search that was stopped may
// still be running there.

#include "muai/rag/local_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "muai/async/pool.h"
#include "muai/core/byte_span.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::string_view kScheme = "kb://";

// "kb://notes/a.md#10-20" -> "notes".
std::string_view collection_of(std::string_view url) {
  url.remove_prefix(kScheme.size());
  return url.substr(0, url.find('/'));
}

struct Range {
  std::size_t start = 0;  // code points
  std::size_t end = 0;
};

// The #start-end of a URL; nothing when it has none or it is malformed.
std::optional<Range> range_of(std::string_view url) {
  const std::size_t hash = url.find('#');
  if (hash == std::string_view::npos) return std::nullopt;
  const std::string_view text = url.substr(hash + 1);
  Range range;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.start);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, range.end);
  if (second.ec != std::errc() || second.ptr != end || range.end < range.start) return std::nullopt;
  return range;
}

SearchResult result_of(const Passage& passage) {
  SearchResult result;
  result.title = passage.title;
  if (!passage.heading.empty() && passage.heading != passage.title)
    result.title += (result.title.empty() ? "" : " > ") + passage.heading;
  result.url = passage.url;
  result.snippet = passage.text;
  return result;
}

// How much of the document is read along with a passage, on each side: what a passage is about
// often stands just before it, and what it says goes on behind it.
constexpr std::size_t kAroundBytes = 1000;

// A list or a table is one paragraph, and may be longer: it is read whole up to here, on each side.
constexpr std::size_t kBlockBytesMax = 4000;

// The range widened to whole paragraphs.
ByteSpan with_surroundings(std::string_view text, ByteSpan passage) {
  constexpr std::string_view kBreak = "\n\n";
  const std::size_t earliest = passage.begin - std::min(passage.begin, kAroundBytes);
  const std::size_t latest = std::min(text.size(), passage.end + kAroundBytes);
  if (earliest == 0) {
    passage.begin = 0;
  } else if (const std::size_t at = text.find(kBreak, earliest); at < passage.begin) {
    passage.begin = at + kBreak.size();
  } else if (const std::size_t open = text.rfind(kBreak, earliest);
             open != text.npos && passage.begin - open <= kBlockBytesMax) {
    // What introduces a list, and the caption of a table, is the paragraph before.
    const std::size_t before = open == 0 ? text.npos : text.rfind(kBreak, open - 1);
    const bool near = before != text.npos && passage.begin - before <= kBlockBytesMax;
    passage.begin = (near ? before : open) + kBreak.size();
  }
  if (latest == text.size()) {
    passage.end = latest;
  } else if (const std::size_t at = text.rfind(kBreak, latest);
             at != text.npos && at > passage.end) {
    passage.end = at;
  } else if (const std::size_t close = text.find(kBreak, latest);
             close != text.npos && close - passage.end <= kBlockBytesMax) {
    passage.end = close;
  }
  return passage;
}

Page page_of(std::string url, Document document) {
  Page page;
  page.requested_url = url;
  page.title = document.title;
  page.author = std::move(document.author);
  page.date = std::move(document.date);
  page.language = std::move(document.language);
  if (const std::optional<Range> range = range_of(url)) {
    const ByteSpan passage{byte_offset(document.text, range->start),
                           byte_offset(document.text, range->end)};
    const ByteSpan read = with_surroundings(document.text, passage);
    page.text = document.text.substr(read.begin, read.size());
    page.byte_start = read.begin;
    page.start = code_point_offset(document.text, read.begin);
    url = fmt::format("{}#{}-{}", url.substr(0, url.find('#')), page.start,
                      page.start + count_code_points(page.text));
    page.document_text = std::make_shared<const std::string>(std::move(document.text));
  } else {
    page.text = std::move(document.text);
  }
  page.url = std::move(url);
  return page;
}

}  // namespace

struct LocalProvider::Shelf {
  std::mutex mutex;
  std::vector<LocalSearch> searches;

  Result<bool> has_vectors_of(const std::string& model) {
    const std::lock_guard lock(mutex);
    for (LocalSearch& search : searches) {
      MUAI_TRY(const std::optional<VectorModel> stored, search.vector_model());
      if (stored && stored->name == model) return true;
    }
    return false;
  }

  // `vector` is of `model`, or empty.
  Result<std::vector<SearchResult>> search(const SearchRequest& request, const std::string& model,
                                           const std::vector<float>& vector, std::stop_token stop) {
    const std::lock_guard lock(mutex);
    std::vector<Passage> passages;
    for (LocalSearch& search : searches) {
      MUAI_TRY(const std::optional<VectorModel> stored, search.vector_model());
      SearchOptions options{.limit = request.results_max};
      if (stored && *stored == VectorModel{model, vector.size()}) options.embedding = vector;
      MUAI_TRY(std::vector<Passage> found, search.passages(request.query, options, stop));
      std::move(found.begin(), found.end(), std::back_inserter(passages));
    }
    std::sort(passages.begin(), passages.end(), [](const Passage& a, const Passage& b) {
      return a.score != b.score ? a.score > b.score : a.url < b.url;
    });
    if (passages.size() > request.results_max) passages.resize(request.results_max);
    std::vector<SearchResult> results;
    for (const Passage& passage : passages) results.push_back(result_of(passage));
    return results;
  }

  Result<std::optional<Page>> read(std::string url) {
    const std::lock_guard lock(mutex);
    for (LocalSearch& search : searches) {
      if (search.collection() != collection_of(url)) continue;
      MUAI_TRY(std::optional<Document> document, search.find_document(url));
      if (document) return page_of(std::move(url), *std::move(document));
    }
    return std::optional<Page>();
  }
};

LocalProvider::LocalProvider(std::vector<LocalSearch> searches, QueryEmbedding embedding)
    : shelf_(std::make_shared<Shelf>()), embedding_(std::move(embedding)) {
  shelf_->searches = std::move(searches);
}

LocalProvider::~LocalProvider() = default;

std::string LocalProvider::host_for(const SearchRequest&) const { return {}; }

Task<Result<std::vector<SearchResult>>> LocalProvider::search(SearchRequest request,
                                                              ToolContext context) const {
  std::vector<float> vector;
  if (!embedding_.model.empty()) {
    auto looking = on_pool(
        *context.pool,
        [shelf = shelf_, model = embedding_.model] { return shelf->has_vectors_of(model); },
        context.stop);
    const Result<bool> has_vectors = co_await std::move(looking);
    if (has_vectors && *has_vectors) {
      auto embedding = embedding_.embed(request.query, context);
      Result<std::vector<float>> made = co_await std::move(embedding);
      if (made) {
        vector = *std::move(made);
      } else if (context.note) {
        context.note("found by words alone: " + made.error().message());
      }
    }
  }
  auto work = [shelf = shelf_, request = std::move(request), model = embedding_.model,
               vector = std::move(vector),
               stop = context.stop] { return shelf->search(request, model, vector, stop); };
  auto searching = on_pool(*context.pool, std::move(work), context.stop);
  co_return co_await std::move(searching);
}

Task<Result<std::optional<Page>>> LocalProvider::read(std::string url, ToolContext context) const {
  if (!url.starts_with(kScheme)) co_return std::optional<Page>();
  auto work = [shelf = shelf_, url = std::move(url)] { return shelf->read(url); };
  auto reading = on_pool(*context.pool, std::move(work), context.stop);
  auto page = co_await std::move(reading);
  if (page && *page) (*page)->retrieved_at = context.loop->unix_seconds();
  co_return std::move(page);
}

}  // namespace muai
