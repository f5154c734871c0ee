#include "muai/document/docx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/document/read_document.h"
#include "tests/support/zip_file.h"

namespace muai {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ZipFile;

constexpr std::string_view kTypes =
    R"(<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/word/document.xml" ContentType=")"
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    R"("/></Types>)";
constexpr std::string_view kRelations =
    R"(<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>
<Relationship Id="rId2" Target="docProps/core.xml"
 Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"/>
</Relationships>)";
constexpr std::string_view kStyles =
    R"(<w:styles xmlns:w="w"><w:docDefaults><w:rPrDefault><w:rPr>
<w:lang w:val="en-GB" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/>
<w:basedOn w:val="berschrift1"/></w:style>
<w:style w:type="paragraph" w:styleId="Deep"><w:name w:val="Deep"/>
<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/>
</w:style>
<w:style w:type="paragraph" w:styleId="Points"><w:name w:val="List"/>
<w:pPr><w:numPr/></w:pPr></w:style>
<w:style w:type="character" w:styleId="C"><w:name w:val="heading 1"/></w:style></w:styles>)";

std::string paragraph(std::string_view text, std::string_view properties = "") {
  return "<w:p><w:pPr>" + std::string(properties) + "</w:pPr><w:r><w:t>" + std::string(text) +
         "</w:t></w:r></w:p>";
}

std::string word_file(const std::string& body) {
  return ZipFile()
      .add("[Content_Types].xml", kTypes)
      .add("_rels/.rels", kRelations)
      .add("word/styles.xml", kStyles)
      .add("word/document.xml",
           R"(<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="w"><w:body>)" +
               body + "<w:sectPr/></w:body></w:document>")
      .bytes();
}

Document document_of(const std::string& body) {
  auto document = read_docx(word_file(body), {.url_or_path = "notes.docx"});
  if (!document) ADD_FAILURE() << document.error().message();
  return document ? *std::move(document) : Document();
}

std::string text_of(const std::string& body) { return document_of(body).text; }

TEST(Docx, ParagraphsHeadingsAndListsKeepTheirShape) {
  const Document document = document_of(
      paragraph("Tides", R"(<w:pStyle w:val="berschrift1"/>)") + paragraph("The sea rises.") +
      paragraph("spring", R"(<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>)") +
      paragraph("neap", R"(<w:pStyle w:val="Points"/>)") +
      paragraph("Why", R"(<w:pStyle w:val="Deep"/>)") + paragraph("潮汐。"));
  EXPECT_EQ(document.text, "Tides\n\nThe sea rises.\n\nspring\nneap\n\nWhy\n\n潮汐。");
  ASSERT_EQ(document.headings.size(), 2U);
  EXPECT_EQ(document.headings[0].level, 1);
  EXPECT_EQ(document.headings[1].title, "Why");
  EXPECT_EQ(document.headings[1].level, 3);
  EXPECT_EQ(document.blocks[2].kind, BlockKind::ListItem);
  EXPECT_EQ(document.kind, DocumentKind::Docx);
  EXPECT_EQ(document.title, "notes");
  EXPECT_EQ(document.language, "en-gb");
}

TEST(Docx, AStyleTakesOverFromItsParentAndALoopOfStylesEnds) {
  EXPECT_EQ(document_of(paragraph("A", R"(<w:pStyle w:val="Mine"/>)")).headings.size(), 1U);
  EXPECT_EQ(document_of(paragraph("A", R"(<w:pStyle w:val="Loop"/>)")).headings.size(), 0U);
}

TEST(Docx, RunsOfOneWordStayOneWord) {
  EXPECT_EQ(text_of("<w:p><w:r><w:t>un</w:t></w:r><w:r><w:t>der </w:t></w:r><w:hyperlink>"
                    "<w:r><w:t xml:space='preserve'> the  sea</w:t></w:r></w:hyperlink>"
                    "<w:r><w:tab/><w:t>here</w:t><w:br/><w:t>and</w:t><w:noBreakHyphen/>"
                    "<w:t>there</w:t></w:r></w:p>"),
            "under the sea here and-there");
}

TEST(Docx, RowsOfATableAreLines) {
  const Document document = document_of(
      "<w:tbl><w:tr><w:tc>" + paragraph("Port") + "</w:tc><w:tc>" + paragraph("Height") +
      "</w:tc></w:tr><w:tr><w:tc>" + paragraph("Brest") + "</w:tc><w:tc>" + paragraph("7 m") +
      paragraph("at springs") + "</w:tc></w:tr></w:tbl>");
  EXPECT_EQ(document.text, "Port | Height\nBrest | 7 m at springs");
  EXPECT_EQ(document.blocks.at(1).kind, BlockKind::Table);
}

TEST(Docx, WhatAReaderWouldNotSeeIsLeftOut) {
  const auto run = [](std::string_view properties) {
    return "<w:p><w:r><w:rPr>" + std::string(properties) + "</w:rPr><w:t>SECRET</w:t></w:r></w:p>";
  };
  for (const std::string_view hidden :
       {"<w:vanish/>", "<w:sz w:val='1'/>", "<w:color w:val='ffffff'/>"}) {
    const Document document = document_of(paragraph("Seen.") + run(hidden));
    EXPECT_EQ(document.text, "Seen.") << hidden;
    EXPECT_THAT(document.notes, Contains("hidden text dropped: 1 runs"));
  }
  for (const std::string_view shown :
       {"<w:vanish w:val='0'/>", "<w:sz w:val='24'/>", "<w:color w:val='FFFFFF'/><w:shd/>"})
    EXPECT_THAT(text_of(run(shown)), HasSubstr("SECRET")) << shown;
  EXPECT_EQ(text_of(paragraph("Seen.") +
                    "<w:p><w:del><w:r><w:t>SECRET</w:t><w:delText>SECRET</w:delText></w:r></w:del>"
                    "<w:r><w:instrText>SECRET</w:instrText></w:r></w:p>"),
            "Seen.");
}

