#pragma once

// Model servers among the processes, and those that are left when their parent is killed.

#include <string>
#include <vector>

namespace muai::testing {

// The model servers whose parent `parent` is, by process number. Ones that only say their version
// do not count.
std::vector<int> servers_of(int parent);

// Runs tests/programs/holds_model with `server` and a tiny model, kills it by SIGKILL as soon as
// the model is loaded, `rounds` times: its server must end, and the next round must remove its
// socket. `programs` is the folder of the test programs.
void expect_no_orphans(const std::string& programs, const std::string& server, int rounds);

}  // namespace muai::testing
