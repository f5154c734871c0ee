// Laws of the proofs that a workflow goes through before it runs, against brute force: every
// combination of branch choices is walked, one at a time.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "muai/core/registry.h"
#include "tests/support/random_graph.h"

namespace muai {
namespace {

// What each node of a plan declares: own keys of the first few numbers serve as shared names.
struct Declared {
  std::vector<std::set<std::size_t>> reads;
  std::vector<std::set<std::size_t>> writes;
};

Declared draw_declarations(const PlannedGraph& plan, std::uint64_t seed, std::size_t keys) {
  std::mt19937_64 random(seed);
  Declared declared;
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    std::set<std::size_t> reads;
    std::set<std::size_t> writes;
    if (random() % 4 == 0) reads.insert(random() % keys);
    if (random() % 3 == 0) writes.insert(random() % keys);
    declared.reads.push_back(std::move(reads));
    declared.writes.push_back(std::move(writes));
  }
  return declared;
}

Step declared_step(const Declared& declared, std::size_t node) {
  StepContract contract;
  contract.name = planned_name(node);
  for (const std::size_t key : declared.reads[node]) contract.reads.push_back(own_key(key).id());
  for (const std::size_t key : declared.writes[node]) contract.writes.push_back(own_key(key).id());
  class Nothing final : public StepBody {
    Task<Result<State>> run(State in, Runtime&) const override {
      return Task<Result<State>>::ready(std::move(in));
    }
  };
  return Step(std::move(contract), std::make_unique<Nothing>());
}

std::vector<GraphProblem> problems_of(const PlannedGraph& plan, const Declared& declared,
                                      MergeRule rule, std::size_t keys) {
  const auto make = [&](std::size_t n) { return declared_step(declared, n); };
  const auto options = [](std::size_t) { return NodeOptions(); };
  WorkflowBuilder builder = build_planned(plan, make, options);
  for (std::size_t key = 0; key < keys; ++key) builder.merge(own_key(key), rule);
  auto checked = builder.check();
  return checked ? std::vector<GraphProblem>() : std::move(checked).error();
}

// Calls visit(history) for every combination of choices; gives up on graphs with too many.
template <class Visit>
void for_each_run(const PlannedGraph& plan, Visit visit) {
  std::size_t combinations = 1;
  for (const std::size_t arms : plan.arms) combinations *= arms;
  RC_PRE(combinations <= 300U);
  for (std::size_t index = 0; index < combinations; ++index) {
    std::vector<std::int64_t> choices;
    std::size_t rest = index;
    for (const std::size_t arms : plan.arms) {
      choices.push_back(static_cast<std::int64_t>(rest % arms));
      rest /= arms;
    }
    visit(work_out(plan, choices).history);
  }
}

using Places = std::set<std::pair<std::string, std::string>>;  // node and key

RC_GTEST_PROP(GraphProof, AnInputIsRefusedExactlyWhenSomeRunLacksIt, (std::uint64_t seed)) {
  constexpr std::size_t kKeys = 3;
  const PlannedGraph plan = plan_graph(seed);
  const Declared declared = draw_declarations(plan, seed + 1, kKeys);
  Places lacking;
  for_each_run(plan, [&](const auto& history) {
    for (const auto& [node, before] : history) {
      for (const std::size_t key : declared.reads[node]) {
        const bool is_there = std::any_of(before.begin(), before.end(), [&](std::size_t earlier) {
          return declared.writes[earlier].contains(key);
        });
        if (!is_there) lacking.emplace(planned_name(node), own_key(key).name());
      }
    }
  });
  Places refused;
  for (const GraphProblem& problem : problems_of(plan, declared, MergeRule::Last, kKeys)) {
    refused.emplace(problem.node, problem.key);
    // The path is a way through the graph that ends at the node.
    RC_ASSERT(!problem.path.empty());
    RC_ASSERT(problem.path.front() == planned_name(plan.start));
    RC_ASSERT(problem.path.back() == problem.node);
    RC_ASSERT(problem.message.find(problem.key) != std::string::npos);
  }
  RC_ASSERT(refused == lacking);
}

RC_GTEST_PROP(GraphProof, AKeyIsRefusedExactlyWhenTwoWritersCanRunSideBySide,
              (std::uint64_t seed)) {
  constexpr std::size_t kKeys = 3;
  const PlannedGraph plan = plan_graph(seed);
  Declared declared = draw_declarations(plan, seed + 1, kKeys);
  for (std::set<std::size_t>& reads : declared.reads) reads.clear();
  std::set<std::string> clashing;
  for_each_run(plan, [&](const auto& history) {
    for (const auto& [a, before_a] : history) {
      for (const auto& [b, before_b] : history) {
        if (a == b || before_a.contains(b) || before_b.contains(a)) continue;
        for (const std::size_t key : declared.writes[a])
          if (declared.writes[b].contains(key)) clashing.emplace(own_key(key).name());
      }
    }
  });
  std::set<std::string> refused;
  for (const GraphProblem& problem : problems_of(plan, declared, MergeRule::Error, kKeys))
    refused.insert(problem.key);
  RC_ASSERT(refused == clashing);
}

RC_GTEST_PROP(GraphProof, AlwaysWrittenIsWhatEveryRunWrites, (std::uint64_t seed)) {
  constexpr std::size_t kKeys = 4;
  const PlannedGraph plan = plan_graph(seed);
  Declared declared = draw_declarations(plan, seed + 1, kKeys);
  for (std::set<std::size_t>& reads : declared.reads) reads.clear();
  std::set<std::string> always;
  for (std::size_t key = 0; key < kKeys; ++key) always.emplace(own_key(key).name());
  for_each_run(plan, [&](const auto& history) {
    std::set<std::string> written;
    for (const auto& [node, before] : history)
      for (const std::size_t key : declared.writes[node]) written.emplace(own_key(key).name());
    std::erase_if(always, [&](const std::string& key) { return !written.contains(key); });
  });
  const auto make = [&](std::size_t n) { return declared_step(declared, n); };
  const auto options = [](std::size_t) { return NodeOptions(); };
  WorkflowBuilder builder = build_planned(plan, make, options);
  for (std::size_t key = 0; key < kKeys; ++key) builder.merge(own_key(key), MergeRule::Last);
  const Workflow workflow = builder.build().value();
  std::set<std::string> proved;
  for (const KeyId key : workflow.always_written()) proved.emplace(key_name(key));
  RC_ASSERT(proved == always);
}

// P9: a workflow that names an unknown step is refused, the step is named, and so is the nearest
// known one.
RC_GTEST_PROP(GraphProof, P09_UnknownStepIsRejectedByName, (std::uint64_t seed)) {
  std::mt19937_64 random(seed);
  Registry<Step> steps("step");
  Words chain;
  for (int i = 0; i < 6; ++i) {
    const std::string name =
        "step_" + std::string(1, static_cast<char>('a' + i)) + std::to_string(random() % 1000);
    RC_ASSERT(steps.add(name, step(name, [](const State& in) { return in; })).has_value());
    if (random() % 2 == 0) chain.push_back(name);
  }
  const std::string victim = steps.names()[random() % steps.size()];
  const std::string unknown = victim + "x";
  chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(random() % (chain.size() + 1)), unknown);
  const auto refused = Workflow::make("w").steps_from(steps).chain_names(chain).check();
  RC_ASSERT(!refused.has_value());
  RC_ASSERT(refused.error().size() == 1U);
  RC_ASSERT(refused.error()[0].node == unknown);
  RC_ASSERT(refused.error()[0].message.find("'" + unknown + "'") != std::string::npos);
  RC_ASSERT(refused.error()[0].message.find("'" + victim + "'") != std::string::npos);

  std::erase(chain, unknown);
  chain.push_back(victim);
  RC_ASSERT(Workflow::make("w").steps_from(steps).chain_names(chain).check().has_value());
}

}  // namespace
}  // namespace muai
