#include "muai/trace/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "muai/trace/purge.h"
#include "muai/trace/sink.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trace_records.h"
#include "trace/line_walk.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using testing::file_bytes;
using testing::full_record;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;

class TraceFiles : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "traces.jsonl"; }

  void append(const std::vector<TraceRecord>& records, TraceOptions options = {}) {
    options.path = path();
    auto sink = JsonlSink::open(std::move(options)).value();
    for (const TraceRecord& record : records) ASSERT_TRUE(sink->append(record));
  }

  void append_bytes(const std::string& bytes) const {
    std::ofstream(path(), std::ios::app | std::ios::binary) << bytes;
  }

  std::vector<std::string> ids(WalkOrder order) {
    std::vector<std::string> found;
    counts_ = TraceReader(path())
                  .walk(order,
                        [&](TraceRecord&& record) {
                          found.push_back(record.request_id);
                          return Walk::Continue;
                        })
                  .value();
    return found;
  }

  static TraceRecord at(const std::string& id, double timestamp) {
    TraceRecord record;
    record.request_id = id;
    record.timestamp = timestamp;
    return record;
  }

  TemporaryFolder folder_;
  ReadCounts counts_;
};

TEST_F(TraceFiles, AMissingFileIsAnEmptySet) {
  EXPECT_TRUE(ids(WalkOrder::OldestFirst).empty());
  EXPECT_EQ(TraceReader(path()).find("last").error().code(), ErrorCode::NotFound);
}

TEST_F(TraceFiles, DamageIsSkippedAndCounted) {
  append({at("a", 1)});
  append_bytes(
      "not json\n\n   \n{\"request_id\":5}\n{\"schema_version\":7,\"request_id\":\"x\"}\n");
  append({at("b", 2)});
  append_bytes("{\"request_id\":\"torn");
  for (WalkOrder order : {WalkOrder::OldestFirst, WalkOrder::NewestFirst}) {
    EXPECT_EQ(ids(order).size(), 2u);
    EXPECT_EQ(counts_.records, 2);
    EXPECT_EQ(counts_.damaged, 3);
    EXPECT_EQ(counts_.newer, 1);
  }
}

