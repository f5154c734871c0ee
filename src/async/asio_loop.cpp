// Rounds of our own queue and timer heap around Asio's events: Asio waits and wakes, we decide the
// order. So a post from the loop thread takes no lock, and 10,000 timers are one of Asio's.

#include "muai/async/asio_loop.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "async/random.h"
#include "async/timer_heap.h"
#include "muai/core/check.h"

namespace muai {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr int kEventsPerRound = 64;

// steady_clock and LoopClock count the same nanoseconds.
TimePoint read_clock() {
  return TimePoint(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

}  // namespace

// One round of the loop: callbacks that are ready, then timers that are due, then Asio's events.
class AsioLoop::State {
 public:
  ~State() {
    // Destroying a callback may withdraw timers and post again.
    while (!local_.empty() || !posted_.empty()) {
      std::vector<Callback>().swap(local_);
      std::vector<Callback>().swap(posted_);
    }
    while (timers.size() > 0) {
      const Callback dropped = timers.pop_due(kNever);
    }
  }

  void post(Callback callback) {
    if (thread_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
      local_.push_back(std::move(callback));
      return;
    }
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(callback));
    // The first one wakes the loop; those behind it are taken in the same round.
    if (!has_posted_.exchange(true)) asio::post(io, [] {});
  }

  void run_until(std::move_only_function<bool()> is_done) {
    MUAI_CHECK(!is_running_);  // a callback must not run the loop again
    is_running_ = true;
    thread_ = std::this_thread::get_id();
    while (!is_done()) {
      run_ready();
      run_timers();
      if (is_done()) break;
      if (!has_ready()) {
        arm_alarm();
        io.run_one();
      }
      run_events();
    }
    is_running_ = false;
  }

  asio::io_context io{1};
  TimerHeap timers;
  SplitMix64 values{random_seed()};

 private:
  bool has_ready() const { return !local_.empty() || has_posted_.load(); }

  // Runs what is ready now; what those callbacks post waits for the next round, so that timers
  // and events get their turn.
  void run_ready() {
    if (has_posted_.load()) {
      const std::lock_guard lock(mutex_);
      has_posted_ = false;
      if (local_.empty()) {
        local_.swap(posted_);
      } else {
        for (Callback& callback : posted_) local_.push_back(std::move(callback));
        posted_.clear();
      }
    }
    batch_.swap(local_);
    for (Callback& callback : batch_) {
      callback();
      callback = nullptr;
    }
    batch_.clear();
  }

  void run_timers() {
    if (timers.next() == kNever) return;
    const TimePoint now = read_clock();
    while (Callback callback = timers.pop_due(now)) callback();
  }

  // Bounded, because a watched descriptor that stays ready brings the next event at once.
  void run_events() {
    for (int i = 0; i < kEventsPerRound && io.poll_one() > 0; ++i) continue;
  }

  // Has the system wake us for the first timer. An alarm that is too early costs one idle round;
  // it is left alone, because moving it would cost more.
  void arm_alarm() {
    const TimePoint next = timers.next();
    if (next >= alarm_time_) return;
    alarm_time_ = next;
    alarm_.expires_at(asio::steady_timer::time_point(next.time_since_epoch()));
    alarm_.async_wait([this](error_code error) {
      if (!error) alarm_time_ = kNever;
    });
  }

  asio::executor_work_guard<asio::io_context::executor_type> work_{io.get_executor()};
  asio::steady_timer alarm_{io};
  TimePoint alarm_time_ = kNever;  // kNever: not armed
  bool is_running_ = false;
  std::atomic<std::thread::id> thread_{};  // the loop thread, once the loop has run
  std::vector<Callback> batch_;
  std::vector<Callback> local_;  // posted by the loop thread
  std::mutex mutex_;
  std::vector<Callback> posted_;  // by other threads; guarded by mutex_
  std::atomic<bool> has_posted_ = false;
};

// What a Watch holds on to. Released at most once.
class Watch::State {
 public:
  explicit State(std::move_only_function<void()> release) : release_(std::move(release)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { release_(); }

 private:
  std::move_only_function<void()> release_;
};

Watch::Watch(std::shared_ptr<State> state) : state_(std::move(state)) {}
Watch& Watch::operator=(Watch&& other) noexcept = default;
Watch::~Watch() = default;
void Watch::release() { state_.reset(); }

namespace {

// Kept alive by its pending waits; they end when it is released.
class FdWatch : public std::enable_shared_from_this<FdWatch> {
 public:
  FdWatch(asio::io_context& io, int fd, std::move_only_function<void(FdReady)> callback)
      : descriptor_(io), callback_(std::move(callback)) {
    error_code error;
    descriptor_.assign(fd, error);
    MUAI_CHECK(!error);  // an open descriptor, watched once
  }
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch() { release(); }

