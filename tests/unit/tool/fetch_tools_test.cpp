#include "muai/tool/fetch_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/async/sleep.h"
#include "tests/support/tool_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ToolSite;

// Owns kb://slow/N, which takes 10 - N seconds, and kb://broken/...; knows how many read at once.
class ShelfProvider final : public SearchProvider {
 public:
  std::string_view name() const override { return "shelf"; }
  std::string host_for(const SearchRequest&) const override { return ""; }
  Task<Result<std::vector<SearchResult>>> search(SearchRequest, ToolContext) const override {
    co_return std::vector<SearchResult>{};
  }
  Task<Result<std::optional<Page>>> read(std::string url, ToolContext context) const override {
    if (url.starts_with("kb://broken/")) co_return fail(ErrorCode::Corrupt, "torn page");
    if (!url.starts_with("kb://slow/")) co_return std::optional<Page>();
    reading_max = std::max(reading_max, ++reading);
    MUAI_CO_TRY_VOID(co_await sleep_for(*context.loop, std::chrono::seconds('9' + 1 - url.back()),
                                        context.stop));
    --reading;
    co_return Page{.requested_url = url, .url = url, .text = "text of " + url};
  }

  mutable int reading = 0;
  mutable int reading_max = 0;
};

struct FetchTools : ::testing::Test {
  Result<json::value> fetch(std::string_view arguments) {
    return site.call(*make_fetch_multiple_tool(reader), arguments);
  }

  ToolSite site;
  ShelfProvider shelf;
  PageReader reader{nullptr, {&shelf}, {}};
};

TEST_F(FetchTools, PagesComeInTheOrderAskedForWhateverTheirTime) {
  const auto read = fetch(R"({"urls":["kb://slow/1","kb://slow/9","kb://slow/1","kb://slow/5"]})");
  ASSERT_TRUE(read) << read.error().message();
  std::vector<std::string> urls;
  for (const json::value& page : read->at("pages").as_array())
    urls.emplace_back(page.at("url").as_string());
  EXPECT_THAT(urls, ElementsAre("kb://slow/1", "kb://slow/9", "kb://slow/1", "kb://slow/5"));
  EXPECT_EQ(read->at("failures"), json::array());
}

TEST_F(FetchTools, AFailureIsListedAndStopsNoOther) {
  const auto read = fetch(R"({"urls":["kb://broken/1","kb://slow/9","kb://none/","file:///x"]})");
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->at("pages").as_array().size(), 1U);
  EXPECT_EQ(read->at("pages").at(0).at("text"), "text of kb://slow/9");
  const json::array& failures = read->at("failures").as_array();
  ASSERT_EQ(failures.size(), 3U);
  EXPECT_EQ(
      failures[0],
      json::value({{"url", "kb://broken/1"}, {"error", "torn page"}, {"error_type", "corrupt"}}));
  EXPECT_EQ(failures[1].at("error_type"), "not_found");
  EXPECT_EQ(failures[2].at("error_type"), "refused");
  EXPECT_EQ(site.notes.size(), 3U);
  EXPECT_EQ(site.notes.at(0), "page kb://broken/1 failed: torn page");
}

TEST_F(FetchTools, FourPagesAreReadAtATime) {
  json::array urls(9, json::value("kb://slow/3"));
  ASSERT_TRUE(fetch(json::serialize(json::object{{"urls", urls}})));
  EXPECT_EQ(shelf.reading_max, 4);
}

TEST_F(FetchTools, StoppingEndsAllOfThem) {
  site.loop.at(site.loop.now() + 1s, [this] { site.stop.request_stop(); });
  const auto read = fetch(R"({"urls":["kb://slow/1","kb://slow/2"]})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Cancelled);
}

TEST_F(FetchTools, OnePageIsGivenOrItsError) {
  const auto tool = make_fetch_url_tool(reader);
  const auto page = site.call(*tool, R"({"url":"kb://slow/9"})");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->at("text"), "text of kb://slow/9");
  const auto missing = site.call(*tool, R"({"url":"kb://gone/a.md"})");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("kb://gone/a.md"));
}

TEST_F(FetchTools, AnErrorStatusIsAnErrorOfItsKind) {
  const PageReader web(site.fetcher.get(), {}, {});
  const auto tool = make_fetch_url_tool(web);
  const std::map<int, ErrorCode> kinds{{403, ErrorCode::Refused},
                                       {404, ErrorCode::NotFound},
                                       {410, ErrorCode::NotFound},
                                       {500, ErrorCode::Upstream}};
  for (const auto& [status, code] : kinds) {
    site.net.set_default({.status = status});
    const auto page = site.call(*tool, R"({"url":"https://a.example/"})");
    ASSERT_FALSE(page) << status;
    EXPECT_EQ(page.error().code(), code) << status;
    EXPECT_THAT(page.error().message(), HasSubstr("https://a.example/"));
  }
}

TEST(PageJson, APageIsTheSameAfterBeingWrittenAndRead) {
  const Page page{.requested_url = "http://a.example/",
                  .url = "https://a.example/#3-9",
                  .title = "标题",
                  .author = "A",
                  .date = "2024-05-06",
                  .language = "zh",
                  .retrieved_at = 1.5,
                  .text = "text",
                  .byte_start = 7,
                  .start = 3,
                  .text_sha256 = "ab",
                  .notes = {"n1", "n2"}};
  const auto read = page_from_json(page_to_json(page));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(page_to_json(*read), page_to_json(page));
  EXPECT_EQ(read->byte_start, 7U);
  EXPECT_THAT(read->notes, ElementsAre("n1", "n2"));
}

TEST(PageJson, WhatIsNoPageIsRefusedAndOddMembersAreIgnored) {
  for (const std::string odd : {"[]", "{}", R"({"url":"u"})", "null"})
    EXPECT_FALSE(page_from_json(json::parse(odd))) << odd;
  const auto read = page_from_json(json::parse(R"({"url":"u","text":"t","notes":[1,"n"]})"));
  ASSERT_TRUE(read);
  EXPECT_THAT(read->notes, ElementsAre("n"));
}

TEST(PageJson, NumbersThatFitNoMemberAreRefused) {
  // A negative or huge byte_start ended the program with an exception.
  for (const std::string odd : {"-1", "1e300", "0.5"}) {
    const auto read =
        page_from_json(json::parse(R"({"url":"u","text":"t","byte_start":)" + odd + "}"));
    ASSERT_FALSE(read) << odd;
    EXPECT_EQ(read.error().code(), ErrorCode::InvalidInput);
  }
}

}  // namespace
}  // namespace muai
