#include "muai/core/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace muai {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b) { return lower(a) == lower(b); }

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), text.begin(), same);
}

struct Ranked {
  std::size_t distance;
  std::size_t number;  // in the candidates' order
};

// All candidates, nearest first.
template <class Names>
std::vector<Ranked> rank(std::string_view name, const Names& candidates) {
  std::vector<Ranked> ranked;
  ranked.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    ranked.push_back({edit_distance(name, candidates[i]), i});
  }
  std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
    return std::pair(a.distance, a.number) < std::pair(b.distance, b.number);
  });
  return ranked;
}

bool is_likely(std::string_view name, std::string_view candidate, std::size_t distance) {
  if (name.size() >= 2 && begins_with(candidate, name)) return true;
  const std::size_t longer =
      std::min(std::max(name.size(), candidate.size()), kNearestNameBytesMax);
  return distance * 3 <= longer + 1 && distance < longer;
}

template <class Names>
std::vector<std::string> nearest_of(std::string_view name, const Names& candidates,
                                    std::size_t limit) {
  std::vector<std::string> found;
  for (const Ranked& one : rank(name, candidates)) {
    if (found.size() == limit) break;
    const std::string_view candidate = candidates[one.number];
    if (is_likely(name, candidate, one.distance)) found.emplace_back(candidate);
  }
  return found;
}

template <class Names>
std::string did_you_mean_of(std::string_view name, const Names& candidates, std::size_t limit) {
  if (candidates.empty()) return "there are none";
  if (const auto found = nearest_of(name, candidates, 1); !found.empty()) {
    return fmt::format("did you mean '{}'?", found.front());
  }
  std::string names;
  std::size_t shown = 0;
  for (const Ranked& one : rank(name, candidates)) {
    if (shown == limit) break;
    names +=
        fmt::format("{}'{}'", shown++ == 0 ? "" : ", ", std::string_view(candidates[one.number]));
  }
  const std::size_t more = candidates.size() - shown;
  return fmt::format("known names: {}{}", names,
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace

// Three rows of the table are enough: a swap looks back two.
std::size_t edit_distance(std::string_view name, std::string_view candidate) {
  name = name.substr(0, kNearestNameBytesMax);
  candidate = candidate.substr(0, kNearestNameBytesMax);
  using Row = std::array<std::size_t, kNearestNameBytesMax + 1>;
  Row before{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= candidate.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= name.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= candidate.size(); ++j) {
      const bool equal = same(name[i - 1], candidate[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (equal ? 0u : 1u)});
      if (i > 1 && j > 1 && same(name[i - 1], candidate[j - 2]) &&
          same(name[i - 2], candidate[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::exchange(last, row);
  }
  return last[candidate.size()];
}

std::vector<std::string> nearest(std::string_view name,
                                 std::span<const std::string_view> candidates, std::size_t limit) {
  return nearest_of(name, candidates, limit);
}

std::vector<std::string> nearest(std::string_view name, std::span<const std::string> candidates,
                                 std::size_t limit) {
  return nearest_of(name, candidates, limit);
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates,
                         std::size_t limit) {
  return did_you_mean_of(name, candidates, limit);
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates,
                         std::size_t limit) {
  return did_you_mean_of(name, candidates, limit);
}

}  // namespace muai