TEST_F(TraceFiles, BothOrdersSeeTheSameLines) {
  std::vector<TraceRecord> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back(at(std::to_string(i), i));
    records.back().question = std::string(static_cast<std::size_t>(i * i % 9000), 'q');
  }
  append(records, {.rotate_bytes = 400'000});
  std::vector<std::string> forward = ids(WalkOrder::OldestFirst);
  EXPECT_EQ(forward.size(), 300u);
  std::vector<std::string> backward = ids(WalkOrder::NewestFirst);
  std::ranges::reverse(backward);
  EXPECT_EQ(forward, backward);
}

TEST_F(TraceFiles, ALineBeyondTheLimitIsDamageAndItsNeighboursAreRead) {
  append({at("a", 1)});
  append_bytes("{\"request_id\":\"" + std::string(kReadLineBytesMax + 300'000, 'x') + "\"}\n");
  append({at("b", 2)});
  EXPECT_THAT(ids(WalkOrder::OldestFirst), ElementsAre("a", "b"));
  EXPECT_EQ(counts_.damaged, 1);
  EXPECT_THAT(ids(WalkOrder::NewestFirst), ElementsAre("b", "a"));
  EXPECT_EQ(counts_.damaged, 1);
}

TEST_F(TraceFiles, FindTakesLastANumberAnIdOrItsBeginning) {
  TraceRecord shadow = at("shadow-1", 9);
  shadow.shadow = true;
  append({at("alpha-1", 1), at("alpha-2", 2), at("beta", 3), shadow});
  const TraceReader reader(path());
  EXPECT_EQ(reader.find("last").value().request_id, "beta");
  EXPECT_EQ(reader.find("1").value().request_id, "beta");
  EXPECT_EQ(reader.find("3").value().request_id, "alpha-1");
  EXPECT_EQ(reader.find("alpha-1").value().timestamp, 1);
  EXPECT_EQ(reader.find("be").value().request_id, "beta");
  EXPECT_EQ(reader.find("shadow-1").value().request_id, "shadow-1");
  EXPECT_THAT(reader.find("alpha").error().message(), HasSubstr("2 traces"));
  EXPECT_EQ(reader.find("gamma").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(reader.find("4").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(reader.find("").error().code(), ErrorCode::InvalidInput);
}

TEST_F(TraceFiles, FiltersKeepWhatTheySay) {
  TraceRecord good = full_record("good");
  good.success = true;
  good.error.reset();
  good.steps.clear();
  good.timestamp = 100;
  TraceRecord bad = full_record("bad");
  bad.chosen_workflow = "rag_qa";
  bad.timestamp = 200;
  TraceRecord shadow = good;
  shadow.request_id = "shadow";
  shadow.shadow = true;
  append({good, bad, shadow});
  const auto selected = [&](const TraceFilter& filter) {
    std::vector<std::string> found;
    for (const auto& record : TraceReader(path()).select(filter, 10).value()) {
      found.push_back(record.request_id);
    }
    return found;
  };
  EXPECT_THAT(selected({}), ElementsAre("bad", "good"));
  EXPECT_THAT(selected({.workflow = "rag_qa"}), ElementsAre("bad"));
  EXPECT_THAT(selected({.from = 150}), ElementsAre("bad"));
  EXPECT_THAT(selected({.until = 150}), ElementsAre("good"));
  EXPECT_THAT(selected({.success = true}), ElementsAre("good"));
  EXPECT_THAT(selected({.error_type = "timeout"}), ElementsAre("bad"));
  EXPECT_THAT(selected({.text = "LIGHT SCATTERS"}), ElementsAre("bad", "good"));
  EXPECT_THAT(selected({.text = "no page"}), ElementsAre("bad"));
  EXPECT_THAT(selected({.shadow = TraceFilter::Shadow::Only}), ElementsAre("shadow"));
  EXPECT_EQ(TraceReader(path()).select({}, 1).value().size(), 1u);
}

TEST_F(TraceFiles, PurgeByDateLeavesNoByteOfTheOldAndAllOfTheRest) {
  append({full_record("old"), at("new", 2e9)});
  const PurgeCounts counts = purge_traces(path(), {.before = 1.9e9}).value();
  EXPECT_EQ(counts.records, 1);
  EXPECT_THAT(ids(WalkOrder::OldestFirst), ElementsAre("new"));
  EXPECT_EQ(counts_.damaged, 0);
  EXPECT_THAT(file_bytes(path()), Not(HasSubstr("scatters")));
  EXPECT_EQ(purge_traces(path(), {.before = 1.9e9}).value().records, 0);
}

TEST_F(TraceFiles, PurgeByConversation) {
  TraceRecord other = full_record("other");
  other.conversation_id = "c-70";
  append({full_record("a"), other, at("none", 1)});
  EXPECT_EQ(purge_traces(path(), {.conversation_id = "c-7"}).value().records, 1);
  EXPECT_THAT(ids(WalkOrder::OldestFirst), ElementsAre("other", "none"));
}

TEST_F(TraceFiles, PurgeByTextLooksIntoBlobsAndDamagedLines) {
  TraceRecord blob = at("blob", 1);
  blob.given = std::string(20'000, 'x') + "Private \"Name\"";
  TraceRecord plain = at("plain", 2);
  plain.question = "is private \"name\" here";
  append({blob, plain, at("rest", 3)});
  append_bytes("torn private \\\"name\\\"\n");
  const PurgeCounts counts = purge_traces(path(), {.text = "private \"name\""}).value();
  EXPECT_EQ(counts.records, 3);
  EXPECT_EQ(counts.blobs, 1);
  EXPECT_THAT(ids(WalkOrder::OldestFirst), ElementsAre("rest"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "blobs"));
}

TEST_F(TraceFiles, ABlobThatAKeptRecordNamesStays) {
  TraceRecord old = at("old", 1);
  old.given = std::string(20'000, 'x');
  TraceRecord kept = at("kept", 5);
  kept.given = old.given;
  append({old, kept});
  EXPECT_EQ(purge_traces(path(), {.before = 2}).value().blobs, 0);
  const TraceReader reader(path());
  EXPECT_EQ(reader.complete(reader.find("kept").value()).value().given, kept.given);
}

TEST_F(TraceFiles, EmptyFilesOfASetGoExceptTheNewest) {
  append({at("a", 1), at("b", 2), at("c", 3)}, {.rotate_bytes = 1});
  ASSERT_EQ(TraceReader(path()).files().value().size(), 3u);
  const PurgeCounts counts = expire_traces(path(), {.now = 100 * 86400.0, .days = 30}).value();
  EXPECT_EQ(counts.records, 3);
  EXPECT_EQ(counts.files, 2);
  EXPECT_EQ(TraceReader(path()).files().value().size(), 1u);
}

TEST_F(TraceFiles, RecordsAppendedDuringAPurgeStay) {
  append({at("old", 1)});
  auto sink = JsonlSink::open({.path = path()}).value();
  ASSERT_TRUE(sink->append(at("x", 9)));
  ASSERT_TRUE(purge_traces(path(), {.before = 5}));
  ASSERT_TRUE(sink->append(at("y", 9)));
  EXPECT_THAT(ids(WalkOrder::OldestFirst), ElementsAre("x", "y"));
}

TEST_F(TraceFiles, ARuleWithoutConditionsRemovesNothing) {
  append({at("a", 1)});
  EXPECT_EQ(purge_traces(path(), {}).value().records, 0);
  EXPECT_EQ(expire_traces(path(), {.now = 1e12, .days = 0}).value().records, 0);
}

TEST_F(TraceFiles, ADamagedBlobStaysTruncated) {
  TraceRecord record = at("a", 1);
  record.given = std::string(20'000, 'x');
  append({record});
  const TraceReader reader(path());
  TraceRecord read = reader.find("a").value();
  std::ofstream(folder_ / ("blobs/" + read.truncated[0].sha256)) << "something else";
  const TraceRecord whole = reader.complete(read).value();
  EXPECT_EQ(whole.given, read.given);
  EXPECT_EQ(whole.truncated, read.truncated);
}

TEST_F(TraceFiles, ABlobNameThatIsAPathIsNotFollowed) {
  std::ofstream(folder_ / "outside") << "outside";
  std::filesystem::create_directory(folder_ / "blobs");
  TraceRecord record = at("a", 1);
  record.truncated = {{"/given", "../outside", 7}};
  const TraceRecord whole = TraceReader(path()).complete(record).value();
  EXPECT_EQ(whole.given, "");
  EXPECT_EQ(whole.truncated.size(), 1u);
}

}  // namespace
}  // namespace muai
