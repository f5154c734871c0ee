#pragma once

// OrderedJobs: numbered jobs run ahead on a few threads, their results taken in order by one
// consumer. For blocking code that already runs on a pool thread and wants its stages to overlap:
// reading and parsing files while the consumer writes to a database.
//
//   OrderedJobs<Page> pages(files.size(), {.threads = 2}, [&](std::size_t i) { return read(i); });
//   while (auto page = pages.take()) store(*page);

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace muai {

struct OrderedJobsOptions {
  std::size_t threads = 2;
  std::size_t ahead_max = 16;  // results and running jobs that may wait for the consumer
};

// `run` is called on the threads, several calls at once, each number from 0 to count - 1 once; it
// must be thread-safe, must not throw and must outlive the object's use of it (it is copied in).
// The destructor starts no further job and joins those that run.
template <class T>
class OrderedJobs {
 public:
  OrderedJobs(std::size_t count, OrderedJobsOptions options, std::function<T(std::size_t)> run)
      : count_(count), ahead_max_(options.ahead_max), run_(std::move(run)) {
    for (std::size_t i = 0; i < options.threads && i < count; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  OrderedJobs(const OrderedJobs&) = delete;
  OrderedJobs& operator=(const OrderedJobs&) = delete;

  ~OrderedJobs() {
    {
      const std::lock_guard lock(mutex_);
      count_ = next_;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // The result of the next job, waiting for it if need be; empty after the last one.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    if (taken_ == count_) return std::nullopt;
    ready_.wait(lock, [this] { return results_.contains(taken_); });
    auto node = results_.extract(taken_);
    ++taken_;
    lock.unlock();
    room_.notify_one();
    return std::optional<T>(std::move(node.mapped()));
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [this] { return next_ >= count_ || next_ < taken_ + ahead_max_; });
      if (next_ >= count_) return;
      const std::size_t number = next_++;
      lock.unlock();
      T result = run_(number);
      lock.lock();
      results_.emplace(number, std::move(result));
      ready_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;  // a result was added
  std::condition_variable room_;   // a result was taken, or there will be no more jobs
  std::size_t count_;
  std::size_t next_ = 0;   // the first job that no thread has taken
  std::size_t taken_ = 0;  // results given to the consumer
  std::size_t ahead_max_;
  std::map<std::size_t, T> results_;
  std::function<T(std::size_t)> run_;
  std::vector<std::thread> threads_;
};

}  // namespace muai
