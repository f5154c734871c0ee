// Providers are asked first, as they own local addresses; the rest is fetched, and read on a pool
// thread or, for PDF, by a program.

#include "muai/tool/page_reader.h"

#include <fmt/format.h>

#include "muai/async/pool.h"
#include "muai/document/document.h"
#include "muai/document/pdf.h"
#include "muai/document/read_document.h"
#include "muai/document/reading.h"
#include "muai/net/fetcher.h"
#include "muai/net/robots_cache.h"
#include "muai/net/url.h"

namespace muai {
namespace {

std::string content_type_of(const HttpResponse& response) {
  return response.charset.empty() ? response.media_type
                                  : response.media_type + "; charset=" + response.charset;
}

DocumentHint hint_of(const HttpResponse& response) {
  return {.content_type = content_type_of(response), .url_or_path = response.final_url.href()};
}

// A page of a provider has no source to look into.
Reading reading_of(Page page) {
  Reading reading;
  reading.document.url = std::move(page.url);
  reading.document.title = std::move(page.title);
  reading.document.author = std::move(page.author);
  reading.document.date = std::move(page.date);
  reading.document.language = std::move(page.language);
  reading.document.text = std::move(page.text);
  reading.document.notes = std::move(page.notes);
  return reading;
}

Error robots_error(const Url& url) {
  return Error(ErrorCode::Refused,
               fmt::format("'{}' is not fetched: the site's robots.txt asks programs to leave it "
                           "alone, or could not be read; if you may read it, set "
                           "network.respect_robots: false",
                           url.display()));
}

Error status_error(const HttpResponse& response) {
  const std::string what =
      fmt::format("{} answered HTTP {}", response.final_url.display(), response.status);
  switch (response.status) {
    case 401:
    case 403: return Error(ErrorCode::Refused, what + "; the page does not let programs in");
    case 404:
    case 410: return Error(ErrorCode::NotFound, what + "; the page does not exist");
    case 429:
    case 503:
      return Error(ErrorCode::Upstream, what + "; the host asks to wait")
          .retry_after(response.retry_after_s);
    default: return Error(ErrorCode::Upstream, what);
  }
}

}  // namespace

PageReader::PageReader(Fetcher* fetcher, std::vector<const SearchProvider*> providers,
                       PageArchive archive, Spawner* spawner, RobotsCache* robots)
    : fetcher_(fetcher),
      providers_(std::move(providers)),
      archive_(std::move(archive)),
      spawner_(spawner),
      robots_(robots) {}

Task<Result<Page>> PageReader::read(std::string url, ToolContext context) const {
  auto reading = read_unarchived(std::move(url), context);
  auto page = co_await std::move(reading);
  if (!page || !archive_) co_return std::move(page);
  // Copies for the pool thread: on stop this task goes on, and may be gone, while the job runs.
  auto work = [archive = archive_, kept = *page] { return archive(kept); };
  auto archiving = on_pool(*context.pool, std::move(work), context.stop);
  auto sha256 = co_await std::move(archiving);
  if (sha256) {
    page->text_sha256 = *std::move(sha256);
  } else {
    page->notes.push_back("its text could not be kept: " + sha256.error().message());
  }
  co_return std::move(page);
}

Task<Result<Page>> PageReader::read_unarchived(std::string url, ToolContext context) const {
  for (const SearchProvider* provider : providers_) {
    auto reading = provider->read(url, context);
    auto page = co_await std::move(reading);
    if (!page) co_return pass(std::move(page));
    if (*page) co_return **std::move(page);
  }
  if (url.starts_with("kb://")) {
    co_return fail(ErrorCode::NotFound,
                   fmt::format("{} is in no open collection; `muai kb list` names them", url));
  }
  auto reading = read_web(std::move(url), std::move(context));
  co_return co_await std::move(reading);
}

Task<Result<HttpResponse>> PageReader::fetch(std::string url, ToolContext context) const {
  if (!fetcher_) co_return fail(ErrorCode::Refused, "this engine has no network: " + url);
  MUAI_CO_TRY(Url parsed, Url::parse(url));
  if (robots_) {
    auto asking = robots_->allows(parsed, context.stop);
    auto allowed = co_await std::move(asking);
    if (!allowed) co_return pass(std::move(allowed));
    if (!*allowed) co_return std::unexpected(robots_error(parsed));
  }
  HttpRequest request{.url = std::move(parsed)};
  request.headers.add(
      {"Accept",
       "text/html,application/xhtml+xml,text/markdown,text/plain;q=0.8,application/pdf;q=0.7"});
  auto fetching = fetcher_->fetch(std::move(request), context.stop);
  auto response = co_await std::move(fetching);
  if (response && (response->status < 200 || response->status > 299))
    co_return std::unexpected(status_error(*response));
  co_return std::move(response);
}

Task<Result<Page>> PageReader::read_web(std::string url, ToolContext context) const {
  auto fetching = fetch(url, context);
  auto response = co_await std::move(fetching);
  if (!response) co_return pass(std::move(response));

  Page page;
  page.requested_url = std::move(url);
  page.url = response->final_url.with_fragment(std::nullopt).href();
  page.retrieved_at = context.loop->unix_seconds();
  auto parsing = read_body(*std::move(response), std::move(context));
  auto document = co_await std::move(parsing);
  if (!document) {
    Error error = std::move(document).error();
    std::string message = fmt::format("{}: {}", page.url, error.message());
    co_return std::unexpected(std::move(error).with_message(std::move(message)));
  }
  if (document->barrier != PageBarrier::None)
    co_return fail(ErrorCode::Refused,
                   fmt::format("{}: {}", page.url, explain_barrier(document->barrier)));
  page.title = std::move(document->title);
  page.author = std::move(document->author);
  page.date = std::move(document->date);
  page.language = std::move(document->language);
  page.text = std::move(document->text);
  page.notes = std::move(document->notes);
  co_return page;
}

Task<Result<Reading>> PageReader::explain(std::string url, ToolContext context) const {
  for (const SearchProvider* provider : providers_) {
    auto reading = provider->read(url, context);
    auto page = co_await std::move(reading);
    if (!page) co_return pass(std::move(page));
    if (*page) co_return reading_of(**std::move(page));
  }
  auto fetching = fetch(std::move(url), context);
  auto response = co_await std::move(fetching);
  if (!response) co_return pass(std::move(response));
  DocumentHint hint = hint_of(*response);
  auto explaining = explain_bytes(std::move(response->body), std::move(hint), std::move(context));
  co_return co_await std::move(explaining);
}

Task<Result<Reading>> PageReader::explain_bytes(std::string bytes, DocumentHint hint,
                                                ToolContext context) const {
  if (spawner_ && is_pdf(bytes)) {
    auto reading = read_pdf(*spawner_, std::move(bytes), std::move(hint), context.stop);
    auto document = co_await std::move(reading);
    if (!document) co_return pass(std::move(document));
    Reading whole;
    whole.document = *std::move(document);
    co_return whole;
  }
  auto work = [body = std::move(bytes), hint = std::move(hint)] {
    return explain_document(body, hint);
  };
  auto parsing = on_pool(*context.pool, std::move(work), context.stop);
  co_return co_await std::move(parsing);
}

Task<Result<Document>> PageReader::read_body(HttpResponse response, ToolContext context) const {
  DocumentHint hint = hint_of(response);
  if (spawner_ && is_pdf(response.body)) {
    auto reading = read_pdf(*spawner_, std::move(response.body), std::move(hint), context.stop);
    co_return co_await std::move(reading);
  }
  auto work = [body = std::move(response.body), hint = std::move(hint)] {
    return read_document(body, hint);
  };
  auto parsing = on_pool(*context.pool, std::move(work), context.stop);
  co_return co_await std::move(parsing);
}

}  // namespace muai
