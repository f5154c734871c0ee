#include "muai/document/pdf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "muai/async/asio_loop.h"

namespace muai {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A PDF file with one page for each text, lines separated by '\n'.
std::string make_pdf(const std::vector<std::string>& pages) {
  std::string out = "%PDF-1.4\n", kids, objects;
  std::size_t number = 4;
  std::vector<std::string> bodies = {"<</Type/Catalog/Pages 2 0 R>>", "",
                                     "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"};
  for (const std::string& page : pages) {
    kids += std::to_string(number) + " 0 R ";
    bodies.push_back(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
        "/Contents " +
        std::to_string(number + 1) + " 0 R>>");
    std::string stream = "BT /F 12 Tf 14 TL 50 750 Td ";
    for (std::size_t at = 0; at < page.size();) {
      const std::size_t end = std::min(page.find('\n', at), page.size());
      stream += "(" + page.substr(at, end - at) + ") Tj T* ";
      at = end + 1;
    }
    stream += "ET";
    bodies.push_back("<</Length " + std::to_string(stream.size()) + ">>stream\n" + stream +
                     "\nendstream");
    number += 2;
  }
  bodies[1] = "<</Type/Pages/Count " + std::to_string(pages.size()) + "/Kids[" + kids + "]>>";
  std::string table = "xref\n0 " + std::to_string(bodies.size() + 1) + "\n0000000000 65535 f \n";
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    std::string offset = std::to_string(out.size());
    table += std::string(10 - offset.size(), '0') + offset + " 00000 n \n";
    out += std::to_string(i + 1) + " 0 obj\n" + bodies[i] + "\nendobj\n";
  }
  const std::string start = std::to_string(out.size());
  return out + table + "trailer<</Size " + std::to_string(bodies.size() + 1) +
         "/Root 1 0 R>>\nstartxref\n" + start + "\n%%EOF\n";
}

class PdfTest : public testing::Test {
 protected:
  Result<Document> read(std::string bytes) {
    return loop_.run(read_pdf(spawner_, std::move(bytes),
                              {.content_type = {}, .url_or_path = "notes/tides.pdf"}, {}));
  }

  AsioLoop loop_;
  Spawner spawner_{loop_};
};

TEST_F(PdfTest, PagesBecomeTextWithTheirStarts) {
  const auto document = read(make_pdf({"The tide rises.", "The tide falls."}));
  ASSERT_TRUE(document) << document.error().to_string();
  EXPECT_EQ(document->kind, DocumentKind::Pdf);
  EXPECT_EQ(document->title, "tides");
  EXPECT_EQ(document->text, "The tide rises.\n\nThe tide falls.");
  EXPECT_THAT(document->page_starts, testing::ElementsAre(0U, 17U));
  EXPECT_THAT(document->notes, Contains("pages: 2"));
}

TEST_F(PdfTest, RunningHeadsAndPageNumbersGo) {
  std::vector<std::string> pages;
  for (int i = 1; i <= 5; ++i)
    pages.push_back("Tide tables\nThe water of day " + std::to_string(i * 7) + " is high.\nPage " +
                    std::to_string(i));
  const auto document = read(make_pdf(pages));
  ASSERT_TRUE(document) << document.error().to_string();
  EXPECT_THAT(document->text, Not(HasSubstr("Tide tables")));
  EXPECT_THAT(document->text, Not(HasSubstr("Page 3")));
  EXPECT_THAT(document->text, HasSubstr("The water of day 21 is high."));
  EXPECT_THAT(document->notes, Contains(HasSubstr("running heads and feet dropped: 10")));
}

TEST_F(PdfTest, DamagedFilesAreNamedWithARemedy) {
  for (const char* bytes : {"%PDF-1.4\nnothing", "", "no pdf at all"}) {
    const auto document = read(bytes);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code(), ErrorCode::InvalidInput);
    EXPECT_THAT(document.error().message(), HasSubstr("notes/tides.pdf"));
  }
}

TEST_F(PdfTest, AScanIsToldFromAText) {
  const auto document = read(make_pdf({""}));
  ASSERT_FALSE(document);
  EXPECT_THAT(document.error().message(), HasSubstr("scan"));
}

// A page tree that contains itself.
TEST_F(PdfTest, ALoopOfPagesEnds) {
  EXPECT_FALSE(
      read("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
           "2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
           "trailer<</Root 1 0 R>>\n%%EOF"));
}

TEST_F(PdfTest, CancelledIsCancelled) {
  std::stop_source source;
  source.request_stop();
  const auto document = loop_.run(read_pdf(spawner_, make_pdf({"x"}), {}, source.get_token()));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code(), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace muai
