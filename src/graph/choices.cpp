#include "graph/choices.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace muai {
namespace {

constexpr std::uint32_t kTerminal = std::numeric_limits<std::uint32_t>::max();

std::size_t mix(std::size_t seed, std::uint64_t value) {
  return (seed ^ value) * 0x9E3779B97F4A7C15ULL + (seed >> 29);
}

}  // namespace

std::size_t ChoiceSets::HashKnown::operator()(const Known& known) const {
  return mix(mix(static_cast<std::size_t>(known.operation), known.a), known.b);
}

ChoiceSets::ChoiceSets(std::vector<std::uint32_t> arms)
    : arms_(std::move(arms)), diagrams_{{kTerminal, 0}, {kTerminal, 0}} {}

ChoiceSets::Set ChoiceSets::chose(std::uint32_t branch, std::uint32_t arm) {
  std::vector<Set> children(arms_[branch], kNone);
  children[arm] = kAll;
  return make(branch, children);
}

ChoiceSets::Set ChoiceSets::make(std::uint32_t branch, const std::vector<Set>& children) {
  const bool all_same =
      std::all_of(children.begin(), children.end(), [&](Set c) { return c == children.front(); });
  if (all_same) return children.front();
  std::size_t hash = branch;
  for (const Set c : children) hash = mix(hash, c);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const Diagram& known = diagrams_[it->second];
    if (known.branch == branch &&
        std::equal(children.begin(), children.end(), children_.begin() + known.first_child))
      return it->second;
  }
  if (diagrams_.size() >= kDiagramsMax || children_.size() >= kChildrenMax) {
    is_overfull_ = true;
    return kNone;
  }
  const Set made = static_cast<Set>(diagrams_.size());
  diagrams_.push_back({branch, static_cast<std::uint32_t>(children_.size())});
  children_.insert(children_.end(), children.begin(), children.end());
  by_hash_.emplace(hash, made);
  return made;
}

ChoiceSets::Set ChoiceSets::child(Set set, std::uint32_t branch, std::uint32_t arm) const {
  const Diagram& diagram = diagrams_[set];
  return diagram.branch == branch ? children_[diagram.first_child + arm] : set;
}

ChoiceSets::Set ChoiceSets::apply(Operation operation, Set a, Set b) {
  switch (operation) {
    case Operation::Either:
      if (a == kAll || b == kAll) return kAll;
      if (a == kNone || a == b) return b;
      if (b == kNone) return a;
      break;
    case Operation::Both:
      if (a == kNone || b == kNone) return kNone;
      if (a == kAll || a == b) return b;
      if (b == kAll) return a;
      break;
    case Operation::Without:
      if (a == kNone || b == kAll || a == b) return kNone;
      if (b == kNone) return a;
      break;
  }
  if (is_overfull_) return kNone;
  if (operation != Operation::Without && a > b) std::swap(a, b);
  const Known question{a, b, operation};
  if (const auto it = known_.find(question); it != known_.end()) return it->second;
  const Set answer = apply_to_children(operation, a, b);
  if (known_.size() >= kAnswersMax) is_overfull_ = true;
  if (!is_overfull_) known_.emplace(question, answer);
  return answer;
}

// Recursion is as deep as there are branches, which the bound on nodes limits.
ChoiceSets::Set ChoiceSets::apply_to_children(Operation operation, Set a, Set b) {
  const std::uint32_t branch = std::min(branch_of(a), branch_of(b));
  std::vector<Set> children(arms_[branch]);
  for (std::uint32_t arm = 0; arm < children.size() && !is_overfull_; ++arm)
    children[arm] = apply(operation, child(a, branch, arm), child(b, branch, arm));
  return make(branch, children);
}

std::vector<std::uint32_t> ChoiceSets::example(Set set) const {
  std::vector<std::uint32_t> choices(arms_.size(), 0);
  while (set != kAll) {
    const Diagram& diagram = diagrams_[set];
    std::uint32_t arm = 0;
    while (children_[diagram.first_child + arm] == kNone) ++arm;
    choices[diagram.branch] = arm;
    set = children_[diagram.first_child + arm];
  }
  return choices;
}

}  // namespace muai
