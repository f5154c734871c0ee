#pragma once

// PageReader: from a URL to readable text, over the guarded fetcher for the web and through the
// provider that owns it for local documents.

#include <memory>
#include <string>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/tool/page.h"
#include "muai/tool/search_provider.h"
#include "muai/tool/tool.h"

namespace muai {

class Fetcher;

class PageReader {
 public:
  // `fetcher` (null: no network) and the providers outlive the reader.
  PageReader(Fetcher* fetcher, std::vector<const SearchProvider*> providers);

  // Reading errors are those of the fetcher and of the document readers. A response with an error
  // status is Upstream, naming it.
  Task<Result<Page>> read(std::string url, ToolContext context) const;

 private:
  Task<Result<Page>> read_web(std::string url, ToolContext context) const;

  Fetcher* fetcher_;
  std::vector<const SearchProvider*> providers_;
};

}  // namespace muai
