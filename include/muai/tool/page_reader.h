#pragma once

// PageReader: from a URL to readable text, over the guarded fetcher for the web and through the
// provider that owns it for local documents.

#include <functional>
#include <string>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/tool/page.h"
#include "muai/tool/search_provider.h"
#include "muai/tool/tool.h"

namespace muai {

class Fetcher;
class RobotsCache;
class Spawner;
struct Document;
struct DocumentHint;
struct HttpResponse;
struct Reading;

// Puts away the whole text behind a page and gives its hash. Called on pool threads, several at a
// time.
using PageArchive = std::function<Result<std::string>(const Page& page)>;

class PageReader {
 public:
  // `fetcher` (null: no network), the providers and `spawner` outlive the reader. Without an
  // archive pages carry no hash. `spawner` runs the program that reads PDF files; null: they are
  // refused. `robots` is asked before a page of the web is fetched; null: nobody is.
  PageReader(Fetcher* fetcher, std::vector<const SearchProvider*> providers, PageArchive archive,
             Spawner* spawner = nullptr, RobotsCache* robots = nullptr);

  // Reading errors are those of the fetcher and of the document readers. A response with an error
  // status is Upstream, naming it. A page that is a barrier (consent, paywall, challenge: see
  // Document) is Refused, saying which, and so is a page that
  // the site's robots.txt keeps from programs.
  Task<Result<Page>> read(std::string url, ToolContext context) const;

  // What `read` takes from a page and what it leaves out. A barrier and a page without text are no
  // errors here; nothing is archived.
  Task<Result<Reading>> explain(std::string url, ToolContext context) const;
  // The same for the bytes of a file.
  Task<Result<Reading>> explain_bytes(std::string bytes, DocumentHint hint,
                                      ToolContext context) const;

 private:
  Task<Result<HttpResponse>> fetch(std::string url, ToolContext context) const;
  Task<Result<Page>> read_unarchived(std::string url, ToolContext context) const;
  Task<Result<Page>> read_web(std::string url, ToolContext context) const;
  Task<Result<Document>> read_body(HttpResponse response, ToolContext context) const;

  Fetcher* fetcher_;
  std::vector<const SearchProvider*> providers_;
  PageArchive archive_;
  Spawner* spawner_;
  RobotsCache* robots_;
};

}  // namespace muai
