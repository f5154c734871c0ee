#include "muai/trace/sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "muai/trace/reader.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trace_records.h"

namespace muai {
namespace {

using testing::file_bytes;
using testing::full_record;
using testing::TemporaryFolder;

class JsonlSinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<JsonlSink> open() { return open({.path = path()}); }
  std::unique_ptr<JsonlSink> open(TraceOptions options) {
    return JsonlSink::open(std::move(options)).value();
  }
  std::string path() const { return folder_ / "data/traces/traces.jsonl"; }

  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    TraceReader(path())
        .walk(WalkOrder::OldestFirst,
              [&](TraceRecord&& record) {
                found.push_back(record.request_id);
                return Walk::Continue;
              })
        .value();
    return found;
  }

  void append_bytes(const std::string& bytes) const {
    std::ofstream(path(), std::ios::app | std::ios::binary) << bytes;
  }

  // Runs `body` in a process of its own, which ends without cleaning up.
  template <class Body>
  void in_child(Body body) const {
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }

  TemporaryFolder folder_;
};

using ids_t = std::vector<std::string>;

TEST_F(JsonlSinkTest, OneLinePerRecordInOrder) {
  auto sink = open();
  ASSERT_TRUE(sink->append(full_record("a")));
  ASSERT_TRUE(sink->append(full_record("b")));
  EXPECT_EQ(ids(), (ids_t{"a", "b"}));
  EXPECT_EQ(std::ranges::count(file_bytes(path()), '\n'), 2);
}

