#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "muai/document/html.h"

namespace muai {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

struct Wall {
  const char* name;
  const char* html;
};

void PrintTo(const Wall& wall, std::ostream* out) { *out << wall.name; }

PageBarrier barrier_of(const std::string& html) {
  const auto document = read_html(html, {});
  EXPECT_TRUE(document) << document.error().to_string();
  return document ? document->barrier : PageBarrier::None;
}

class ConsentWall : public testing::TestWithParam<Wall> {};

TEST_P(ConsentWall, IsNoArticle) {
  const auto document = read_html(GetParam().html, {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->barrier, PageBarrier::Consent);
  EXPECT_THAT(document->notes, Contains(HasSubstr("consent page, not the article")));
}

INSTANTIATE_TEST_SUITE_P(
    Languages, ConsentWall,
    testing::Values(
        Wall{"English",
             "<title>The Daily Tide</title><body><div class=wall><h1>We value your privacy</h1>"
             "<p>We and our 842 partners store cookies on your device and process personal data, "
             "such as unique identifiers, for personalised advertising and measurement.</p>"
             "<p>You can change your mind about cookies at any time in the privacy settings.</p>"
             "<button>Accept all</button><button>Manage options</button></div>"},
        Wall{"German",
             "<title>Das Tageblatt</title><main><h2>Mit Werbung weiterlesen</h2><p>Besuchen Sie "
             "unsere Seite wie gewohnt mit Werbung und Tracking. Ihre Zustimmung k\xC3\xB6nnen Sie "
             "im Datenschutz-Center jederzeit widerrufen.</p><p>Wir und unsere Partner speichern "
             "Cookies und verarbeiten personenbezogene Daten.</p><button>Alle akzeptieren</button>"
             "</main>"},
        Wall{"French",
             "<title>Le Journal</title><div><p>Avec votre accord, nos partenaires et nous "
             "utilisons des cookies ou technologies similaires pour stocker des donn\xC3\xA9"
             "es personnelles comme votre visite sur ce site.</p><p>Vous pouvez retirer votre "
             "consentement aux cookies \xC3\xA0 tout moment.</p><a href=#>Tout accepter</a></div>"},
        Wall{"Chinese",
             "<title>\xE6\x97\xA5\xE6\x8A\xA5</title><div><p>"
             "我们和合作伙伴使用 Cookie 收集您的个人信息,用于个性化广告和统计分析。"
             "您可以随时在隐私设置中撤回。</p><button>同意</button></div>"}),
    [](const auto& wall) { return std::string(wall.param.name); });

const std::string kArticle =
    "<main><article><h1>Tides</h1><p>Tides are the rise and fall of sea levels, caused by the "
    "gravity of the Moon and the Sun. Most shores see two high and two low tides a day.</p>"
    "<p>Spring tides, which come about twice a month, are the strongest of all. They have nothing "
    "to do with the season, and much to do with the phases of the moon.</p>"
    "<p>In the Bay of Fundy the water rises by sixteen metres, more than anywhere else.</p>"
    "</article></main>";

TEST(HtmlBarrier, ANoticeOnAnArticleIsDroppedAndTheArticleIsNoBarrier) {
  for (const std::string open :
       {"<div id=cookie-banner>", "<section class='gdpr-Overlay'>", "<div role=dialog>"}) {
    const auto document = read_html(
        open +
            "<p>We use cookies and share personal data with our partners. Do you agree?</p>"
            "<button>Accept all</button></div></section>" +
            kArticle,
        {});
    ASSERT_TRUE(document);
    EXPECT_EQ(document->barrier, PageBarrier::None);
    EXPECT_THAT(document->text, HasSubstr("Bay of Fundy"));
    EXPECT_THAT(document->text, Not(HasSubstr("partners")));
    EXPECT_THAT(document->text, Not(HasSubstr("Accept")));
    EXPECT_THAT(document->notes, Contains(HasSubstr("consent notice dropped")));
  }
}

TEST(HtmlBarrier, ARecipeForCookiesIsNoNotice) {
  const auto document = read_html(
      "<main class=cookie-recipe><h1>Cookies</h1><div class=cookie-steps><p>Beat the butter with "
      "the sugar, then add the flour. The cookies are done when their edges are brown, and they "
      "keep for a week in a tin.</p><p>Let the cookies cool on a rack before you eat "
      "them.</p></div></main>",
      {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->barrier, PageBarrier::None);
  EXPECT_THAT(document->text, HasSubstr("Beat the butter"));
}

TEST(HtmlBarrier, AnArticleAboutConsentIsNoBarrier) {
  std::string page = "<main><article><h1>How cookie banners work</h1>";
  for (int i = 0; i < 3; ++i)
    page +=
        "<p>A banner asks visitors whether they accept cookies, and most press the larger of the "
        "two buttons without reading what the partners of the site will do.</p><p>Researchers "
        "counted the clicks of two thousand people over a month, and found that the colour of a "
        "button mattered more than any word that was printed on it or beside it.</p><p>The study "
        "was repeated in four countries, each time with the same result, to the surprise of its "
        "authors and of the lawyers who had asked for it.</p>";
  EXPECT_EQ(barrier_of(page + "</article></main>"), PageBarrier::None);
}

class Challenge : public testing::TestWithParam<const char*> {};

TEST_P(Challenge, IsNoPage) { EXPECT_EQ(barrier_of(GetParam()), PageBarrier::Challenge); }

INSTANTIATE_TEST_SUITE_P(
    Kinds, Challenge,
    testing::Values(
        "<title>Just a moment...</title><h1>tide.example</h1><p>Checking your browser before "
        "accessing tide.example. This process is automatic.</p>",
        "<title>Tide</title><h2>Verify you are human by completing the action below.</h2>",
        "<title>Attention Required!</title><p>Please complete the security check to access.</p>",
        "<title>Tide</title><p>Please enable JavaScript to view this page.</p>",
        "<title>Tide</title><p>Bitte aktivieren Sie JavaScript in Ihrem Browser.</p>",
        "<title>Tide</title><p>V\xC3\xA9rification de votre navigateur, un instant.</p>",
        "<title>Tide</title><p>Veuillez activer JavaScript pour continuer.</p>",
        "<title>安全验证</title><p>请完成安全验证后继续访问。</p>",
        "<title>Tide</title><p>请启用JavaScript以继续浏览本页面。</p>"));

TEST(HtmlBarrier, APageThatMentionsScriptsIsNoChallenge) {
  EXPECT_EQ(barrier_of("<p>Please enable JavaScript to see the map.</p>" + kArticle + kArticle),
            PageBarrier::None);
}

class Teaser : public testing::TestWithParam<const char*> {};

TEST_P(Teaser, IsNotTheArticle) {
  const std::string start =
      "<article><h1>Tides</h1><p>Tides are the rise and fall of sea levels, caused by the gravity "
      "of the Moon and the Sun. Few know who found that out.</p></article>";
  EXPECT_EQ(barrier_of(start + GetParam()), PageBarrier::Paywall);
}

INSTANTIATE_TEST_SUITE_P(
    Signs, Teaser,
    testing::Values(
        "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":"
        "\"False\"}</script>",
        "<script type=application/ld+json>{\"@graph\":[{\"@type\":\"NewsArticle\",\"hasPart\":{"
        "\"@type\":\"WebPageElement\",\"isAccessibleForFree\":false}}]}</script>",
        "<div class=Paywall-box><p>Subscribe to continue reading.</p></div>",
        "<p>To continue reading, subscribe today.</p><p>Already a subscriber? Sign in.</p>",
        "<p>Jetzt weiterlesen mit Plus.</p><p>Bereits Abonnent? Anmelden.</p>",
        "<p>Cet article est r\xC3\xA9serv\xC3\xA9 aux abonn\xC3\xA9s.</p><p>D\xC3\xA9j\xC3\xA0 "
        "abonn\xC3\xA9 ?</p>",
        "<p>开通会员,阅读全文</p><p>会员专享内容</p>"));

TEST(HtmlBarrier, AWholeArticleIsNoTeaserWhateverItAsksFor) {
  std::string page =
      "<script type=application/ld+json>{\"@type\":\"NewsArticle\","
      "\"isAccessibleForFree\":false}</script>";
  for (int i = 0; i < 6; ++i) page += kArticle;
  EXPECT_EQ(barrier_of(page + "<p>Already a subscriber?</p>"), PageBarrier::None);
}

}  // namespace
}  // namespace muai
