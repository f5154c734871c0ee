#include "muai/exec/replay.h"

#include "muai/core/sha256.h"

namespace muai {

Replay::Replay(const std::vector<StepRecord>& steps) {
  for (const StepRecord& step : steps)
    for (const Recording& recording : step.recordings)
      answers_[{recording.kind, recording.name, recording.request_sha256}].responses.push_back(
          recording.response);
}

std::optional<std::string> Replay::answer(RecordingKind kind, std::string_view name,
                                          std::string_view request) {
  const auto it = answers_.find({kind, std::string(name), sha256_hex(request)});
  if (it == answers_.end()) return std::nullopt;
  Answers& answers = it->second;
  const std::string& response = answers.responses[answers.next];
  if (answers.next + 1 < answers.responses.size()) ++answers.next;
  return response;
}

}  // namespace muai
