#include "tests/support/orphans.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_gguf.h"

namespace muai::testing {

namespace {

// What `holder` printed first; it goes on running.
struct Held {
  pid_t pid = -1;
  std::string line;
};

Held begin(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Held held{.pid = ::fork()};
  if (held.pid == 0) {
    ::dup2(ends[1], 1);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  char letter = 0;
  while (::read(ends[0], &letter, 1) == 1 && letter != '\n') held.line += letter;
  ::close(ends[0]);
  return held;
}

// True when it is no more, or only waits for whoever adopted it to ask how it ended.
bool has_ended(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return !(file >> number >> name >> state) || state == "Z" || state == "X";
}

// Also when a check fails.
class KillOnLeaving {
 public:
  explicit KillOnLeaving(pid_t pid) : pid_(pid) {}
  KillOnLeaving(const KillOnLeaving&) = delete;
  KillOnLeaving& operator=(const KillOnLeaving&) = delete;
  ~KillOnLeaving() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

std::ptrdiff_t entries(const std::string& folder) {
  std::error_code ignored;
  return std::distance(std::filesystem::directory_iterator(folder, ignored), {});
}

// Whether every process that held a runtime folder below `parent` has gone: a child that was forked
// and has not begun its program holds what its parent held, until it dies a moment later.
bool all_let_go(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const int lock = ::open((entry.path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) continue;
    const bool free = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    ::close(lock);
    if (!free) return false;
  }
  return true;
}

}  // namespace

std::vector<int> servers_of(int parent) {
  std::vector<int> found;
  const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(tasks)) {
    std::ifstream children(thread.path() / "children");
    for (int child = 0; children >> child;) {
      std::ifstream file("/proc/" + std::to_string(child) + "/cmdline");
      const std::string command(std::istreambuf_iterator<char>(file), {});
      if (command.contains("--host")) found.push_back(child);
    }
  }
  return found;
}

void expect_no_orphans(const std::string& programs, const std::string& server, int rounds) {
  const TemporaryFolder folder;
  const std::string file = folder / "tiny.gguf";
  std::ofstream(file, std::ios::binary) << tiny_gguf({});
  for (int round = 0; round < rounds; ++round) {
    const Held held = begin({programs + "/holds_model", server, file, folder.path()});
    KillOnLeaving killer(held.pid);
    ASSERT_EQ(held.line, "loaded") << "round " << round;
    const std::vector<int> servers = servers_of(held.pid);
    ASSERT_EQ(servers.size(), 1U);
    // Only the folder of this round: those of the earlier ones were removed.
    EXPECT_EQ(entries(folder / "run"), 1);
    killer.kill();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto is_over = [&] { return has_ended(servers[0]) && all_let_go(folder / "run"); };
    while (!is_over() && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(is_over()) << "an orphan after round " << round;
  }
}

}  // namespace muai::testing
