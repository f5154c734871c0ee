#include "muai/async/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "muai/core/check.h"

namespace muai {
namespace {

constexpr int kInterruptedExit = 128 + SIGINT;

// The handler may touch no more than these.
std::atomic<int> signal_pipe{-1};
std::atomic<int> signals_seen{0};

void on_signal(int) {
  const int saved = errno;
  if (signals_seen.fetch_add(1) > 0) ::_exit(kInterruptedExit);
  const char byte = 's';
  [[maybe_unused]] const ssize_t written = ::write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

}  // namespace

struct Interrupt::Watch {
  Watch() {
    MUAI_CHECK(::pipe2(pipe, O_CLOEXEC) == 0);
    signal_pipe = pipe[1];
    thread = std::thread([this] { wait(); });
    struct sigaction action{};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
  }

  ~Watch() {
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    const char byte = 'q';
    [[maybe_unused]] const ssize_t written = ::write(pipe[1], &byte, 1);
    thread.join();
    signal_pipe = -1;
    ::close(pipe[0]);
    ::close(pipe[1]);
  }

  // Stop callbacks take locks, which a handler must not: this thread calls them.
  void wait() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    char byte = 0;
    while (true) {
      const ssize_t got = ::read(pipe[0], &byte, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got != 1 || byte == 'q') return;
      source.request_stop();
    }
  }

  int pipe[2] = {-1, -1};
  std::stop_source source;
  std::thread thread;
};

Interrupt::Interrupt() = default;
Interrupt::~Interrupt() = default;

std::stop_token Interrupt::token() {
  if (!watch_) watch_ = std::make_unique<Watch>();
  return watch_->source.get_token();
}

bool Interrupt::happened() const { return watch_ && watch_->source.stop_requested(); }

}  // namespace muai
