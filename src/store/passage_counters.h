#pragma once

// The rows of the table `counters` of a passage store.

#include <string_view>

namespace muai {

inline constexpr std::string_view kPassagesCounter = "passages";
inline constexpr std::string_view kUnsettledCounter = "passages_since_settled";
// The greatest id in the term lists; ids up to it are not given again while the lists live.
inline constexpr std::string_view kLastListedCounter = "last_listed_passage";
// Grows with every change of the term lists and of what is removed from them.
inline constexpr std::string_view kListsCounter = "term_lists_generation";
// Grows with every change of the vectors.
inline constexpr std::string_view kVectorsCounter = "vectors_generation";

}  // namespace muai
