#pragma once

// The rows of the table `counters` of a passage store.

#include <string_view>

namespace muai {

inline constexpr std::string_view kPassagesCounter = "passages";
inline constexpr std::string_view kUnsettledCounter = "passages_since_settled";
// The greatest id that was ever given to a passage.
inline constexpr std::string_view kLastPassageCounter = "last_passage";
// Grows with every change of the vectors.
inline constexpr std::string_view kVectorsCounter = "vectors_generation";

}  // namespace muai
