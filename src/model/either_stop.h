#pragma once

// A stop token that stops when one of two others does.

#include <stop_token>
#include <utility>

namespace muai {

class EitherStop {
 public:
  EitherStop(std::stop_token first, std::stop_token second)
      : on_first_(std::move(first), Ask{source_}), on_second_(std::move(second), Ask{source_}) {}
  EitherStop(const EitherStop&) = delete;
  EitherStop& operator=(const EitherStop&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  struct Ask {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source source_;
  std::stop_callback<Ask> on_first_;
  std::stop_callback<Ask> on_second_;
};

}  // namespace muai
