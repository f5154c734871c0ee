// Steps in a row.
//
//     question ─► shout ─► sign ─► final_answer
//
// A step says which keys it reads and writes; the workflow proves that every key is there when it
// is read. Build and run: ./dev test -R example_chain

#include <cctype>
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

// A key of our own: a name and a type.
inline constexpr Key<std::string> loud_question{"loud_question"};

int main() {
  // The simplest body: a function from a state to a state.
  const Step shout =
      step("shout", reads(keys::question), writes(loud_question), [](const State& in) {
        std::string text = in[keys::question];
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return in.with(loud_question, text);
      });

  // A coroutine: it may wait, and it takes its state by value, because its caller's is gone then.
  const Step sign = step("sign", reads(loud_question), writes(keys::final_answer),
                         [](State in, Runtime&) -> Task<Result<State>> {
                           const std::string text = in[loud_question] + " -- MuAI";
                           co_return in.with(keys::final_answer, text);
                         });

  const Workflow loud =
      Workflow::make("loud").given(keys::question).chain({shout, sign}).build().value();

  AsioLoop loop;
  Pool pool(loop, {});
  Executor executor(loop, pool);
  const State given = State().with(keys::question, "why is the sky blue?");
  const RunResult result = loop.run(executor.run(loud, given));
  if (!result.status) {
    std::fprintf(stderr, "%s\n", result.status.error().to_string().c_str());
    return 1;
  }
  const std::string& answer = result.state[keys::final_answer];
  std::printf("%s\n", answer.c_str());
  return answer == "WHY IS THE SKY BLUE? -- MuAI" ? 0 : 1;
}
