#include "muai/net/robots.h"

#include <gtest/gtest.h>

#include "muai/async/when_all.h"
#include "muai/net/robots_cache.h"
#include "tests/support/fetch_site.h"
#include "tests/support/json_lines.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using testing::FakeAnswer;
using testing::FetchSite;
using testing::json_lines;

bool allows(std::string_view robots, const char* url) {
  return RobotsRules::parse(robots).allows("FooBot", Url::parse(url).value());
}

TEST(Robots, DecidesEveryCaseOfTheGoogleTests) {
  int cases = 0;
  for (const boost::json::value& value : json_lines("robotstxt/cases.jsonl")) {
    const auto& row = value.as_object();
    const std::string text(row.at("url").as_string());
    const auto url = Url::parse(text.empty() ? "http://foo.bar/" : text);  // "": the root
    ASSERT_TRUE(url) << text;
    const RobotsRules rules = RobotsRules::parse(row.at("robots").as_string());
    EXPECT_EQ(rules.allows(row.at("agent").as_string(), *url), row.at("allowed").as_bool())
        << boost::json::serialize(row);
    ++cases;
  }
  EXPECT_EQ(cases, 108);
}

TEST(Robots, ReadsWhatTheBoundAllowsAndNoMore) {
  std::string robots = "user-agent: FooBot\n";
  robots += std::string(kRobotsBytesMax, '#') + "\ndisallow: /\n";
  EXPECT_TRUE(allows(robots, "http://foo.bar/x"));
}

TEST(Robots, SkipsAByteOrderMarkAndTakesAnyLineEnd) {
  EXPECT_FALSE(allows("\xEF\xBB\xBFuser-agent: FooBot\rdisallow: /x\r\n", "http://foo.bar/x"));
}

TEST(Robots, ForgivesPlainMistakes) {
  EXPECT_FALSE(allows("user-agent FooBot\ndisallow /\n", "http://foo.bar/x"));
  EXPECT_FALSE(allows("useragent: foobot/1.0\ndissalow: /\n", "http://foo.bar/x"));
  EXPECT_TRUE(allows("foo: FooBot\nbar: /\n", "http://foo.bar/x"));
  EXPECT_TRUE(allows("disallow: /\nuser-agent: FooBot\nallow: /\n", "http://foo.bar/x"));
}

TEST(Robots, ItsOwnFileIsAlwaysAllowed) {
  EXPECT_TRUE(allows("user-agent: *\ndisallow: /\n", "http://foo.bar/robots.txt"));
}

TEST(Robots, ManyWildcardsAreNotSlow) {
  std::string pattern;
  for (int i = 0; i < 5000; ++i) pattern += "*a";
  const std::string robots = "user-agent: *\ndisallow: /" + pattern + "b$\n";
  EXPECT_TRUE(allows(robots, ("http://foo.bar/" + std::string(4000, 'a')).c_str()));
}

TEST(Robots, AMissingFileAllowsAndABrokenServerDoesNot) {
  const Url url = Url::parse("http://foo.bar/").value();
  EXPECT_TRUE(RobotsRules::for_status(404).allows("FooBot", url));
  EXPECT_FALSE(RobotsRules::for_status(503).allows("FooBot", url));
}

FakeAnswer plain(int status, std::string body) {
  FakeAnswer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "text/plain"}};
  answer.chunks = {std::move(body)};
  return answer;
}

TEST(RobotsCache, AsksASiteOnceForAllWhoAskAndAgainAfterADay) {
  FetchSite site;
  site.net.set_answer("http://a.test/robots.txt", plain(200, "user-agent: *\ndisallow: /private"));
  RobotsCache cache(site.loop, *site.fetcher, "MuAI");
  std::vector<Task<Result<bool>>> questions;
  for (const char* url : {"http://a.test/x", "http://a.test/private/y", "http://a.test/z"}) {
    questions.push_back(cache.allows(Url::parse(url).value(), {}));
  }
  const auto answers = site.loop.run(when_all(site.loop, std::move(questions))).value();
  EXPECT_EQ(answers.at(0), true);
  EXPECT_EQ(answers.at(1), false);
  EXPECT_EQ(answers.at(2), true);
  EXPECT_EQ(site.net.seen().size(), 1U);
  (void)site.loop.run_for(25h);
  (void)site.loop.run(cache.allows(Url::parse("http://a.test/x").value(), {}));
  EXPECT_EQ(site.net.seen().size(), 2U);
}

TEST(RobotsCache, KnowsWhatAStatusMeans) {
  FetchSite site({.public_pace = {}});
  site.net.set_answer("http://none.test/robots.txt", plain(404, ""));
  site.net.set_answer("http://broken.test/robots.txt", plain(500, ""));
  FakeAnswer picture = plain(200, "x");
  picture.headers = {{"Content-Type", "image/png"}};
  site.net.set_answer("http://picture.test/robots.txt", picture);
  RobotsCache cache(site.loop, *site.fetcher, "MuAI");
  const auto ask = [&](const char* url) {
    return site.loop.run(cache.allows(Url::parse(url).value(), {}));
  };
  EXPECT_EQ(ask("http://none.test/a"), true);
  EXPECT_EQ(ask("http://broken.test/a"), false);
  EXPECT_EQ(ask("http://picture.test/a"), true);
  EXPECT_EQ(ask("http://127.0.0.1/a").error().code(), ErrorCode::Refused);
}

TEST(RobotsCache, AStoppedAskerLeavesTheQuestionToTheNext) {
  FetchSite site;
  FakeAnswer slow = plain(200, "user-agent: *\ndisallow: /");
  slow.head_delay = 5s;
  site.net.set_answer("http://a.test/robots.txt", slow);
  RobotsCache cache(site.loop, *site.fetcher, "MuAI");
  std::stop_source first;
  std::vector<Task<Result<bool>>> questions;
  const Url url = Url::parse("http://a.test/x").value();
  questions.push_back(cache.allows(url, first.get_token()));
  questions.push_back(cache.allows(url, {}));
  site.loop.at(site.loop.now() + 1s, [&] { first.request_stop(); });
  const auto answers = site.loop.run(when_all(site.loop, std::move(questions))).value();
  EXPECT_EQ(answers.at(0).error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(answers.at(1), false);
}

}  // namespace
}  // namespace muai
