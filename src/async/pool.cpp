#include "muai/async/pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "async/signals.h"

namespace muai {

// Shared with completions that are still in the loop's queue when the pool goes.
class Pool::State : public std::enable_shared_from_this<State> {
 public:
  State(Loop& loop, PoolOptions options) : loop_(loop), options_(options) {}

  Loop& loop() const { return loop_; }
  std::size_t unfinished() const { return unfinished_; }

  void start_threads() {
    for (std::size_t i = 0; i < options_.threads; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }

  void submit(Job job) {
    ++unfinished_;
    if (options_.threads == 0) {
      loop_.post([self = shared_from_this(), kept = std::move(job)]() mutable {
        self->run_here(std::move(kept));
      });
    } else {
      waiting_.push_back(std::move(job));
      hand_over();
    }
  }

  // Waits for running jobs and drops the others.
  void shut_down() {
    std::deque<Job> dropped;
    {
      const std::lock_guard lock(mutex_);
      is_closing_ = true;
      dropped.swap(queue_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void run_here(Job job) {
    if (is_closing_) return;
    job.run();
    job.run = nullptr;
    --unfinished_;
    job.finished();
  }

  // Moves jobs from the loop's side to the threads, as many as the bound allows.
  void hand_over() {
    std::size_t moved = 0;
    {
      const std::lock_guard lock(mutex_);
      while (!waiting_.empty() && (queue_.size() < options_.queue_max || queue_.empty())) {
        queue_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        ++moved;
      }
    }
    for (; moved > 0; --moved) wake_.notify_one();
  }

  void work() {
    block_signals();
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
      if (is_closing_) return;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();

      job.run();
      job.run = nullptr;
      loop_.post([self = shared_from_this(), finished = std::move(job.finished)]() mutable {
        --self->unfinished_;
        self->hand_over();
        finished();
      });
    }
  }

  // On the loop thread.
  Loop& loop_;
  const PoolOptions options_;
  std::size_t unfinished_ = 0;
  std::deque<Job> waiting_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;    // guarded by mutex_
  bool is_closing_ = false;  // guarded by mutex_ when there are threads
};

Pool::Pool(Loop& loop, PoolOptions options) : state_(std::make_shared<State>(loop, options)) {
  state_->start_threads();
}

Pool::~Pool() { state_->shut_down(); }

Loop& Pool::loop() const { return state_->loop(); }
std::size_t Pool::unfinished() const { return state_->unfinished(); }

void Pool::submit(Job job) { state_->submit(std::move(job)); }

}  // namespace muai
