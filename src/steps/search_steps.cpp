// Steps that find and read pages.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/keys.h"
#include "muai/steps/keys.h"
#include "muai/tool/fetch_tools.h"
#include "steps/doc_sources.h"
#include "steps/settings.h"
#include "steps/standard_steps.h"
#include "steps/tool_call.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kResultsDefault = 8;
constexpr std::int64_t kPagesDefault = 3;
constexpr std::int64_t kTopNDefault = 2;

std::vector<SearchResult> results_of(const json::value& answer) {
  std::vector<SearchResult> results;
  for (const json::value& entry : answer.at("results").as_array()) {
    const json::object& object = entry.as_object();
    results.push_back({std::string(object.at("title").as_string()),
                       std::string(object.at("url").as_string()),
                       std::string(object.at("snippet").as_string()), ""});
  }
  return results;
}

// Passages of local documents cost nothing to read: only web pages are counted.
std::vector<std::string> urls_to_read(const std::vector<SearchResult>& results,
                                      std::int64_t pages_max) {
  std::vector<std::string> urls;
  std::int64_t pages = 0;
  for (const SearchResult& result : results) {
    const bool local = result.url.starts_with("kb://");
    if (!local && pages++ >= pages_max) continue;
    if (std::find(urls.begin(), urls.end(), result.url) == urls.end()) urls.push_back(result.url);
  }
  return urls;
}

std::unexpected<Error> all_failed(const json::array& failures) {
  const json::object& first = failures[0].as_object();
  return fail(ErrorCode::Upstream,
              fmt::format("none of the {} pages could be read; the first: {}: {}", failures.size(),
                          std::string_view(first.at("url").as_string()),
                          std::string_view(first.at("error").as_string())));
}

// Reads the pages through fetch_multiple. One that fails is noted and left out.
Task<Result<State>> read_pages(const ToolRegistry& tools, State in, Runtime& runtime,
                               std::vector<std::string> urls) {
  if (urls.empty()) co_return with_pages(in, {});
  runtime.progress(
      {.text = fmt::format("reading {} page{}", urls.size(), urls.size() == 1 ? "" : "s"),
       .total = static_cast<std::int64_t>(urls.size())});
  json::object arguments{{"urls", json::array(urls.begin(), urls.end())}};
  auto calling = call_tool(tools, runtime, "fetch_multiple", std::move(arguments));
  auto answer = co_await std::move(calling);
  if (!answer) co_return pass(std::move(answer));
  std::vector<Page> pages;
  for (const json::value& entry : answer->at("pages").as_array()) {
    MUAI_CO_TRY(Page page, page_from_json(entry));
    for (const std::string& note : page.notes) runtime.note(page.url + ": " + note);
    pages.push_back(std::move(page));
  }
  const json::array& failures = answer->at("failures").as_array();
  if (pages.empty() && !failures.empty()) co_return all_failed(failures);
  co_return with_pages(in, pages);
}

// The first http(s) address in a text, without the punctuation around it; empty when none.
std::string first_url(std::string_view text) {
  std::size_t at = std::string_view::npos;
  for (const std::string_view scheme : {"https://", "http://"})
    at = std::min(at, text.find(scheme));
  if (at == std::string_view::npos) return {};
  static constexpr std::string_view kEnds[] = {" ",  "\t", "\n", "\r", "<",  ">",  "\"",
                                               "，", "。", "；", "、", "）", "》", "」"};
  std::size_t end = text.size();
  for (const std::string_view stop : kEnds) end = std::min(end, text.find(stop, at));
  std::string_view url = text.substr(at, end - at);
  while (!url.empty() && std::string_view(".,;:!?'").contains(url.back())) url.remove_suffix(1);
  // A closing bracket belongs to the sentence unless it was opened inside the address.
  if (url.ends_with(')') && url.find('(') == std::string_view::npos) url.remove_suffix(1);
  return std::string(url);
}

State with_requested_url(const State& in, const std::string& url) {
  json::object meta;
  if (const json::value* known = in.find(keys::meta); known && known->is_object())
    meta = known->get_object();
  meta["requested_url"] = url;
  return in.with(keys::meta, json::value(std::move(meta)));
}

}  // namespace

Step make_web_search_step(const ToolRegistry& tools) {
  return step("web_search", reads(keys::question), writes(keys::search_results), repeatable(),
              [&tools](State in, Runtime& runtime) -> Task<Result<State>> {
                runtime.progress({.text = "searching"});
                json::object arguments{
                    {"query", in[keys::question]},
                    {"max_results", setting(runtime, "max_results", kResultsDefault)}};
                auto calling = call_tool(tools, runtime, "web_search", std::move(arguments));
                auto answer = co_await std::move(calling);
                if (!answer) co_return pass(std::move(answer));
                co_return in.with(keys::search_results, results_of(*answer));
              });
}

Step make_fetch_url_step(const ToolRegistry& tools) {
  return step("fetch_url", reads(keys::search_results), writes(keys::docs),
              may_write(keys::doc_origins), repeatable(),
              [&tools](State in, Runtime& runtime) -> Task<Result<State>> {
                const std::int64_t pages = setting(runtime, "max_pages", kPagesDefault);
                auto urls = urls_to_read(in[keys::search_results], pages);
                auto reading = read_pages(tools, std::move(in), runtime, std::move(urls));
                co_return co_await std::move(reading);
              });
}

Step make_fetch_top_n_step(const ToolRegistry& tools) {
  return step("fetch_top_n", reads(keys::search_results), writes(keys::docs),
              may_write(keys::doc_origins), repeatable(),
              [&tools](State in, Runtime& runtime) -> Task<Result<State>> {
                const auto most = static_cast<std::size_t>(setting(runtime, "n", kTopNDefault));
                std::vector<SearchResult> results = in[keys::search_results];
                results.resize(std::min(results.size(), most));
                auto urls = urls_to_read(results, static_cast<std::int64_t>(most));
                auto reading = read_pages(tools, std::move(in), runtime, std::move(urls));
                co_return co_await std::move(reading);
              });
}

Step make_fetch_single_url_step(const ToolRegistry& tools) {
  return step("fetch_single_url", reads(keys::question), may_read(keys::meta),
              writes(keys::docs, keys::citations), may_write(keys::doc_origins, keys::meta),
              repeatable(), [&tools](State in, Runtime& runtime) -> Task<Result<State>> {
                const std::string url = first_url(in[keys::question]);
                if (url.empty()) {
                  co_return fail(ErrorCode::InvalidInput,
                                 "the question holds no http:// or https:// address to read");
                }
                runtime.progress({.text = "reading " + url});
                json::object arguments{{"url", url}};
                auto calling = call_tool(tools, runtime, "fetch_url", std::move(arguments));
                auto answer = co_await std::move(calling);
                if (!answer) co_return pass(std::move(answer));
                MUAI_CO_TRY(const Page page, page_from_json(*answer));
                for (const std::string& note : page.notes) runtime.note(page.url + ": " + note);
                const State read = with_pages(in.without(keys::docs.id()), std::span(&page, 1));
                co_return with_requested_url(read, url).with(keys::citations, {page.url});
              });
}

}  // namespace muai
