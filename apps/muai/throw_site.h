#pragma once

// Where the exception now being handled was thrown: the program wraps the C++ runtime's throw, so
// that a trace can name the place and not only the step boundary that caught it.

#include <string>

namespace muai {

// One frame a line, innermost first: "function+0x1c". Empty when nothing was thrown on this thread,
// and under sanitizers, which wrap the throw themselves.
std::string throw_site();

}  // namespace muai
