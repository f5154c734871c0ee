#pragma once

// The spawner thread: forks, feeds and reads children, holds them to their limits, reaps them.
// One poll loop, in real time. Everything public is thread-safe; callbacks run on its thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "async/fork_exec.h"
#include "async/unique_fd.h"
#include "muai/async/process.h"
#include "muai/core/result.h"

namespace muai {

// The last bytes that a child wrote. Thread-safe.
class OutputTail {
 public:
  explicit OutputTail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void append(std::string_view bytes);
  std::string text() const;

 private:
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::string bytes_;  // guarded by mutex_; up to twice bytes_max_
};

// How a child that had begun ended, and why we ended it, if we did.
struct ChildEnd {
  ProcessOutput output;
  std::optional<Error> verdict;
};

class ChildMinder {
 public:
  using ChildId = std::uint64_t;
  using Clock = std::chrono::steady_clock;

  struct Order {
    ProcessOptions options;
    // With a tail: stdin is /dev/null, both streams go to the tail, there is no wall limit.
    std::shared_ptr<OutputTail> tail;
    std::move_only_function<void(int pid)> on_start;
    // Called once; an error when the program could not start.
    std::move_only_function<void(Result<ChildEnd>)> on_end;
  };

  ChildMinder();
  ChildMinder(const ChildMinder&) = delete;
  ChildMinder& operator=(const ChildMinder&) = delete;
  ~ChildMinder();  // kills and reaps all children; their on_end is not called

  ChildId start(Order order);
  void stop(ChildId child);  // SIGTERM, then SIGKILL; the verdict is ErrorCode::Cancelled
  void kill(ChildId child);  // SIGKILL now

 private:
  struct Child;
  using Command = std::move_only_function<void()>;

  void command(Command command);
  void mind();  // the thread
  void run_commands();
  void begin(ChildId id, Order order);
  int wait_ms(Clock::time_point now) const;
  void poll_once();
  void enforce(Child& child, Clock::time_point now);

  std::mutex mutex_;
  std::vector<Command> commands_;  // guarded by mutex_
  ChildId last_id_ = 0;            // guarded by mutex_
  bool is_closing_ = false;        // guarded by mutex_
  UniqueFd wake_;                  // an eventfd, written when commands_ stops being empty
  std::map<ChildId, std::unique_ptr<Child>> children_;  // the thread's own
  std::thread thread_;
};

}  // namespace muai
