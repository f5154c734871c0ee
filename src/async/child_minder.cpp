#include "async/child_minder.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "async/signals.h"
#include "muai/core/check.h"

namespace muai {

namespace {

// How often a child without a pidfd is asked whether it has ended.
constexpr int kAskMs = 10;

// Reads of one pipe per round. More than the largest pipe holds, and few enough that a child that
// writes without end does not keep us from the others.
constexpr int kReadsPerRound = 64;

enum class Filled { Open, Closed };

// Reads what is there now, and hands it to `take`.
template <class Take>
Filled drain(const UniqueFd& fd, Take take) {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsPerRound; ++i) {
    const ssize_t count = ::read(fd.number(), buffer.data(), buffer.size());
    if (count > 0) {
      if (!take(std::string_view(buffer.data(), static_cast<std::size_t>(count)))) {
        return Filled::Closed;
      }
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && errno == EAGAIN) {
      return Filled::Open;
    } else {
      return Filled::Closed;
    }
  }
  return Filled::Open;
}

// Seconds of processor time that an ended child and its reaped children used.
double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void OutputTail::append(std::string_view bytes) {
  if (bytes.size() > bytes_max_) bytes.remove_prefix(bytes.size() - bytes_max_);
  const std::lock_guard lock(mutex_);
  bytes_.append(bytes);
  if (bytes_.size() > 2 * bytes_max_) bytes_.erase(0, bytes_.size() - bytes_max_);
}

std::string OutputTail::text() const {
  const std::lock_guard lock(mutex_);
  return bytes_.substr(bytes_.size() - std::min(bytes_.size(), bytes_max_));
}

struct ChildMinder::Child {
  ChildId id;
  Order order;
  Forked process;
  Clock::time_point started = Clock::now();
  Clock::time_point terminate_at = Clock::time_point::max();  // the wall limit
  Clock::time_point kill_at = Clock::time_point::max();
  std::size_t input_sent = 0;
  std::string out;
  std::string err;
  std::optional<Error> verdict;  // why we end it
  bool has_ended = false;

  const ProcessLimits& limits() const { return order.options.limits; }
  const std::string& name() const { return order.options.argv.front(); }

  void signal_group(int number) const { ::kill(-process.pid, number); }

  // Asks the group to end; the first reason is the one that is reported.
  void terminate(Error reason) {
    if (verdict) return;
    verdict.emplace(std::move(reason));
    signal_group(SIGTERM);
    terminate_at = Clock::time_point::max();
    kill_at = Clock::now() + limits().grace;
  }

  void feed() {
    const std::string& input = order.options.input;
    while (input_sent < input.size()) {
      const ssize_t count =
          ::write(process.input.number(), input.data() + input_sent, input.size() - input_sent);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) break;  // it reads no more, which is its right
      input_sent += static_cast<std::size_t>(count);
    }
    process.input.reset();
  }

  bool take_out(std::string_view bytes) {
    if (order.tail) {
      order.tail->append(bytes);
      return true;
    }
    if (out.size() + bytes.size() <= limits().stdout_bytes_max) {
      out.append(bytes);
      return true;
    }
    terminate(
        Error(ErrorCode::LimitExceeded, fmt::format("'{}' wrote more than the {} bytes that it may",
                                                    name(), limits().stdout_bytes_max)));
    return false;
  }

  bool take_err(std::string_view bytes) {
    if (order.tail) {
      order.tail->append(bytes);
    } else {
      err.append(bytes.substr(0, limits().stderr_bytes_max - err.size()));
    }
    return true;
  }

  void read_out() {
    if (!process.out.is_open()) return;
    const auto take = [this](std::string_view bytes) { return take_out(bytes); };
    if (drain(process.out, take) == Filled::Closed) process.out.reset();
  }

  void read_err() {
    if (!process.err.is_open()) return;
    const auto take = [this](std::string_view bytes) { return take_err(bytes); };
    if (drain(process.err, take) == Filled::Closed) process.err.reset();
  }

  // True when it is a zombie. It stays one, so that its group's number is not given away.
  bool is_zombie() const {
    siginfo_t state{};
    const int options = WEXITED | WNOHANG | WNOWAIT;
    const int answer = ::waitid(P_PID, static_cast<id_t>(process.pid), &state, options);
    return answer != 0 || state.si_pid == process.pid;
  }

  // Ends what is left of the group, then reaps the child. REQUIRES: is_zombie().
  ChildEnd reap() {
    signal_group(SIGKILL);
    int status = 0;
    rusage usage{};
    const pid_t reaped = ::wait4(process.pid, &status, 0, &usage);
    read_out();
    read_err();
    ProcessExit exit{.code = -1, .signal = 0};
    if (reaped == process.pid && WIFEXITED(status)) exit.code = WEXITSTATUS(status);
    if (reaped == process.pid && WIFSIGNALED(status)) exit = {0, WTERMSIG(status)};
    if (!verdict) verdict = broken_limit(exit, usage);
    return {ProcessOutput{exit, std::move(out), std::move(err), Clock::now() - started},
            std::move(verdict)};
  }

