#include "muai/tool/web_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tool_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ToolSite;

// Gives one answer and writes down in `log` that it was asked.
class FixedProvider final : public SearchProvider {
 public:
  FixedProvider(std::string name, std::string host, Result<std::vector<SearchResult>> answer,
                std::vector<std::string>& log)
      : name_(std::move(name)), host_(std::move(host)), answer_(std::move(answer)), log_(log) {}

  std::string_view name() const override { return name_; }
  std::string host_for(const SearchRequest&) const override { return host_; }
  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext) const override {
    log_.push_back(name_ + " asked for " + std::to_string(request.results_max) + " of '" +
                   request.query + "' in '" + request.language + "'");
    co_return answer_;
  }

 private:
  std::string name_;
  std::string host_;
  Result<std::vector<SearchResult>> answer_;
  std::vector<std::string>& log_;
};

const std::vector<SearchResult> kNothing;
const std::vector<SearchResult> kOne{{.title = "T", .url = "https://t.example/", .snippet = "s"}};

Result<std::vector<SearchResult>> failed(ErrorCode code, std::string message) {
  return fail(code, std::move(message));
}

struct WebSearch : ::testing::Test {
  const SearchProvider* add(std::string name, std::string host,
                            Result<std::vector<SearchResult>> answer) {
    owned.push_back(
        std::make_unique<FixedProvider>(std::move(name), std::move(host), std::move(answer), log));
    return owned.back().get();
  }
  Result<json::value> search(std::string_view arguments = R"({"query":"q"})") {
    std::vector<const SearchProvider*> providers;
    for (const auto& one : owned) providers.push_back(one.get());
    const auto tool = make_web_search_tool(
        providers, [this](std::string_view host) { log.push_back("told " + std::string(host)); });
    return site.call(*tool, arguments);
  }

  ToolSite site;
  std::vector<std::string> log;
  std::vector<std::unique_ptr<SearchProvider>> owned;
};

TEST_F(WebSearch, TheFirstThatFindsSomethingAnswers) {
  add("local", "", kOne);
  add("web", "web.example", kOne);
  const auto found = search();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, json::parse(R"({"provider":"local","results":[
      {"title":"T","url":"https://t.example/","snippet":"s"}]})"));
  EXPECT_THAT(log, ElementsAre("local asked for 5 of 'q' in ''"));
  EXPECT_THAT(site.notes, IsEmpty());
}

TEST_F(WebSearch, HostsAreToldBeforeTheQuestionLeaves) {
  add("local", "", kNothing);
  add("a", "a.example", failed(ErrorCode::Network, "down"));
  add("b", "b.example", kOne);
  const auto found = search(R"({"query":"光","max_results":3,"language":"zh"})");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->at("provider"), "b");
  EXPECT_THAT(log, ElementsAre("local asked for 3 of '光' in 'zh'", "told a.example",
                               "a asked for 3 of '光' in 'zh'", "told b.example",
                               "b asked for 3 of '光' in 'zh'"));
  EXPECT_THAT(site.notes, ElementsAre("search a: down"));
}

TEST_F(WebSearch, WhenAllFailTheFirstDecidesAndAllAreTold) {
  add("a", "a.example", failed(ErrorCode::Refused, "no key"));
  add("b", "b.example", failed(ErrorCode::Network, "down"));
  const auto found = search();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Refused);
  // The message told of the first only, so that nobody saw why the second was of no use.
  EXPECT_EQ(found.error().message(), "no key; then down");
  EXPECT_THAT(site.notes, ElementsAre("search a: no key", "search b: down"));
}

TEST_F(WebSearch, NothingFoundIsAnAnswerOfTheLastThatAnswered) {
  // The empty answer named the last provider even when that one had failed.
  add("local", "", kNothing);
  add("web", "web.example", failed(ErrorCode::Network, "down"));
  const auto found = search();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, json::parse(R"({"provider":"local","results":[]})"));
  EXPECT_THAT(site.notes, ElementsAre("search web: down"));
}

TEST_F(WebSearch, ACancelledSearchAsksNoOneElse) {
  add("a", "", failed(ErrorCode::Cancelled, "stopped"));
  add("b", "", kOne);
  const auto found = search();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(log.size(), 1U);
}

TEST_F(WebSearch, WithoutProvidersItSaysWhatToDo) {
  const auto found = search();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(found.error().message(), HasSubstr("muai kb add"));
}

TEST_F(WebSearch, ItsArgumentsAreChecked) {
  add("a", "", kOne);
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(make_web_search_tool({owned[0].get()}, {})));
  for (const std::string wrong :
       {"{}", R"({"query":""})", R"({"query":"q","max_results":0})", R"({"query":"q","n":1})",
        R"({"query":"q","max_results":51})", R"({"query":"q","max_results":"5"})", "[]"}) {
    const auto called = site.loop.run(tools.call("web_search", json::parse(wrong), site.context()));
    ASSERT_FALSE(called) << wrong;
    EXPECT_EQ(called.error().code(), ErrorCode::InvalidInput) << wrong;
  }
  EXPECT_THAT(log, IsEmpty());
  EXPECT_TRUE(site.loop.run(
      tools.call("web_search", json::parse(R"({"query":"q","max_results":2.0})"), site.context())));
}

}  // namespace
}  // namespace muai
