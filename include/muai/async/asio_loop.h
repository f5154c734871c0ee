#pragma once

// AsioLoop: the loop of real time, descriptors and signals, on Boost.Asio.
//
//   AsioLoop loop;
//   int exit_code = loop.run(serve(loop, stop));
//
// The loop thread is the one that calls run or run_until. Timers are one heap over one system
// timer, so that 10,000 sleeping tasks cost a heap entry each.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/start.h"
#include "muai/async/task.h"

namespace boost::asio {
class io_context;
}

namespace muai {

enum class Interest : std::uint8_t { Read, Write, ReadWrite };

// What a watched descriptor is ready for.
struct FdReady {
  bool read = false;
  bool write = false;
};

// Keeps something watched until it is destroyed. Must not outlive its loop.
class [[nodiscard]] Watch {
 public:
  class State;

  Watch() = default;
  explicit Watch(std::shared_ptr<State> state);
  Watch(Watch&& other) noexcept = default;
  Watch& operator=(Watch&& other) noexcept;
  ~Watch();

  // Stops watching; the callback is not called again. The descriptor stays open.
  void release();

 private:
  std::shared_ptr<State> state_;
};

class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;

  TimePoint now() const override;
  double unix_seconds() const override;
  void post(Callback callback) override;  // thread-safe
  TimerId at(TimePoint when, Callback callback) override;
  void cancel(TimerId timer) override;
  std::uint64_t random() override;

  // Runs callbacks until `is_done()`, which is asked after each round; sleeps while there is
  // nothing to do.
  void run_until(std::move_only_function<bool()> is_done);

  // Runs until the task has ended; gives its value or rethrows its exception. For main programs.
  template <class T>
  T run(Task<T> task);

  // Calls `callback` whenever `fd` is ready for `interest`, again and again while it stays ready
  // (level semantics), until the Watch goes. The caller owns `fd`, which we never close, and keeps
  // it open until after the Watch is released. One Watch per descriptor. The callback may release
  // its own Watch.
  Watch watch_fd(int fd, Interest interest, std::move_only_function<void(FdReady)> callback);

  // Calls `callback` on the loop thread each time the process receives `signal_number`.
  Watch on_signal(int signal_number, std::move_only_function<void()> callback);

  // For code that speaks Asio itself (the HTTP server). Lives as long as the loop.
  boost::asio::io_context& io_context();

 private:
  class State;
  std::unique_ptr<State> state_;
};

template <class T>
T AsioLoop::run(Task<T> task) {
  std::optional<Outcome<T>> outcome;
  const StartedTask started =
      start(std::move(task), [&outcome](Outcome<T> ended) { outcome.emplace(std::move(ended)); });
  run_until([&outcome] { return outcome.has_value(); });
  return std::move(*outcome).take();
}

}  // namespace muai
