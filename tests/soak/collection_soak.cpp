// Kills a process that fills a collection at random moments and asks that every document it was
// told is stored is there whole, and that no other is there in part. Runs 8 rounds among the
// ordinary tests and 1,000 when MUAI_SOAK is set.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "muai/rag/collection.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

constexpr int kDocuments = 150;

int rounds() { return std::getenv("MUAI_SOAK") != nullptr ? 1'000 : 8; }

// Several passages each, so that half a document would be possible.
std::string text_of(int number, int version) {
  std::string text;
  for (int i = 0; i < 30 + number % 50; ++i) {
    text += "Document " + std::to_string(number) + " in version " + std::to_string(version) +
            " says sentence " + std::to_string(i) + " about logs and 日志 files.\n\n";
  }
  return text;
}

void write_documents(const std::string& folder, int version) {
  std::filesystem::create_directories(folder);
  for (int number = 0; number < kDocuments; ++number) {
    std::ofstream(folder + "/" + std::to_string(number) + ".txt") << text_of(number, version);
  }
}

// Adds the folder and tells after each commit how many files are done.
[[noreturn]] void add_and_tell(const std::string& data, const std::string& docs, int pipe) {
  auto collection = Collection::open(data, "c", CollectionAccess::Write);
  if (!collection) ::_exit(1);
  const std::vector<std::filesystem::path> paths{docs};
  const auto added = collection->add(paths, {}, [pipe](const AddProgress& progress) {
    const auto done = static_cast<int>(progress.files_done);
    if (::write(pipe, &done, sizeof done) != sizeof done) ::_exit(1);
  });
  ::_exit(added ? 0 : 1);
}

struct Outcome {
  int files_done = 0;
  bool was_killed = false;
};

// True when the process ended within `delay_us`; then `status` says how.
bool ends_within(pid_t child, useconds_t delay_us, int& status) {
  constexpr useconds_t kLookUs = 500;
  for (useconds_t waited = 0; waited < delay_us; waited += kLookUs) {
    if (::waitpid(child, &status, WNOHANG) == child) return true;
    ::usleep(std::min(kLookUs, delay_us - waited));
  }
  return ::waitpid(child, &status, WNOHANG) == child;
}

// Runs the child and kills it after `delay_us`, unless it has ended by then.
Outcome run_child(const std::string& data, const std::string& docs, useconds_t delay_us) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    add_and_tell(data, docs, ends[1]);
  }
  ::close(ends[1]);
  int status = 0;
  if (!ends_within(child, delay_us, status)) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  Outcome outcome;
  outcome.was_killed = WIFSIGNALED(status);
  EXPECT_TRUE(outcome.was_killed || WEXITSTATUS(status) == 0);
  for (int done = 0; ::read(ends[0], &done, sizeof done) == sizeof done;) {
    outcome.files_done = done;
  }
  ::close(ends[0]);
  return outcome;
}

// Every stored document is one of the two versions, whole; as many as told are `version`.
void expect_whole(const std::string& data, int version, int told) {
  auto opened = Collection::open(data, "c", CollectionAccess::Write);
  ASSERT_TRUE(opened) << opened.error().to_string();
  const auto intact = opened->check_integrity();
  ASSERT_TRUE(intact) << intact.error().to_string();
  int current = 0;
  const auto documents = opened->list().value();
  for (const StoredDocument& stored : documents) {
    const int number = std::stoi(stored.url.substr(stored.url.rfind('/') + 1));
    const std::string text = opened->find_document(stored.url).value()->text;
    const auto without_end = [](std::string whole) {
      whole.resize(whole.find_last_not_of('\n') + 1);
      return whole;
    };
    const bool is_current = without_end(text) == without_end(text_of(number, version));
    const bool is_older = without_end(text) == without_end(text_of(number, version - 1));
    ASSERT_TRUE(is_current || is_older) << stored.url << " is in part";
    current += is_current ? 1 : 0;
  }
  EXPECT_GE(current, told);
}

TEST(CollectionSoak, KilledAddsLoseNoAcknowledgedDocumentAndLeaveNoHalfOne) {
  std::mt19937 random(20'251'125);
  const testing::TemporaryFolder folder;
  const std::string data = folder / "data";
  const std::string docs = folder / "docs";
  // How long a whole run takes here, so that kills fall all over it.
  write_documents(docs, 1);
  useconds_t whole_us = 20'000;
  while (run_child(data, docs, whole_us).was_killed) whole_us *= 2;
  int kills = 0;
  int version = 1;
  for (int round = 0; round < rounds(); ++round) {
    if (round % 8 == 0) {  // from nothing; in between, every document is replaced
      std::filesystem::remove_all(data);
      version = 1;
    }
    write_documents(docs, version);
    const auto delay = std::uniform_int_distribution<useconds_t>(0, whole_us)(random);
    const Outcome outcome = run_child(data, docs, delay);
    kills += outcome.was_killed ? 1 : 0;
    expect_whole(data, version, outcome.files_done);
    if (HasFatalFailure()) FAIL() << "round " << round;
    // The same command goes on to the end.
    while (run_child(data, docs, 4 * whole_us).was_killed) whole_us *= 2;
    expect_whole(data, version, kDocuments);
    ++version;
  }
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace muai
