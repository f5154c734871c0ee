#include "model/child_output.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "muai/text/utf8.h"

namespace muai {

namespace {

constexpr std::size_t kLinesMax = 12;
constexpr std::size_t kBytesMax = 1500;

// Said of back ends that are built in elsewhere, many times over.
constexpr std::string_view kNoise = "failed to enumerate";

// As the CUDA, Vulkan, HIP and CPU back ends and the C++ library put it.
constexpr auto kMemoryWords = std::to_array<std::string_view>(
    {"out of memory", "failed to allocate", "unable to allocate", "cannot allocate memory",
     "erroroutofdevicememory", "erroroutofhostmemory", "bad_alloc", "allocation failed",
     "not enough memory", "insufficient memory"});

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !line.contains(kNoise)) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string last_words(std::string_view output) {
  const std::vector<std::string_view> lines = lines_of(output);
  if (lines.empty()) return "said nothing";
  std::string words = "said:";
  const std::size_t first = lines.size() > kLinesMax ? lines.size() - kLinesMax : 0;
  for (std::size_t i = first; i < lines.size(); ++i) {
    words += "\n  ";
    words += lines[i].substr(0, kBytesMax / kLinesMax);
  }
  return to_valid_utf8(words);
}

bool tells_of_memory(std::string_view output) {
  std::string folded(output);
  std::ranges::transform(folded, folded.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return std::ranges::any_of(kMemoryWords,
                             [&folded](std::string_view word) { return folded.contains(word); });
}

std::string version_in(std::string_view output) {
  constexpr std::string_view kBefore = "version: ";
  for (const std::string_view line : lines_of(output)) {
    if (!line.starts_with(kBefore)) continue;
    const std::string_view rest = line.substr(kBefore.size());
    const auto is_part = [](unsigned char letter) { return std::isalnum(letter) || letter == '.'; };
    const auto end = std::ranges::find_if_not(rest, is_part);
    return std::string(rest.begin(), end);
  }
  return "";
}

}  // namespace muai
