#pragma once

// Sets of runs, told apart by which arm each branch takes.
//
// A run of a graph is decided by one choice per branch node. A ChoiceSets object holds sets of
// such runs as shared decision diagrams (one variable per branch, one child per arm, ordered,
// reduced), so that "can this node run without that key?" is answered exactly and without
// counting runs: chains, forks and nested branches stay small.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace muai {

class ChoiceSets {
 public:
  // A set of runs; equal sets have equal numbers.
  using Set = std::uint32_t;
  static constexpr Set kNone = 0;
  static constexpr Set kAll = 1;

  // `arms[b]` is the number of arms of branch b. Branches are numbered in the order in which the
  // diagrams test them; a topological order keeps them small.
  explicit ChoiceSets(std::vector<std::uint32_t> arms);

  // The runs in which `branch` takes `arm`.
  Set chose(std::uint32_t branch, std::uint32_t arm);

  Set either(Set a, Set b) { return apply(Operation::Either, a, b); }
  Set both(Set a, Set b) { return apply(Operation::Both, a, b); }
  Set without(Set a, Set b) { return apply(Operation::Without, a, b); }

  // One run of the set, as the arm of each branch. REQUIRES: set != kNone.
  std::vector<std::uint32_t> example(Set set) const;

  // True once a bound on memory was hit; all answers since are worthless.
  bool is_overfull() const { return is_overfull_; }

 private:
  enum class Operation : std::uint8_t { Either, Both, Without };
  static constexpr std::size_t kDiagramsMax = 200'000;
  static constexpr std::size_t kChildrenMax = 2'000'000;
  static constexpr std::size_t kAnswersMax = 1'000'000;

  struct Diagram {
    std::uint32_t branch;
    std::uint32_t first_child;  // into children_
  };
  struct Known {
    Set a;
    Set b;
    Operation operation;
    friend bool operator==(const Known&, const Known&) = default;
  };
  struct HashKnown {
    std::size_t operator()(const Known& known) const;
  };

  Set apply(Operation operation, Set a, Set b);
  Set apply_to_children(Operation operation, Set a, Set b);
  Set make(std::uint32_t branch, const std::vector<Set>& children);
  std::uint32_t branch_of(Set set) const { return diagrams_[set].branch; }
  Set child(Set set, std::uint32_t branch, std::uint32_t arm) const;

  std::vector<std::uint32_t> arms_;
  std::vector<Diagram> diagrams_;
  std::vector<Set> children_;
  std::unordered_multimap<std::size_t, Set> by_hash_;  // of branch and children
  std::unordered_map<Known, Set, HashKnown> known_;
  bool is_overfull_ = false;
};

}  // namespace muai
