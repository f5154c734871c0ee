#pragma once

// Other programs, run with limits. The only place of the product that forks.
//
//   Spawner spawner(loop);
//   ProcessOptions options;
//   options.argv = {"pdftotext", "-enc", "UTF-8", "-", "-"};
//   options.search_path = {"/usr/bin"};
//   options.input = std::move(bytes);
//   Result<ProcessOutput> output = co_await spawner.run(std::move(options), stop);
//
// There is never a shell. A child has its own session and process group, only the descriptors 0,
// 1 and 2, only the environment that its options give, no way to gain privileges, and dies with
// us. Whatever it leaves in its group is killed when it ends. Children live in real time, also
// under a SimLoop.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

// Zero means "no limit", save for the byte counts of the streams, which always hold.
struct ProcessLimits {
  std::chrono::seconds cpu{0};            // of each process
  std::uint64_t address_space_bytes = 0;  // of each process
  std::uint64_t file_bytes = 0;           // of each file written
  std::size_t stdout_bytes_max = 8 << 20;
  std::size_t stderr_bytes_max = 64 << 10;  // more is dropped; it is not an error
  Duration wall = std::chrono::seconds(60);
  Duration grace = std::chrono::milliseconds(500);  // between SIGTERM and SIGKILL
};

struct ProcessOptions {
  // argv[0] is an absolute path, or a bare name that is looked up in `search_path`.
  std::vector<std::string> argv;
  std::vector<std::string> search_path;  // absolute folders
  std::string input;                     // all of its stdin
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> inherited_environment;  // names passed on from ours when set
  std::string working_directory = "/";
  ProcessLimits limits;
};

// How a process ended: by itself with an exit code, or by a signal.
struct ProcessExit {
  int code = 0;
  int signal = 0;  // 0: it ended by itself
  bool operator==(const ProcessExit&) const = default;
};

struct ProcessOutput {
  ProcessExit exit;  // a code other than 0 is the caller's to judge
  std::string out;   // stdout
  std::string err;   // the first stderr_bytes_max bytes of stderr
  Duration elapsed{};
};

// A child that runs until told otherwise, for example a model server. Its stdin is /dev/null.
// Destroying it kills the group without waiting; the Spawner must outlive it. Loop thread only.
class ChildProcess {
 public:
  class State;

  explicit ChildProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  int pid() const;

  // Empty while it runs.
  std::optional<ProcessExit> exit() const;

  // Waits for its end. ErrorCode::Cancelled when `stop` is asked for: it goes on running.
  Task<Result<ProcessExit>> wait(std::stop_token stop);

  // Asks it to end: SIGTERM to the group, SIGKILL after the grace of its limits. Does not wait.
  void terminate();

  // The last stderr_bytes_max bytes of its stdout and stderr together.
  std::string output_tail() const;

 private:
  std::shared_ptr<State> state_;
};

// The thread that forks and minds the children. `loop` must outlive it, it must outlive the tasks
// and children that it made. Destroying it kills every child and waits for their ends.
class Spawner {
 public:
  explicit Spawner(Loop& loop);
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  ~Spawner();

  // Runs a program to its end. Errors: NotFound and InvalidInput before it starts; Timeout after
  // `wall`; LimitExceeded when stdout is longer than allowed, or the limit of cpu or file bytes
  // ended it; Cancelled on `stop`. In each case the process has ended when the task resumes, which
  // takes little more than `grace`: its group gets SIGTERM, then SIGKILL.
  Task<Result<ProcessOutput>> run(ProcessOptions options, std::stop_token stop);

  // Starts a child and resumes when its program has begun. `input`, `wall` and
  // `stdout_bytes_max` play no part.
  Task<Result<ChildProcess>> launch(ProcessOptions options);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace muai
