#pragma once

// What can be proved about the keys of a graph before it runs.

#include <vector>

#include "muai/core/key.h"
#include "muai/graph/compiled_graph.h"
#include "muai/graph/graph.h"

namespace muai {

// Finds: inputs that are missing in some run, keys that two parallel nodes write without a merge
// rule or in a way that can't be merged, promised keys that some run leaves unset, conditions on
// keys that nothing sets. `always_written` receives the keys that every successful run sets anew.
void prove_dataflow(const CompiledGraph& graph, std::vector<GraphProblem>& problems,
                    std::vector<KeyId>& always_written);

}  // namespace muai
