#include "muai/async/process.h"

#include <cstdlib>
#include <utility>

#include "async/child_minder.h"
#include "muai/async/event.h"
#include "muai/async/oneshot.h"

namespace muai {

namespace {

// Turns inherited names into values, on the loop's thread: the environment is not thread-safe.
void resolve_environment(ProcessOptions& options) {
  for (const std::string& name : std::exchange(options.inherited_environment, {})) {
    if (const char* const value = std::getenv(name.c_str())) {
      options.environment.emplace_back(name, value);
    }
  }
}

// What `run` makes of an end.
Result<ProcessOutput> judge(Result<ChildEnd> end) {
  if (!end) return pass(std::move(end));
  if (end->verdict) return std::unexpected(*std::move(end->verdict));
  return std::move(end->output);
}

// Ends the process when the coroutine that waits for it goes.
class StopOnLeaving {
 public:
  StopOnLeaving(ChildMinder& minder, ChildMinder::ChildId child) : minder_(minder), child_(child) {}
  StopOnLeaving(const StopOnLeaving&) = delete;
  StopOnLeaving& operator=(const StopOnLeaving&) = delete;
  ~StopOnLeaving() { minder_.stop(child_); }

 private:
  ChildMinder& minder_;
  ChildMinder::ChildId child_;
};

}  // namespace

class Spawner::State {
 public:
  explicit State(Loop& given) : loop(given) {}

  Loop& loop;
  ChildMinder minder;
};

class ChildProcess::State {
 public:
  State(Loop& loop, ChildMinder& given, std::shared_ptr<OutputTail> output)
      : minder(given), tail(std::move(output)), ended(loop) {}

  ChildMinder& minder;
  std::shared_ptr<OutputTail> tail;
  ChildMinder::ChildId id = 0;
  int pid = 0;
  std::optional<ProcessExit> exit;
  AsyncEvent ended;
};

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (state_ && !state_->exit) state_->minder.kill(state_->id);
}

int ChildProcess::pid() const { return state_->pid; }

std::optional<ProcessExit> ChildProcess::exit() const { return state_->exit; }

Task<Result<ProcessExit>> ChildProcess::wait(std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  Result<void> ended = co_await state->ended.wait(std::move(stop));
  if (!ended) co_return pass(std::move(ended));
  co_return *state->exit;
}

void ChildProcess::terminate() { state_->minder.stop(state_->id); }

std::string ChildProcess::output_tail() const { return state_->tail->text(); }

Spawner::Spawner(Loop& loop) : state_(std::make_shared<State>(loop)) {}
Spawner::~Spawner() = default;

Task<Result<ProcessOutput>> Spawner::run(ProcessOptions options, std::stop_token stop) {
  if (stop.stop_requested()) co_return cancelled();
  resolve_environment(options);
  Loop& loop = state_->loop;
  ChildMinder& minder = state_->minder;
  OneShot<ProcessOutput> ended(loop);
  auto on_end = [&loop, sender = ended.sender()](Result<ChildEnd> end) {
    loop.post([sender, result = judge(std::move(end))]() mutable {
      sender.send_from_loop(std::move(result));
    });
  };
  const ChildMinder::ChildId child =
      minder.start({std::move(options), nullptr, {}, std::move(on_end)});
  const StopOnLeaving leaving(minder, child);
  const std::stop_callback on_stop(std::move(stop), [&minder, child] { minder.stop(child); });
  Result<ProcessOutput> output = co_await ended.wait();
  co_return output;
}

Task<Result<ChildProcess>> Spawner::launch(ProcessOptions options) {
  resolve_environment(options);
  Loop& loop = state_->loop;
  auto tail = std::make_shared<OutputTail>(options.limits.stderr_bytes_max);
  auto child = std::make_shared<ChildProcess::State>(loop, state_->minder, tail);
  OneShot<int> started(loop);
  auto on_start = [&loop, sender = started.sender()](int pid) {
    loop.post([sender, pid] { sender.send_from_loop(pid); });
  };
  auto on_end = [&loop, child, sender = started.sender()](Result<ChildEnd> end) {
    loop.post([child, sender, result = std::move(end)]() mutable {
      if (!result) {
        sender.send_from_loop(pass(std::move(result)));
        return;
      }
      child->exit = result->output.exit;
      child->ended.set();
    });
  };
  child->id =
      state_->minder.start({std::move(options), tail, std::move(on_start), std::move(on_end)});
  ChildProcess handle(child);
  Result<int> pid = co_await started.wait();
  if (!pid) co_return pass(std::move(pid));
  child->pid = *pid;
  co_return handle;
}

}  // namespace muai
