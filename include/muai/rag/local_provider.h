#pragma once

// LocalProvider: the user's own documents as a search provider, `local`.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "muai/rag/local_search.h"
#include "muai/tool/search_provider.h"

namespace muai {

// The vector of a query by the configured model. Called on the loop thread, only when a collection
// has vectors of `model`.
struct QueryEmbedding {
  std::string model;  // empty: none is configured
  std::function<Task<Result<std::vector<float>>>(std::string query, ToolContext context)> embed =
      {};
};

// Searches several collections as one and reads their kb:// URLs. Results are passages: a URL with
// its #start-end, the passage as snippet. All work is done on pool threads, one call at a time.
// When a collection has vectors of the configured model, the query's is asked for; when it cannot
// be had, words alone decide and a note says so.
class LocalProvider final : public SearchProvider {
 public:
  explicit LocalProvider(std::vector<LocalSearch> searches, QueryEmbedding embedding = {});
  ~LocalProvider() override;

  std::string_view name() const override { return "local"; }
  std::string host_for(const SearchRequest& request) const override;
  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override;

  // A passage with the paragraphs around it; the URL of the page says which part was read.
  Task<Result<std::optional<Page>>> read(std::string url, ToolContext context) const override;

 private:
  // Shared with pool jobs, which may outlive a stopped call.
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
  QueryEmbedding embedding_;
};

}  // namespace muai
