// Steps side by side, brought together again.
//
//               ┌─► count_words ──┐
//     question ─┤                 ├─► report ─► final_answer
//               └─► count_marks ──┘
//
// Both branches start from the same state. What each of them changed is merged; two writers of one
// key would be an error when the workflow is built, unless the key says how to merge.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/core/keys.h"
#include "muai/core/state.h"
#include "muai/exec/executor.h"
#include "muai/graph/step.h"
#include "muai/graph/workflow.h"

using namespace muai;

inline constexpr Key<std::int64_t> words{"words"};
inline constexpr Key<std::int64_t> marks{"marks"};

int main() {
  const auto counter = [](const Key<std::int64_t>& key, std::string characters) {
    return step("count_" + std::string(key.name()), reads(keys::question), writes(key),
                [&key, characters](const State& in) {
                  const std::string& text = in[keys::question];
                  return in.with(key, std::ranges::count_if(
                                          text, [&](char c) { return characters.contains(c); }));
                });
  };
  const Step start = step("start", reads(keys::question), [](const State& in) { return in; });
  const Step report =
      step("report", reads(words, marks), writes(keys::final_answer), [](const State& in) {
        return in.with(keys::final_answer, std::to_string(in[words]) + " blanks, " +
                                               std::to_string(in[marks]) + " marks");
      });

  const Workflow counting = Workflow::make("counting")
                                .given(keys::question)
                                .node("start", start, parallel({"words", "marks"}))
                                .node("words", counter(words, " "), next("report"))
                                .node("marks", counter(marks, ".,?!"), next("report"))
                                .node("report", report, end())
                                .returns(keys::final_answer)
                                .build()
                                .value();

  AsioLoop loop;
  Pool pool(loop, {});
  Executor executor(loop, pool);
  const State given = State().with(keys::question, "Well, what is it?");
  const RunResult result = loop.run(executor.run(counting, given));
  if (!result.status) {
    std::fprintf(stderr, "%s\n", result.status.error().to_string().c_str());
    return 1;
  }
  const std::string& answer = result.state[keys::final_answer];
  std::printf("%s\n", answer.c_str());
  return answer == "3 blanks, 2 marks" ? 0 : 1;
}