  void arm(Interest side) {
    const auto kind = side == Interest::Read ? asio::posix::descriptor_base::wait_read
                                             : asio::posix::descriptor_base::wait_write;
    descriptor_.async_wait(kind, [self = shared_from_this(), side](error_code error) {
      if (error || self->is_released_) return;
      self->callback_({.read = side == Interest::Read, .write = side == Interest::Write});
      if (!self->is_released_) self->arm(side);
    });
  }

  // Gives the descriptor up without closing it.
  void release() {
    if (std::exchange(is_released_, true)) return;
    descriptor_.release();
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  std::move_only_function<void(FdReady)> callback_;
  bool is_released_ = false;
};

class SignalWatch : public std::enable_shared_from_this<SignalWatch> {
 public:
  SignalWatch(asio::io_context& io, int number, std::move_only_function<void()> callback)
      : signals_(io, number), callback_(std::move(callback)) {}

  void arm() {
    signals_.async_wait([self = shared_from_this()](error_code error, int) {
      if (error || self->is_released_) return;
      self->callback_();
      if (!self->is_released_) self->arm();
    });
  }

  void release() {
    is_released_ = true;
    error_code ignored;  // closing our own signal pipe can't fail in a way that matters here
    signals_.clear(ignored);
    signals_.cancel(ignored);
  }

 private:
  asio::signal_set signals_;
  std::move_only_function<void()> callback_;
  bool is_released_ = false;
};

}  // namespace

AsioLoop::AsioLoop() : state_(std::make_unique<State>()) {}
AsioLoop::~AsioLoop() = default;

TimePoint AsioLoop::now() const { return read_clock(); }

double AsioLoop::unix_seconds() const {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void AsioLoop::post(Callback callback) { state_->post(std::move(callback)); }

TimerId AsioLoop::at(TimePoint when, Callback callback) {
  return state_->timers.add(when, std::move(callback));
}

void AsioLoop::cancel(TimerId timer) { const Callback dropped = state_->timers.remove(timer); }

std::uint64_t AsioLoop::random() { return state_->values.next(); }

void AsioLoop::run_until(std::move_only_function<bool()> is_done) {
  state_->run_until(std::move(is_done));
}

Watch AsioLoop::watch_fd(int fd, Interest interest,
                         std::move_only_function<void(FdReady)> callback) {
  const auto watch = std::make_shared<FdWatch>(state_->io, fd, std::move(callback));
  if (interest != Interest::Write) watch->arm(Interest::Read);
  if (interest != Interest::Read) watch->arm(Interest::Write);
  return Watch(std::make_shared<Watch::State>([watch] { watch->release(); }));
}

Watch AsioLoop::on_signal(int signal_number, std::move_only_function<void()> callback) {
  const auto watch = std::make_shared<SignalWatch>(state_->io, signal_number, std::move(callback));
  watch->arm();
  return Watch(std::make_shared<Watch::State>([watch] { watch->release(); }));
}

boost::asio::io_context& AsioLoop::io_context() { return state_->io; }

}  // namespace muai
