#pragma once

namespace muai {

// Blocks every signal on the calling thread, so that the process's signals go to the loop thread.
// Signals of the thread's own faults (SIGSEGV and the like) stay open.
void block_signals();

}  // namespace muai