  // The kernel's limits end a process by a signal.
  std::optional<Error> broken_limit(const ProcessExit& exit, const rusage& usage) const {
    const double cpu_max = static_cast<double>(limits().cpu.count());
    if (exit.signal == SIGXFSZ) {
      return Error(ErrorCode::LimitExceeded, fmt::format("'{}' wrote a file larger than {} bytes",
                                                         name(), limits().file_bytes));
    }
    // SIGKILL is the hard limit's signal, but others send it too.
    const bool hit_hard_limit =
        exit.signal == SIGKILL && cpu_max > 0 && cpu_seconds(usage) >= cpu_max;
    if (exit.signal == SIGXCPU || hit_hard_limit) {
      return Error(ErrorCode::LimitExceeded,
                   fmt::format("'{}' used more than {} s of processor time", name(), cpu_max));
    }
    return std::nullopt;
  }
};

ChildMinder::ChildMinder() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  MUAI_CHECK(wake_.is_open());
  thread_ = std::thread([this] { mind(); });
}

ChildMinder::~ChildMinder() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.number(), &one, sizeof one);
  thread_.join();
}

ChildMinder::ChildId ChildMinder::start(Order order) {
  ChildId id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
  }
  command([this, id, given = std::move(order)]() mutable { begin(id, std::move(given)); });
  return id;
}

void ChildMinder::stop(ChildId child) {
  command([this, child] {
    const auto found = children_.find(child);
    if (found == children_.end()) return;
    found->second->terminate(Error(ErrorCode::Cancelled, "stopped before it was done"));
  });
}

void ChildMinder::kill(ChildId child) {
  command([this, child] {
    const auto found = children_.find(child);
    if (found != children_.end()) found->second->signal_group(SIGKILL);
  });
}

void ChildMinder::command(Command command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  if (commands_.size() > 1) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.number(), &one, sizeof one);
}

void ChildMinder::mind() {
  block_signals();
  for (;;) {
    run_commands();
    {
      const std::lock_guard lock(mutex_);
      if (is_closing_) break;
    }
    poll_once();
  }
  for (auto& [id, child] : children_) child->signal_group(SIGKILL);
  for (auto& [id, child] : children_) {
    const ChildEnd dropped = child->reap();
  }
}

void ChildMinder::run_commands() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(wake_.number(), &count, sizeof count);
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (Command& next : commands) next();
}

void ChildMinder::begin(ChildId id, Order order) {
  const ChildInput input = order.tail ? ChildInput::Null : ChildInput::Pipe;
  Result<Forked> forked = fork_exec(order.options, input);
  if (!forked) {
    order.on_end(pass(std::move(forked)));
    return;
  }
  auto child = std::make_unique<Child>(id, std::move(order), *std::move(forked));
  const Duration wall = child->limits().wall;
  if (!child->order.tail && wall.count() > 0) child->terminate_at = child->started + wall;
  if (child->process.input.is_open()) child->feed();
  if (child->order.on_start) child->order.on_start(child->process.pid);
  children_.emplace(id, std::move(child));
}

// Until the next limit runs out; -1 without one.
int ChildMinder::wait_ms(Clock::time_point now) const {
  Clock::time_point next = Clock::time_point::max();
  bool must_ask = false;
  for (const auto& [id, child] : children_) {
    next = std::min({next, child->terminate_at, child->kill_at});
    must_ask = must_ask || !child->process.pidfd.is_open();
  }
  if (must_ask) next = std::min(next, now + std::chrono::milliseconds(kAskMs));
  if (next == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void ChildMinder::poll_once() {
  std::vector<pollfd> polled{{wake_.number(), POLLIN, 0}};
  for (const auto& [id, child] : children_) {
    const Forked& process = child->process;
    // poll passes over descriptors of -1.
    polled.push_back({process.pidfd.number(), POLLIN, 0});
    polled.push_back({process.input.number(), POLLOUT, 0});
    polled.push_back({process.out.number(), POLLIN, 0});
    polled.push_back({process.err.number(), POLLIN, 0});
  }
  if (::poll(polled.data(), polled.size(), wait_ms(Clock::now())) < 0) return;  // EINTR

  const Clock::time_point now = Clock::now();
  std::size_t at = 1;
  for (auto& [id, child] : children_) {
    if (polled[at + 1].revents != 0) child->feed();
    if (polled[at + 2].revents != 0) child->read_out();
    if (polled[at + 3].revents != 0) child->read_err();
    const bool may_have_ended = polled[at].revents != 0 || !child->process.pidfd.is_open();
    child->has_ended = may_have_ended && child->is_zombie();
    if (!child->has_ended) enforce(*child, now);
    at += 4;
  }
  std::erase_if(children_, [](auto& entry) {
    Child& child = *entry.second;
    if (child.has_ended) child.order.on_end(child.reap());
    return child.has_ended;
  });
}

void ChildMinder::enforce(Child& child, Clock::time_point now) {
  if (now >= child.terminate_at) {
    const double seconds = std::chrono::duration<double>(child.limits().wall).count();
    child.terminate(Error(ErrorCode::Timeout,
                          fmt::format("'{}' did not end within {:.3g} s", child.name(), seconds)));
  } else if (now >= child.kill_at) {
    child.signal_group(SIGKILL);
    child.kill_at = Clock::time_point::max();
  }
}

}  // namespace muai
