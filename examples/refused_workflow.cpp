// A workflow that cannot work is refused before it runs.
//
//     question ─► answer            (nothing wrote `docs`, which `answer` reads)
//
// All problems are reported together, each with its node, its key and a way that leads there.

#include <cstdio>

#include "muai/core/keys.h"
#include "muai/core/state.h"
#include "muai/graph/step.h"
#include "muai/graph/workflow.h"

using namespace muai;

int main() {
  const Step answer =
      step("answer", reads(keys::question, keys::docs), writes(keys::final_answer),
           [](const State& in) { return in.with(keys::final_answer, in[keys::question]); });

  const auto checked = Workflow::make("hasty").given(keys::question).chain({answer}).check();
  if (checked) return 1;
  for (const GraphProblem& problem : checked.error()) std::printf("%s\n", problem.message.c_str());
  return checked.error().size() == 1 && checked.error()[0].key == "docs" ? 0 : 1;
}
