#pragma once

// English abbreviations that end with a period, by what may follow them.

#include <cstdint>
#include <string_view>

namespace muai {

enum class Abbreviation : std::uint8_t {
  None,
  NeverFinal,   // Dr. e.g. vs.: a name or the rest of the sentence always follows
  Reference,    // Fig. vol. pp.: what they number follows
  BeforeDigit,  // No. art. Jan.: an abbreviation only before a digit
  MayBeFinal,   // Inc. etc. U.S.: final when the next word often begins a sentence
};

// `word` as written, without its final period. Titles and months must be capitalised.
Abbreviation abbreviation_of(std::string_view word);

// Words that begin a sentence so often that a capital after "U.S." or "J." means a new one.
bool often_begins_sentence(std::string_view word);

}  // namespace muai
