#include "muai/net/sse.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace muai {
namespace {

struct Seen {
  std::string type;
  std::string data;
  std::string id;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.type << "|" << seen.data << "|" << seen.id;
}

// Reads `stream` in pieces that end at `cuts`.
std::vector<Seen> read_all(std::string_view stream, const std::vector<std::size_t>& cuts = {}) {
  std::vector<Seen> seen;
  SseReader reader;
  const SseSink sink = [&seen](const SseEvent& event) -> Result<void> {
    seen.push_back({std::string(event.type), std::string(event.data), std::string(event.id)});
    return {};
  };
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    EXPECT_TRUE(reader.read(stream.substr(begin, cut - begin), sink));
    begin = cut;
  }
  EXPECT_TRUE(reader.read(stream.substr(begin), sink));
  return seen;
}

std::vector<std::string> data_of(std::string_view stream) {
  std::vector<std::string> texts;
  for (Seen& seen : read_all(stream)) texts.push_back(std::move(seen.data));
  return texts;
}

using Texts = std::vector<std::string>;

// The examples of the standard's section on interpreting an event stream.
TEST(SseReader, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(data_of("data: YHOO\ndata: +2\ndata: 10\n\n"), Texts{"YHOO\n+2\n10"});
  EXPECT_EQ(read_all(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                     "data:  third event\n"),
            (std::vector<Seen>{{"message", "first event", "1"}, {"message", "second event", ""}}));
  EXPECT_EQ(data_of("data\n\ndata\ndata\n\ndata:"), (Texts{"", "\n"}));
  EXPECT_EQ(data_of("data:test\n\ndata: test\n\n"), (Texts{"test", "test"}));
}

TEST(SseReader, EveryLineEndMeansTheSame) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string stream = "data: a" + end + "data: b" + end + end + "data: c" + end + end;
    EXPECT_EQ(data_of(stream), (Texts{"a\nb", "c"})) << testing::PrintToString(end);
  }
  EXPECT_EQ(data_of("data: a\r\n\ndata: b\r\r\ndata: c\n\r"), (Texts{"a", "b", "c"}));
}

TEST(SseReader, ByteOrderMarkIsDroppedAtTheStartOnly) {
  EXPECT_EQ(data_of("\xEF\xBB\xBF"
                    "data: a\n\n"),
            Texts{"a"});
  EXPECT_EQ(data_of("\xEF\xBB\xBF\n\xEF\xBB\xBF"
                    "data: a\n\n"),
            Texts{});
  EXPECT_EQ(read_all("\xEF\xBB\xBF"
                     "data: a\n\n",
                     {1, 2, 3, 4}),
            (std::vector<Seen>{{"message", "a", ""}}));
}

TEST(SseReader, CommentsAndUnknownFieldsAreReadOver) {
  EXPECT_EQ(data_of(": keep-alive\n\n:\nretry: 10\nfoo: bar\ndata: a\nDATA: b\n data: c\n\n"),
            Texts{"a"});
}

TEST(SseReader, AnEventNamesItsTypeForItselfOnly) {
  EXPECT_EQ(read_all("event: error\ndata: a\n\ndata: b\n\nevent: x\n\ndata: c\n\n"),
            (std::vector<Seen>{{"error", "a", ""}, {"message", "b", ""}, {"message", "c", ""}}));
}

TEST(SseReader, AnIdWithANulByteIsNotTaken) {
  const std::string stream = std::string("id: 7\nid: 8\0 9\ndata: a\n\n", 24);
  EXPECT_EQ(read_all(stream), (std::vector<Seen>{{"message", "a", "7"}}));
}

TEST(SseReader, BytesArePassedOnAsTheyCame) {
  const std::string odd("\xFF\x00\xE4\xBD", 4);
  EXPECT_EQ(data_of("data: " + odd + "\n\n"), Texts{odd});
}

TEST(SseReader, PiecesMayBeCutAnywhere) {
  const std::string stream =
      "\xEF\xBB\xBFid: 1\r\nevent: tick\rdata: \xE4\xBD\xA0\r\ndata: b\r\n\r\n: c\n\rdata\n\n"
      "data:x\r\r\n";
  const std::vector<Seen> whole = read_all(stream);
  ASSERT_EQ(whole.size(), 3u);
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 1; at < stream.size(); ++at)
      if (random() % 4 == 0) cuts.push_back(at);
    EXPECT_EQ(read_all(stream, cuts), whole);
  }
}

TEST(SseReader, ACutEventIsDiscardedAndSeen) {
  SseReader reader;
  const SseSink none = [](const SseEvent&) -> Result<void> {
    ADD_FAILURE();
    return {};
  };
  EXPECT_FALSE(reader.is_inside_event());
  ASSERT_TRUE(reader.read("data: a\n", none));
  EXPECT_TRUE(reader.is_inside_event());
  SseReader named;
  ASSERT_TRUE(named.read("event: a\n", none));
  EXPECT_TRUE(named.is_inside_event());
}

TEST(SseReader, BoundsLinesAndEvents) {
  const SseSink sink = [](const SseEvent&) -> Result<void> { return {}; };
  SseReader lines({.line_bytes_max = 10});
  ASSERT_TRUE(lines.read("data: 1234", sink));
  const auto longer = lines.read("5", sink);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code(), ErrorCode::LimitExceeded);
  SseReader events({.line_bytes_max = 20, .event_bytes_max = 12});
  ASSERT_TRUE(events.read("data: 12345\ndata: 12345\n\n", sink));
  const auto larger = events.read("data: 12345\ndata: 12345\ndata: 1\n", sink);
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code(), ErrorCode::LimitExceeded);
}

TEST(SseReader, WhatTheSinkReturnsEndsTheReading) {
  SseReader reader;
  int events = 0;
  const auto read = reader.read("data: 1\n\ndata: 2\n\n", [&events](const SseEvent&) {
    ++events;
    return Result<void>(fail(ErrorCode::Upstream, "enough"));
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(), "enough");
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace muai
