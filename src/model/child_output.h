#pragma once

// What a llama.cpp program said, made fit for errors and decisions.

#include <string>
#include <string_view>

namespace muai {

// The last lines, at most 12 and 1,500 bytes, valid UTF-8, without what says nothing: "said:\n"
// and the lines, or "said nothing".
std::string last_words(std::string_view output);

// True when it ended for want of memory, by what it said.
bool tells_of_memory(std::string_view output);

// "0.7.0" of a line "version: 0.7.0 (build 11669, commit ...)"; empty when there is none.
std::string version_in(std::string_view output);

}  // namespace muai