TEST_F(JsonlSinkTest, FilesAndFoldersAreTheOwnersAlone) {
  auto sink = open();
  TraceRecord record = full_record("a");
  record.given = std::string(20'000, 'x');
  ASSERT_TRUE(sink->begin({.request_id = "b"}));
  ASSERT_TRUE(sink->append(record));
  const auto mode_of = [](const std::string& name) {
    struct stat found{};
    EXPECT_EQ(::stat(name.c_str(), &found), 0) << name;
    return found.st_mode & 0777;
  };
  EXPECT_EQ(mode_of(path()), 0600u);
  const std::string traces = folder_ / "data/traces";
  EXPECT_EQ(mode_of(traces), 0700u);
  for (const std::string folder : {"/blobs", "/runs"}) {
    EXPECT_EQ(mode_of(traces + folder), 0700u);
    for (const auto& entry : std::filesystem::directory_iterator(traces + folder)) {
      EXPECT_EQ(mode_of(entry.path()), 0600u) << entry.path();
    }
  }
}

TEST_F(JsonlSinkTest, ATornLastLineIsEndedOnOpen) {
  ASSERT_TRUE(open()->append(full_record("a")));
  append_bytes(R"({"request_id":"torn","ques)");
  ASSERT_TRUE(open()->append(full_record("b")));
  EXPECT_EQ(ids(), (ids_t{"a", "b"}));
}

// A process killed inside its write leaves a torn line behind a writer that is already open.
TEST_F(JsonlSinkTest, ATornLineOfAnotherProcessTakesNoRecordWithIt) {
  auto sink = open();
  ASSERT_TRUE(sink->append(full_record("a")));
  append_bytes(R"({"request_id":"torn","ques)");
  ASSERT_TRUE(sink->append(full_record("b")));
  ASSERT_TRUE(sink->append(full_record("c")));
  EXPECT_EQ(ids(), (ids_t{"a", "b", "c"}));
}

TEST_F(JsonlSinkTest, AFullDiskIsAnErrorAndTheNextRecordIsWhole) {
  in_child([&] {
    auto sink = open();
    if (!sink->append(full_record("a"))) ::_exit(2);
    const auto size = static_cast<rlim_t>(std::filesystem::file_size(path()));
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limited{size + 100, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limited);
    const auto cut = sink->append(full_record("b"));
    if (cut || cut.error().code() != ErrorCode::Io) ::_exit(3);
    const auto nothing = sink->append(full_record("b"));
    if (nothing || nothing.error().code() != ErrorCode::Io) ::_exit(4);
    const rlimit free{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &free);
    if (!sink->append(full_record("c"))) ::_exit(5);
  });
  EXPECT_EQ(ids(), (ids_t{"a", "c"}));
}

TEST_F(JsonlSinkTest, ANewFileFollowsAFullOne) {
  auto sink = open({.path = path(), .rotate_bytes = 5'000});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(sink->append(full_record(std::to_string(i))));
  const auto files = TraceReader(path()).files().value();
  EXPECT_GT(files.size(), 3u);
  EXPECT_EQ(files.front(), path());
  EXPECT_NE(files[1].find("traces.2025-11-25.00001.jsonl"), std::string::npos) << files[1];
  EXPECT_EQ(ids().size(), 20u);
  EXPECT_EQ(ids().front(), "0");
  EXPECT_EQ(ids().back(), "19");
}

TEST_F(JsonlSinkTest, ANewDayHasANewFile) {
  auto sink = open({.path = path(), .rotate_period = RotatePeriod::Daily});
  for (double day : {0.0, 0.0, 1.0, 1.0, 3.0}) {
    TraceRecord record = full_record("d" + std::to_string(day));
    record.timestamp = 1764075600 + day * 86400;
    ASSERT_TRUE(sink->append(record));
  }
  EXPECT_EQ(TraceReader(path()).files().value().size(), 3u);
  EXPECT_EQ(ids().size(), 5u);
}

TEST_F(JsonlSinkTest, TwoRotatingWritersShareTheNextFile) {
  const TraceOptions options{.path = path(), .rotate_bytes = 5'000};
  auto one = open(options);
  auto two = open(options);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(one->append(full_record("one")));
    ASSERT_TRUE(two->append(full_record("two")));
  }
  EXPECT_EQ(one->current_path(), two->current_path());
  EXPECT_EQ(ids().size(), 60u);
}

TEST_F(JsonlSinkTest, ARotatedSetGoesOnWithItsNewestFile) {
  auto rotating = open({.path = path(), .rotate_bytes = 1});
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(rotating->append(full_record(id)));
  ASSERT_TRUE(open()->append(full_record("d")));
  EXPECT_EQ(ids(), (ids_t{"a", "b", "c", "d"}));
}

TEST_F(JsonlSinkTest, AFinishedRunIsNotReportedAgain) {
  auto sink = open();
  ASSERT_TRUE(sink->begin({.request_id = "a", .timestamp = 5}));
  ASSERT_TRUE(sink->append(full_record("a")));
  sink.reset();
  EXPECT_EQ(open()->report_interrupted().value(), 0);
  EXPECT_EQ(ids(), ids_t{"a"});
}

TEST_F(JsonlSinkTest, ARunOfALivingProcessIsLeftAlone) {
  auto living = open();
  ASSERT_TRUE(living->begin({.request_id = "a", .timestamp = 5}));
  EXPECT_EQ(open()->report_interrupted().value(), 0);
}

TEST_F(JsonlSinkTest, ARunCutByDeathIsReportedOnce) {
  in_child([&] {
    auto sink = open().release();  // never destroyed: the process just ends
    (void)sink->begin({.request_id = "cut",
                       .question = "why?",
                       .chosen_workflow = "search_qa",
                       .conversation_id = "c",
                       .turn_index = 4,
                       .timestamp = 12.5});
  });
  EXPECT_EQ(open()->report_interrupted().value(), 1);
  EXPECT_EQ(open()->report_interrupted().value(), 0);
  const TraceRecord record = TraceReader(path()).find("cut").value();
  EXPECT_FALSE(record.success);
  EXPECT_EQ(record.question, "why?");
  EXPECT_EQ(record.chosen_workflow, "search_qa");
  EXPECT_EQ(record.conversation_id, "c");
  EXPECT_EQ(record.turn_index, 4);
  EXPECT_EQ(record.timestamp, 12.5);
  EXPECT_EQ(record.error->error_type, "interrupted");
  EXPECT_EQ(record.error->error, "interrupted: the process ended during the run");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data/traces/runs"));
}

TEST_F(JsonlSinkTest, RacingProcessesReportACutRunOnce) {
  in_child([&] {
    auto sink = open().release();
    for (int i = 0; i < 20; ++i) {
      (void)sink->begin({.request_id = "cut-" + std::to_string(i), .timestamp = i + 1.0});
    }
  });
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(open()->report_interrupted().has_value() ? 0 : 1);
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  ids_t found = ids();
  std::ranges::sort(found);
  EXPECT_EQ(found.size(), 20u);
  EXPECT_EQ(std::ranges::unique(found).size(), 0u);
}

// A process may die between writing the line and removing the mark.
TEST_F(JsonlSinkTest, ARecordedRunWhoseMarkStayedIsNotReported) {
  in_child([&] {
    auto sink = open().release();
    TraceRecord record = full_record("a");
    (void)sink->begin({.request_id = "a", .timestamp = record.timestamp});
    auto other = open();
    (void)other->append(record);  // knows of no mark, so removes none
  });
  EXPECT_EQ(open()->report_interrupted().value(), 0);
  EXPECT_EQ(ids(), ids_t{"a"});
}

TEST_F(JsonlSinkTest, HostileRequestIdsStayInTheirFolder) {
  auto sink = open();
  for (const std::string& id : ids_t{"../../escape", "", ".", "a/b", std::string(5'000, 'x')}) {
    ASSERT_TRUE(sink->begin({.request_id = id}));
    ASSERT_TRUE(sink->append(full_record(id)));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data/escape.start"));
  EXPECT_EQ(ids().size(), 5u);
}

TEST_F(JsonlSinkTest, TwoRunsOfOneIdAreBothReported) {
  in_child([&] {
    auto sink = open().release();
    (void)sink->begin({.request_id = "same", .timestamp = 1});
    (void)sink->begin({.request_id = "same", .timestamp = 2});
  });
  EXPECT_EQ(open()->report_interrupted().value(), 2);
}

TEST_F(JsonlSinkTest, AFolderThatCannotBeMadeIsAnError) {
  const auto sink = JsonlSink::open({.path = "/proc/no/traces.jsonl"});
  ASSERT_FALSE(sink.has_value());
  EXPECT_EQ(sink.error().code(), ErrorCode::Io);
}

}  // namespace
}  // namespace muai
