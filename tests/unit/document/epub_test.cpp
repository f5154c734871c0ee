#include "muai/document/epub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/document/read_document.h"
#include "tests/support/zip_file.h"

namespace muai {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::ZipFile;

constexpr std::string_view kContainer =
    R"(<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>)";

std::string package(std::string_view metadata, std::string_view manifest, std::string_view spine) {
  return R"(<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">)" +
         std::string(metadata) + "</metadata><manifest>" + std::string(manifest) +
         "</manifest><spine>" + std::string(spine) + "</spine></package>";
}

std::string item(const std::string& id, const std::string& href, const std::string& more = "") {
  return "<item id='" + id + "' href='" + href + "' media-type='application/xhtml+xml'" + more +
         "/>";
}
std::string ref(const std::string& id) { return "<itemref idref='" + id + "'/>"; }

std::string chapter(std::string_view body) {
  return R"(<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head><body>)" +
         std::string(body) + "</body></html>";
}

ZipFile book(const std::string& opf) {
  return ZipFile()
      .add("mimetype", "application/epub+zip")
      .add("META-INF/container.xml", kContainer)
      .add("OEBPS/content.opf", opf);
}

TEST(Epub, ChaptersComeInReadingOrder) {
  ZipFile file = book(package(
      "<dc:title>The <i>Sea</i></dc:title><dc:creator>A. Sailor</dc:creator>"
      "<dc:creator>B. Diver</dc:creator><dc:language>en-GB</dc:language>"
      "<dc:date>2020-05-06T00:00:00Z</dc:date>",
      item("n", "nav.xhtml", " properties='nav'") + item("b", "text/two%20b.xhtml") +
          item("a", "./text/../text/one.xhtml#start") + item("z", "notes.xhtml") +
          "<item id='i' href='cover.jpg' media-type='image/jpeg'/>",
      ref("n") + ref("i") + ref("a") + ref("b") + "<itemref idref='z' linear='no'/>" + ref("?")));
  file.add("OEBPS/nav.xhtml", chapter("<nav>Contents</nav>"))
      .add("OEBPS/text/one.xhtml", chapter("<h1><a id='c1'/>One</h1><p>First part.</p>"))
      .add("OEBPS/text/two b.xhtml",
           chapter("<h1>Two</h1><ul><li>red</li><li>blue</li></ul><p hidden='hidden'>SECRET</p>"))
      .add("OEBPS/notes.xhtml", chapter("<p>Beside.</p>"));
  const auto document = read_document(file.bytes(), {.url_or_path = "sea.zip"});
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_EQ(document->text, "One\n\nFirst part.\n\nTwo\n\nred\nblue");
  EXPECT_EQ(document->kind, DocumentKind::Epub);
  EXPECT_EQ(document->title, "The Sea");
  EXPECT_EQ(document->author, "A. Sailor, B. Diver");
  EXPECT_EQ(document->language, "en-gb");
  EXPECT_EQ(document->date, "2020-05-06");
  ASSERT_EQ(document->headings.size(), 2U);
  EXPECT_EQ(document->headings[1].title, "Two");
}

TEST(Epub, ChaptersOfOtherEncodingsAreDecoded) {
  std::string wide = "\xFF\xFE";
  for (const char c : chapter("<p>Wide.</p>")) wide += {c, '\0'};
  const std::string opf = package("", item("a", "a.xhtml"), ref("a"));
  const auto document = read_epub(book(opf).add("OEBPS/a.xhtml", wide).bytes(), {});
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_EQ(document->text, "Wide.");
}

TEST(Epub, MissingChaptersAreNotedAndTheOthersRead) {
  const std::string opf =
      package("", item("a", "a.xhtml") + item("b", "../../../etc/passwd"), ref("a") + ref("b"));
  const auto document =
      read_epub(book(opf).add("OEBPS/a.xhtml", chapter("<p>Here.</p>")).bytes(), {});
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_EQ(document->text, "Here.");
  EXPECT_THAT(document->notes, Contains("chapters missing: 1"));
}

TEST(Epub, HostileBooksAreTypedErrorsThatNameThem) {
  const std::string opf = package("", item("a", "a.xhtml"), ref("a"));
  const std::string page = chapter("<p>x</p>");
  const std::string drm =
      "<encryption><enc:EncryptedData><enc:EncryptionMethod "
      "Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/></enc:EncryptedData></encryption>";
  const std::string fonts =
      "<encryption><enc:EncryptedData><enc:EncryptionMethod "
      "Algorithm='http://www.idpf.org/2008/embedding'/></enc:EncryptedData></encryption>";
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  const std::string whole = book(opf).add("OEBPS/a.xhtml", page).bytes();
  struct Bad {
    std::string bytes;
    ErrorCode code;
    const char* said;
  };
  const Bad files[] = {
      {whole.substr(0, whole.size() - 30), ErrorCode::InvalidInput, "damaged"},
      {book(opf).add("META-INF/encryption.xml", drm).add("OEBPS/a.xhtml", page).bytes(),
       ErrorCode::InvalidInput, "protected against copying"},
      {book(opf).add("OEBPS/a.xhtml", std::string(17 << 20, 'x')).bytes(), ErrorCode::LimitExceeded,
       "unpacks to more"},
      {book(opf).bytes(), ErrorCode::InvalidInput, "holds no text"},
      {book(deep).bytes(), ErrorCode::LimitExceeded, "nested deeper"},
      {ZipFile().add("META-INF/container.xml", kContainer).bytes(), ErrorCode::InvalidInput,
       "is missing"}};
  for (const Bad& file : files) {
    const auto document = read_epub(file.bytes, {.url_or_path = "bad.epub"});
    ASSERT_FALSE(document) << file.said;
    EXPECT_EQ(document.error().code(), file.code) << document.error().message();
    EXPECT_THAT(document.error().message(), AllOf(HasSubstr("bad.epub"), HasSubstr(file.said)));
  }
  const auto disguised = read_epub(
      book(opf).add("META-INF/encryption.xml", fonts).add("OEBPS/a.xhtml", page).bytes(), {});
  EXPECT_TRUE(disguised) << disguised.error().message();
}

}  // namespace
}  // namespace muai
