#pragma once

// Names that a mistyped name may have meant.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

// Names longer than this many bytes are compared by their first kNearestNameBytesMax bytes, which
// bounds the work for hostile input.
inline constexpr std::size_t kNearestNameBytesMax = 64;

// The number of single-byte insertions, deletions, replacements and swaps of neighbours between
// the two names (optimal string alignment), ASCII letters compared without case.
std::size_t edit_distance(std::string_view name, std::string_view candidate);

// Those of `candidates` that `name` is likely to have meant, nearest first, at most `limit`; equal
// distances keep the order of `candidates`. A candidate counts when it begins with the name or
// lies within a third of the longer one's length.
std::vector<std::string> nearest(std::string_view name,
                                 std::span<const std::string_view> candidates,
                                 std::size_t limit = 3);
std::vector<std::string> nearest(std::string_view name, std::span<const std::string> candidates,
                                 std::size_t limit = 3);

// "did you mean 'summarize_url'?" or "known names: 'a', 'b'" for the end of an error message.
// Nearest first; at most `limit` names, then "and N more". "there are none" without candidates.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates,
                         std::size_t limit = 8);
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates,
                         std::size_t limit = 8);

}  // namespace muai
