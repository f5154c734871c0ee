#pragma once

// Replay: the answers of an earlier run, given out again.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "muai/trace/record.h"

namespace muai {

// Equal requests are answered in the order in which they were recorded; after the last answer the
// last one is given again, so that a retry more than the recorded run had does no harm. Loop
// thread only.
class Replay {
 public:
  explicit Replay(const std::vector<StepRecord>& steps);

  // nullopt when nothing was recorded for this request.
  std::optional<std::string> answer(RecordingKind kind, std::string_view name,
                                    std::string_view request);

 private:
  struct Answers {
    std::vector<std::string> responses;
    std::size_t next = 0;
  };
  std::map<std::tuple<RecordingKind, std::string, std::string>, Answers> answers_;
};

}  // namespace muai
