// Kills writers at random moments and asks that no acknowledged record is lost. Runs 20 rounds
// among the ordinary tests and 1,000 when MUAI_SOAK is set.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

#include "muai/trace/reader.h"
#include "muai/trace/sink.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trace_records.h"

namespace muai {
namespace {

int rounds() { return std::getenv("MUAI_SOAK") != nullptr ? 1'000 : 20; }

// Records of 1 to 60 KiB: the larger ones are torn more often.
TraceRecord record_of(const std::string& id, std::uint64_t number) {
  TraceRecord record = testing::full_record(id);
  record.timestamp = static_cast<double>(number);
  record.final_answer = std::string(number * 7919 % 47'000, static_cast<char>('a' + number % 26));
  return record;
}

// Appends until killed; tells through the pipe which records were acknowledged, and which runs
// were begun.
[[noreturn]] void write_until_killed(const std::string& path, const std::string& name, int pipe) {
  auto sink = JsonlSink::open({.path = path, .rotate_bytes = 8 << 20});
  if (!sink) ::_exit(1);
  const auto tell = [pipe](const std::string& text) {
    if (::write(pipe, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(1);
  };
  for (std::uint64_t number = 1;; ++number) {
    const std::string id = name + "-" + std::to_string(number);
    if (!(*sink)->begin({.request_id = id, .timestamp = static_cast<double>(number)})) ::_exit(1);
    tell("begun " + id + "\n");
    if (!(*sink)->append(record_of(id, number))) ::_exit(1);
    tell("done " + id + "\n");
  }
}

struct Told {
  std::set<std::string> begun;
  std::set<std::string> done;
};

void read_told(int pipe, Told& told) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(pipe, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  std::size_t at = 0;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("done ")) told.done.insert(line.substr(5));
    if (line.starts_with("begun ")) told.begun.insert(line.substr(6));
  }
}

struct Writer {
  pid_t process;
  int pipe;
};

Writer start_writer(const std::string& path, const std::string& name) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(ends[0]);
    write_until_killed(path, name, ends[1]);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

TEST(TraceSoak, KilledWritersLoseNoAcknowledgedRecordAndEveryRunHasOneLine) {
  std::mt19937 random(20'251'125);
  constexpr int kWriters = 2;
  for (int round = 0; round < rounds(); ++round) {
    const testing::TemporaryFolder folder;
    const std::string path = folder / "traces.jsonl";
    Told told;
    // The second pair finds what the first left behind, and a writer that outlives another goes
    // on after its torn line.
    for (int generation = 0; generation < 2; ++generation) {
      std::vector<Writer> writers;
      for (int i = 0; i < kWriters; ++i) {
        writers.push_back(start_writer(path, "w" + std::to_string(generation) + std::to_string(i)));
      }
      for (const Writer& writer : writers) {
        ::usleep(std::uniform_int_distribution<useconds_t>(500, 15'000)(random));
        ::kill(writer.process, SIGKILL);
        ::waitpid(writer.process, nullptr, 0);
      }
      for (const Writer& writer : writers) {
        read_told(writer.pipe, told);
        ::close(writer.pipe);
      }
    }
    auto sink = JsonlSink::open({.path = path}).value();
    ASSERT_TRUE(sink->report_interrupted().has_value());
    std::map<std::string, int> lines;
    std::int64_t interrupted = 0;
    const ReadCounts counts =
        TraceReader(path)
            .walk(WalkOrder::OldestFirst,
                  [&](TraceRecord&& record) {
                    ++lines[record.request_id];
                    if (record.error && record.error->error_type == "interrupted") {
                      ++interrupted;
                    } else {
                      const std::string& id = record.request_id;
                      const auto number = std::stoull(id.substr(id.rfind('-') + 1));
                      EXPECT_EQ(record, record_of(id, number));
                    }
                    return Walk::Continue;
                  })
            .value();
    EXPECT_LE(counts.damaged, 2 * kWriters) << "at most one torn line for each kill";
    for (const std::string& id : told.done) ASSERT_EQ(lines[id], 1) << id << " round " << round;
    for (const std::string& id : told.begun) ASSERT_EQ(lines[id], 1) << id << " round " << round;
    EXPECT_LE(interrupted, 2 * kWriters);
  }
}

TEST(TraceSoak, ConcurrentWritersNeverMixTheirLines) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "traces.jsonl";
  constexpr int kWriters = 4;
  const std::uint64_t records = std::getenv("MUAI_SOAK") != nullptr ? 5'000 : 200;
  std::vector<pid_t> writers;
  for (int i = 0; i < kWriters; ++i) {
    const pid_t process = ::fork();
    if (process == 0) {
      auto sink = JsonlSink::open({.path = path});
      if (!sink) ::_exit(1);
      for (std::uint64_t number = 1; number <= records; ++number) {
        const std::string id = "w" + std::to_string(i) + "-" + std::to_string(number);
        if (!(*sink)->append(record_of(id, number))) ::_exit(1);
      }
      ::_exit(0);
    }
    writers.push_back(process);
  }
  for (pid_t writer : writers) {
    int status = 0;
    ::waitpid(writer, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> ids;
  const ReadCounts counts = TraceReader(path)
                                .walk(WalkOrder::OldestFirst,
                                      [&](TraceRecord&& record) {
                                        ids.insert(record.request_id);
                                        return Walk::Continue;
                                      })
                                .value();
  EXPECT_EQ(counts.damaged, 0);
  EXPECT_EQ(counts.records, static_cast<std::int64_t>(records) * kWriters);
  EXPECT_EQ(ids.size(), records * kWriters);
}

// Every byte with MUAI_SOAK, every 61st without.
TEST(TraceSoak, EveryPrefixOfALogOpens) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "traces.jsonl";
  std::string log;
  {
    auto sink = JsonlSink::open({.path = path}).value();
    while (log.size() < 64 * 1024) {
      ASSERT_TRUE(sink->append(testing::full_record("r")));
      log = testing::file_bytes(path);
    }
  }
  log.resize(64 * 1024);
  std::filesystem::resize_file(path, log.size());
  auto whole = std::ranges::count(log, '\n');
  const std::size_t stride = std::getenv("MUAI_SOAK") != nullptr ? 1 : 61;
  for (std::size_t size = log.size(); size > 0; --size) {
    if (size % stride == 0) {
      std::filesystem::resize_file(path, size);
      for (WalkOrder order : {WalkOrder::OldestFirst, WalkOrder::NewestFirst}) {
        const auto read =
            TraceReader(path).walk(order, [](TraceRecord&&) { return Walk::Continue; });
        ASSERT_TRUE(read.has_value()) << size;
        // A line cut just before its newline is still whole.
        ASSERT_GE(read->records, whole) << size;
        ASSERT_LE(read->records + read->damaged, whole + 1) << size;
      }
    }
    if (log[size - 1] == '\n') --whole;
  }
}

}  // namespace
}  // namespace muai
