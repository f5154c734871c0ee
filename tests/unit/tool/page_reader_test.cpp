#include "muai/tool/page_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/document/reading.h"
#include "muai/net/robots_cache.h"
#include "tests/support/tool_site.h"

namespace muai {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::typed_answer;

// One page that says: The tide rises.
constexpr std::string_view kPdf = R"(%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F 12 Tf 50 750 Td (The tide rises.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Size 6/Root 1 0 R>>
%%EOF
)";

struct PageReading : ::testing::Test {
  Result<Page> read(const std::string& url, Spawner* with, RobotsCache* robots = nullptr) {
    const PageReader reader(fetcher.get(), {}, {}, with, robots);
    return loop.run(reader.read(url, {.loop = &loop, .pool = &pool}));
  }

  AsioLoop loop;
  Pool pool{loop, {.threads = 1}};
  Spawner spawner{loop};
  testing::FaultyTransport net{loop};
  std::unique_ptr<Fetcher> fetcher = Fetcher::create(loop, net, {}).value();
};

TEST_F(PageReading, GivesTheTextOfAPage) {
  net.set_default(typed_answer("text/html", "<title>T</title><p>The tide rises.</p>"));
  const auto page = read("https://a.example/tides#top", &spawner);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->requested_url, "https://a.example/tides#top");
  EXPECT_EQ(page->url, "https://a.example/tides");
  EXPECT_EQ(page->title, "T");
  EXPECT_THAT(page->text, HasSubstr("The tide rises."));
}

TEST_F(PageReading, APageThatOnlyAsksForConsentIsRefusedAndSaysSo) {
  net.set_default(typed_answer("text/html",
                               "<title>T</title><p>We and our partners use cookies to process "
                               "your personal data for advertising.</p><button>Accept</button>"));
  const auto page = read("https://a.example/tides", &spawner);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Refused);
  EXPECT_THAT(page.error().message(), AllOf(HasSubstr("https://a.example/tides"),
                                            HasSubstr("consent page, not the article")));
}

TEST_F(PageReading, ExplainsWhatIsLeftOut) {
  net.set_default(
      typed_answer("text/html", "<title>T</title><p>The tide rises.</p><p hidden>SECRET</p>"));
  const PageReader reader(fetcher.get(), {}, {}, &spawner);
  const auto reading =
      loop.run(reader.explain("https://a.example/tides", {.loop = &loop, .pool = &pool}));
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_EQ(reading->document.text, "The tide rises.");
  ASSERT_EQ(reading->verdicts.size(), 2U);
  EXPECT_EQ(reading->verdicts[1].text, "SECRET");
  EXPECT_EQ(reading->verdicts[1].fate, BlockFate::Hidden);
}

TEST_F(PageReading, ExplainsThePdfOfAFile) {
  const PageReader reader(nullptr, {}, {}, &spawner);
  const auto reading =
      loop.run(reader.explain_bytes(std::string(kPdf), {}, {.loop = &loop, .pool = &pool}));
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_EQ(reading->document.text, "The tide rises.");
}

TEST_F(PageReading, PagesThatASiteKeepsFromProgramsAreNotFetched) {
  const std::string site = "https://a.example";
  net.set_answer(site + "/robots.txt",
                 typed_answer("text/plain", "User-agent: *\nDisallow: /private\n"));
  net.set_default(typed_answer("text/html", "<p>The tide rises.</p>"));
  fetcher = Fetcher::create(loop, net, {.public_pace = {}}).value();
  RobotsCache robots(loop, *fetcher, "MuAI");
  EXPECT_TRUE(read(site + "/tides", nullptr, &robots));
  const auto kept = read(site + "/private/tides", nullptr, &robots);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code(), ErrorCode::Refused);
  EXPECT_THAT(kept.error().message(), AllOf(HasSubstr(site + "/private/tides"),
                                            HasSubstr("network.respect_robots: false")));
  ASSERT_EQ(net.seen().size(), 2U);
  EXPECT_EQ(net.seen()[0].url.path(), "/robots.txt");
  EXPECT_EQ(net.seen()[1].url.path(), "/tides");
  EXPECT_TRUE(read(site + "/private/tides", nullptr));
}

TEST_F(PageReading, GivesTheTextOfAPdf) {
  net.set_default(typed_answer("application/pdf", std::string(kPdf)));
  const auto page = read("https://a.example/tides.pdf", &spawner);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->text, "The tide rises.");
  EXPECT_EQ(page->url, "https://a.example/tides.pdf");
  EXPECT_EQ(page->title, "tides");
}

TEST_F(PageReading, ABrokenPdfIsNamed) {
  net.set_default(typed_answer("application/pdf", "%PDF-1.4 and nothing more"));
  const auto page = read("https://a.example/tides.pdf", &spawner);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(page.error().message(),
              AllOf(HasSubstr("https://a.example/tides.pdf"), HasSubstr("cannot be read as PDF")));
}

TEST_F(PageReading, WithoutASpawnerAPdfIsRefused) {
  net.set_default(typed_answer("application/pdf", std::string(kPdf)));
  const auto page = read("https://a.example/tides.pdf", nullptr);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace muai
