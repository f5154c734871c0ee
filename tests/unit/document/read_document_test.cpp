#include "muai/document/read_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "muai/text/utf8.h"

namespace muai {
namespace {

using testing::HasSubstr;

DocumentHint named(const char* name) { return {.content_type = {}, .url_or_path = name}; }

TEST(ReadDocument, TheContentDecides) {
  const auto kind = [](std::string_view bytes, const DocumentHint& hint) {
    const auto document = read_document(bytes, hint);
    EXPECT_TRUE(document) << document.error().to_string();
    return document ? document->kind : DocumentKind::Pdf;
  };
  EXPECT_EQ(kind("<!-- x --> <!DOCTYPE html><p>Hello there, reader.", named("a.txt")),
            DocumentKind::Html);
  EXPECT_EQ(kind("<p>Hello there, reader.", named("a")), DocumentKind::Html);
  EXPECT_EQ(kind("# Hello", named("a.md")), DocumentKind::Markdown);
  EXPECT_EQ(kind("# Hello", {.content_type = "text/markdown", .url_or_path = {}}),
            DocumentKind::Markdown);
  EXPECT_EQ(kind("# Hello", named("a.txt")), DocumentKind::PlainText);
  EXPECT_EQ(kind("Hello", named("a.html")), DocumentKind::PlainText);
  EXPECT_EQ(kind(std::string_view("\xFF\xFEh\0i\0", 6), named("a")), DocumentKind::PlainText);
}

struct Unreadable {
  std::string_view bytes, said;
};

class ReadDocumentRefuses : public testing::TestWithParam<Unreadable> {};

TEST_P(ReadDocumentRefuses, NamingPlaceAndRemedy) {
  const auto document = read_document(GetParam().bytes, named("notes/report"));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(document.error().message(), HasSubstr("notes/report"));
  EXPECT_THAT(document.error().message(), HasSubstr(std::string(GetParam().said)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, ReadDocumentRefuses,
                         testing::Values(Unreadable{"%PDF-1.7", "PDF"},
                                         Unreadable{"\x89PNG\r\n\x1A\n", "image"},
                                         Unreadable{"PK\x03\x04....x.txt", "archive"},
                                         Unreadable{"\x1F\x8B\x08", "gzip"},
                                         Unreadable{std::string_view("ab\0cd", 5), "binary"},
                                         Unreadable{"<?xml version='1.0'?><svg></svg>", "image"},
                                         Unreadable{"<?xml version='1.0'?><feed/>", "XML"},
                                         Unreadable{"", "no text"},
                                         Unreadable{" \n\t\n", "no text"}));

TEST(PlainText, KeepsItsLinesAndParagraphs) {
  const auto document = read_plain_text(
      "One line\r\nand another.\r\n\r\n\r\nNext  paragraph.\n\n"
      "- first\n- second\n  goes on\n",
      named("https://a.example/notes/old.harbour.txt?x=1"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->text,
            "One line\nand another.\n\nNext  paragraph.\n\n- first\n- second\n  goes on");
  EXPECT_EQ(document->title, "old.harbour");
  ASSERT_EQ(document->blocks.size(), 4U);
  EXPECT_EQ(document->blocks[3].kind, BlockKind::ListItem);
  EXPECT_EQ(document->blocks[3].span.of(document->text), "- second\n  goes on");
}

TEST(PlainText, IsValidUtf8WhateverComesIn) {
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  const auto document = read_plain_text(bytes, {});
  ASSERT_TRUE(document);
  EXPECT_TRUE(is_valid_utf8(document->text));
  EXPECT_EQ(document->text.find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace muai
