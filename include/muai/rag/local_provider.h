#pragma once

// LocalProvider: the user's own documents as a search provider, `local`.

#include <memory>
#include <string>
#include <vector>

#include "muai/rag/local_search.h"
#include "muai/tool/search_provider.h"

namespace muai {

// Searches several collections as one and reads their kb:// URLs. Results are passages: a URL with
// its #start-end, the passage as snippet. All work is done on pool threads, one call at a time.
class LocalProvider final : public SearchProvider {
 public:
  explicit LocalProvider(std::vector<LocalSearch> searches);
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
};

}  // namespace muai
