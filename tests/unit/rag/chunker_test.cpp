#include "muai/rag/chunker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "muai/text/sentences.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// Appends a block, a blank line before it, and a heading entry when it is one.
void append(Document& document, BlockKind kind, const std::string& text, int level = 1) {
  if (!document.text.empty()) document.text += "\n\n";
  const ByteSpan span{document.text.size(), document.text.size() + text.size()};
  document.text += text;
  document.blocks.push_back({kind, span});
  if (kind == BlockKind::Heading) document.headings.push_back({level, text, span});
}

std::string sentences(const std::string& sentence, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i > 0 ? " " : "") + sentence;
  return text;
}

void expect_partition(const Document& document, const std::vector<Chunk>& chunks) {
  std::size_t at = 0;
  for (const Chunk& chunk : chunks) {
    EXPECT_EQ(chunk.span.begin, at);
    EXPECT_GT(chunk.span.end, chunk.span.begin);
    EXPECT_TRUE(is_valid_utf8(chunk.span.of(document.text)));
    at = chunk.span.end;
  }
  EXPECT_EQ(at, document.text.size());
}

TEST(Chunker, AnEmptyTextHasNoChunks) { EXPECT_TRUE(chunk_document({}).empty()); }

TEST(Chunker, AShortDocumentIsOneChunk) {
  Document document;
  append(document, BlockKind::Paragraph, "One sentence.");
  const auto chunks = chunk_document(document);
  ASSERT_EQ(chunks.size(), 1u);
  expect_partition(document, chunks);
}

TEST(Chunker, SectionsAreNotMixed) {
  Document document;
  for (const char* name : {"Red", "Green", "Blue"}) {
    append(document, BlockKind::Heading, name);
    append(document, BlockKind::Paragraph, sentences(std::string(name) + " is a colour.", 30));
  }
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[0].heading, "Red");
  EXPECT_EQ(chunks[1].heading, "Green");
  EXPECT_EQ(chunks[2].heading, "Blue");
  EXPECT_TRUE(chunks[1].span.of(document.text).starts_with("Green"));
}

TEST(Chunker, TinySectionsShareAChunk) {
  Document document;
  for (int i = 0; i < 6; ++i) {
    append(document, BlockKind::Heading, "H" + std::to_string(i));
    append(document, BlockKind::Paragraph, "Short.");
  }
  EXPECT_EQ(chunk_document(document).size(), 1u);
}

TEST(Chunker, HeadingPathsAreNestedAndLeaveTheTitleOut) {
  Document document;
  document.title = "Manual";
  append(document, BlockKind::Heading, "Manual", 1);
  append(document, BlockKind::Paragraph, sentences("About the manual itself.", 40));
  append(document, BlockKind::Heading, "Storage", 2);
  append(document, BlockKind::Heading, "Pages", 3);
  append(document, BlockKind::Paragraph, sentences("Pages hold rows.", 60));
  append(document, BlockKind::Heading, "Network", 2);
  append(document, BlockKind::Paragraph, sentences("Packets travel.", 60));
  const auto chunks = chunk_document(document);
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[0].heading, "");
  // A heading stays with what follows it.
  EXPECT_TRUE(chunks[1].span.of(document.text).starts_with("Storage"));
  EXPECT_EQ(chunks[1].heading, "Storage");
  EXPECT_EQ(chunks[2].heading, "Network");
}

TEST(Chunker, LongParagraphsAreCutBetweenSentences) {
  Document document;
  append(document, BlockKind::Paragraph,
         sentences("The server keeps a log of every change that it makes to its files.", 100));
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  EXPECT_GT(chunks.size(), 4u);
  for (const Chunk& chunk : chunks) {
    const std::string_view text = chunk.span.of(document.text);
    EXPECT_LE(count_code_points(text), 1200u);
    EXPECT_TRUE(text.starts_with("The server"));
  }
}

TEST(Chunker, ChineseChunksHoldFewerCharacters) {
  Document document;
  append(document, BlockKind::Paragraph, [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "服务器把每一个修改都写进日志文件。";
    return text;
  }());
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  for (const Chunk& chunk : chunks) {
    const std::string_view text = chunk.span.of(document.text);
    EXPECT_LE(count_code_points(text), 500u);
    EXPECT_TRUE(text.starts_with("服务器"));
    EXPECT_TRUE(text.ends_with("。"));
  }
}

TEST(Chunker, ASentenceWithoutEndIsCutBetweenCodePoints) {
  Document document;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "é";
  append(document, BlockKind::Code, text);
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  EXPECT_EQ(chunks.size(), 3u);
}

TEST(Chunker, ATextWithoutBlocksIsOneParagraph) {
  Document document;
  document.text = sentences("Plain words only.", 200);
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  EXPECT_GT(chunks.size(), 2u);
}

TEST(Chunker, CodeIsCutBetweenLines) {
  Document document;
  std::string code;
  for (int i = 0; i < 200; ++i) code += "line " + std::to_string(i) + " of code\n";
  append(document, BlockKind::Code, code);
  const auto chunks = chunk_document(document);
  expect_partition(document, chunks);
  for (const Chunk& chunk : chunks) {
    EXPECT_TRUE(chunk.span.of(document.text).starts_with("line "));
  }
}

}  // namespace
}  // namespace muai
