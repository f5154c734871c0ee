#include "muai/exec/executor.h"

#include "exec/run.h"
#include "muai/core/check.h"

namespace muai {

Executor::Executor(Loop& loop, Pool& pool, const Registry<Workflow>* workflows,
                   ThrowSite throw_site)
    : loop_(loop), pool_(pool), workflows_(workflows), throw_site_(throw_site) {}

Task<RunResult> Executor::run(Workflow workflow, State given, RunOptions options) {
  MUAI_CHECK(static_cast<bool>(workflow));
  return drive(std::make_shared<Run>(*this, std::move(workflow), std::move(given),
                                     std::move(options), nullptr));
}

}  // namespace muai