TEST(Docx, PropertiesGiveTheMetadata) {
  const std::string file =
      ZipFile()
          .add("_rels/.rels", kRelations)
          .add("word/document.xml",
               "<w:document><w:body>" + paragraph("The sea.") + "</w:body></w:document>")
          .add("docProps/core.xml",
               "<cp:coreProperties xmlns:cp='c' xmlns:dc='d' xmlns:dcterms='t'><dc:title>On &amp; "
               "off\n shore</dc:title><dc:creator>A. Sailor</dc:creator><dcterms:created "
               "xsi:type='x'>2024-03-02T10:00:00Z</dcterms:created><dc:language>en_US</dc:language>"
               "</cp:coreProperties>")
          .bytes();
  const auto document = read_document(file, {.url_or_path = "x.txt"});
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_EQ(document->title, "On & off shore");
  EXPECT_EQ(document->author, "A. Sailor");
  EXPECT_EQ(document->date, "2024-03-02");
  EXPECT_EQ(document->language, "en-us");
}

TEST(Docx, TextBoxesAreReadOnce) {
  EXPECT_EQ(text_of("<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>" +
                    paragraph("Boxed.") +
                    "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict>"
                    "<w:txbxContent>" +
                    paragraph("Boxed.") +
                    "</w:txbxContent></w:pict></mc:Fallback>"
                    "</mc:AlternateContent></w:r></w:p>"),
            "Boxed.");
}

struct BadWordFile {
  const char* why;
  std::string bytes;
  ErrorCode code;
  const char* said;
};

std::string with_main_part(const std::string& xml) {
  return ZipFile().add("word/document.xml", xml).bytes();
}

TEST(Docx, HostileFilesAreTypedErrorsThatNameThem) {
  const std::string fine = "<w:document><w:body>" + paragraph("x") + "</w:body></w:document>";
  std::string deep, wide;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 2'100'000; ++i) wide += "<a/>";
  const std::string bomb(20 << 20, ' ');
  const std::string whole = with_main_part(fine);
  const BadWordFile files[] = {
      {"cut", whole.substr(0, whole.size() / 2), ErrorCode::InvalidInput, "damaged"},
      {"entities", with_main_part("<!DOCTYPE l [<!ENTITY a 'lol'>]>" + fine),
       ErrorCode::InvalidInput, "document type"},
      {"deep", with_main_part(deep), ErrorCode::LimitExceeded, "nested deeper"},
      {"wide", with_main_part("<w:document>" + wide + "</w:document>"), ErrorCode::LimitExceeded,
       "unpacks to more"},
      {"bomb", with_main_part(fine + bomb), ErrorCode::LimitExceeded, "unpacks to more"},
      {"encrypted", ZipFile().add("word/document.xml", fine).set_password("x").bytes(),
       ErrorCode::InvalidInput, "encrypted"},
      {"no XML", with_main_part("<w:document><w:body>"), ErrorCode::InvalidInput, "no XML"},
      {"other root", with_main_part("<html/>"), ErrorCode::InvalidInput, "no text of Word"},
      {"empty", with_main_part("<w:document><w:body/></w:document>"), ErrorCode::InvalidInput,
       "holds no text"},
      {"no archive", "PK\x03\x04 and nothing", ErrorCode::InvalidInput, "damaged"}};
  for (const BadWordFile& file : files) {
    const auto document = read_docx(file.bytes, {.url_or_path = "bad.docx"});
    ASSERT_FALSE(document) << file.why;
    EXPECT_EQ(document.error().code(), file.code) << document.error().message();
    EXPECT_THAT(document.error().message(), AllOf(HasSubstr("bad.docx"), HasSubstr(file.said)))
        << file.why;
  }
}

TEST(Docx, WhatARelationPointsToOutsideIsNotRead) {
  const std::string file =
      ZipFile()
          .add("_rels/.rels",
               "<Relationships><Relationship TargetMode='External' Type='x/officeDocument' "
               "Target='http://127.0.0.1:9/'/><Relationship Type='x/officeDocument' "
               "Target='/word/other.xml'/></Relationships>")
          .add("word/other.xml",
               "<w:document><w:body>" + paragraph("Inside.") + "</w:body></w:document>")
          .bytes();
  const auto document = read_docx(file, {});
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_EQ(document->text, "Inside.");
}

TEST(Docx, OtherArchivesAreNamedWithTheRemedy) {
  const auto said = [](const std::string& bytes) {
    const auto document = read_document(bytes, {.url_or_path = "x"});
    return document ? std::string() : document.error().message();
  };
  EXPECT_THAT(said(ZipFile().add("a.txt", "x").bytes()), HasSubstr("unpack it"));
  EXPECT_THAT(said(ZipFile().add("[Content_Types].xml", "<Types/>").bytes()),
              HasSubstr("office file of another kind"));
  EXPECT_THAT(said(ZipFile().add("content.xml", "<x/>").bytes()), HasSubstr("office file"));
}

}  // namespace
}  // namespace muai
