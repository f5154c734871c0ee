#include "muai/document/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace muai {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPage =
    "<!doctype html><html><head><title>Tides</title><style>.gone{display:none}</style></head><body>"
    "<nav class=main-nav><a href=/>Home</a> <a href=/x>Ships</a></nav>"
    "<div class=cookie-note><p>We use cookies of our partners. Do you accept?</p></div>"
    "<main><article><h1>Tides</h1><p>Tides are the rise and fall of sea levels, caused by the "
    "gravity of the Moon and the Sun<sup class=reference>[7]</sup>. Most shores see two high and "
    "two low tides a day, about six hours apart.</p>"
    "<p style='position:absolute;left:-9999px'>OFFSCREEN</p><p class=gone>BYSHEET</p>"
    "<p style='color:#fff;background:#fff'>WHITE</p>"
    "<p>Spring tides, which come about twice a month, are the strongest. They have nothing to do "
    "with the season, and much to do with the phases of the moon.</p></article></main>"
    "<footer class=foot><p>Copyright 2024 by the sea</p></footer></body></html>";

const BlockVerdict& verdict_on(const Reading& reading, const std::string& part) {
  const auto found = std::ranges::find_if(reading.verdicts, [&](const BlockVerdict& verdict) {
    return verdict.text.find(part) != std::string::npos;
  });
  EXPECT_NE(found, reading.verdicts.end()) << part;
  static const BlockVerdict none;
  return found == reading.verdicts.end() ? none : *found;
}

TEST(Reading, SaysOfEveryPartWhatBecameOfItAndWhy) {
  const Reading reading = explain_html(kPage, {});
  const BlockVerdict& kept = verdict_on(reading, "Most shores");
  EXPECT_EQ(kept.fate, BlockFate::Kept);
  ASSERT_TRUE(kept.probability);
  EXPECT_THAT(kept.reason, HasSubstr("at least"));
  const BlockVerdict& navigation = verdict_on(reading, "Ships");
  EXPECT_EQ(navigation.fate, BlockFate::Boilerplate);
  EXPECT_THAT(navigation.reason, HasSubstr("in navigation"));
  EXPECT_THAT(verdict_on(reading, "Copyright").reason, HasSubstr("in a footer"));
  EXPECT_THAT(verdict_on(reading, "Do you accept").reason, HasSubstr("asks for consent"));
}

TEST(Reading, NamesTheRuleThatHidesText) {
  const Reading reading = explain_html(kPage, {});
  EXPECT_EQ(verdict_on(reading, "OFFSCREEN").fate, BlockFate::Hidden);
  EXPECT_EQ(verdict_on(reading, "OFFSCREEN").reason, "off-screen");
  EXPECT_EQ(verdict_on(reading, "BYSHEET").reason, "hidden by the page's style sheet");
  EXPECT_EQ(verdict_on(reading, "WHITE").reason, "text in the colour of its background");
  EXPECT_EQ(verdict_on(reading, "[7]").fate, BlockFate::Decoration);
}

TEST(Reading, TheKeptPartsAreTheDocument) {
  const Reading reading = explain_html(kPage, {});
  const auto document = explain_document(kPage, {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->document.text, reading.document.text);
  std::size_t at = 0;
  for (const BlockVerdict& verdict : reading.verdicts) {
    if (verdict.fate != BlockFate::Kept) continue;
    at = reading.document.text.find(verdict.text, at);
    ASSERT_NE(at, std::string::npos) << verdict.text;
  }
}

TEST(Reading, PartsComeInTheOrderOfThePage) {
  const Reading reading = explain_html(kPage, {});
  std::size_t at = 0;
  for (const char* part : {"Ships", "Do you accept", "Most shores", "OFFSCREEN", "BYSHEET",
                           "Spring tides", "Copyright"}) {
    const auto found = std::ranges::find_if(
        reading.verdicts.begin() + static_cast<std::ptrdiff_t>(at), reading.verdicts.end(),
        [&](const BlockVerdict& verdict) { return verdict.text.find(part) != std::string::npos; });
    ASSERT_NE(found, reading.verdicts.end()) << part;
    at = static_cast<std::size_t>(found - reading.verdicts.begin());
  }
}

TEST(Reading, APageWithoutTextStillSaysWhatWasHidden) {
  const auto reading = explain_document("<html><body><div hidden>SECRET</div></body></html>", {});
  ASSERT_TRUE(reading);
  EXPECT_THAT(reading->document.text, IsEmpty());
  EXPECT_EQ(verdict_on(*reading, "SECRET").reason, "hidden attribute");
}

TEST(Reading, OtherKindsAreKeptWhole) {
  const auto reading =
      explain_document("# Tides\n\nThey rise.\n", {.content_type = {}, .url_or_path = "a.md"});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->document.kind, DocumentKind::Markdown);
  EXPECT_THAT(reading->verdicts, IsEmpty());
  EXPECT_FALSE(explain_document("GIF89a....", {}));
}

}  // namespace
}  // namespace muai
