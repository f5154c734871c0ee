#pragma once

// Step: a named piece of work that says which state keys it reads and writes.
//
//   Step shout = step("shout", reads(question), writes(final_answer),
//       [](const State& in) { return in.with(final_answer, upper(in[question])); });
//
//   Step slow = step("slow", reads(question), may_read(docs), writes(docs), repeatable(),
//       [&web](State in, Runtime& rt) -> Task<Result<State>> { ... });
//
// The last argument is the body, the declarations before it come in any order. A body is
//
//   State or Result<State>  (const State&)  or  (const State&, Runtime&)      at once
//   Task<Result<State>>     (State, Runtime&)                                 a coroutine
//
// or a class derived from StepBody. All look the same to the executor. A coroutine takes its
// State by value, because its caller's is gone when it resumes. It may capture: the Step keeps the
// closure, and the executor keeps the Step until the task is gone.
//
// The contract, checked by the executor at every run:
//   reads       present before the body runs
//   may_read    used when present
//   writes      set anew by every success
//   may_write   may be set; promises nothing to later steps
// Writing any other key fails the step. A key that the body drops stays as it was.

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/key.h"
#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/graph/runtime.h"

namespace muai {

// Whether running a step twice does no harm. Only Yes may have retries.
enum class Repeatable : std::uint8_t { No, Yes };

// What a step declares. Keys are sorted by id and unique once inside a Step.
struct StepContract {
  std::string name;
  std::vector<KeyId> reads;
  std::vector<KeyId> may_read;
  std::vector<KeyId> writes;
  std::vector<KeyId> may_write;
  Repeatable repeatable = Repeatable::No;
};

// The body of a step written as a class. Immutable and shared: one object serves all runs, also
// several at the same time (on the loop thread).
class StepBody {
 public:
  StepBody() = default;
  StepBody(const StepBody&) = delete;
  StepBody& operator=(const StepBody&) = delete;
  virtual ~StepBody() = default;

  // Gives the state after the step. `runtime` lives until the returned task is gone. Exceptions
  // are turned into errors at the step boundary.
  virtual Task<Result<State>> run(State in, Runtime& runtime) const = 0;
};

// A shared, immutable step. Cheap to copy. Default constructed it is empty, which only a graph
// node that names its step may hold.
class Step {
 public:
  Step() = default;

  // Sorts the contract's keys. REQUIRES: a body.
  Step(StepContract contract, std::unique_ptr<const StepBody> body);

  explicit operator bool() const { return rep_ != nullptr; }

  // REQUIRES for all below: not empty.
  const StepContract& contract() const { return rep_->contract; }
  const std::string& name() const { return rep_->contract.name; }
  bool is_repeatable() const { return rep_->contract.repeatable == Repeatable::Yes; }

  // writes and may_write together, sorted.
  std::span<const KeyId> writable() const { return rep_->writable; }

  // Runs the body alone, without any of the checks. The Step must outlive the task.
  Task<Result<State>> run(State in, Runtime& runtime) const {
    return rep_->body->run(std::move(in), runtime);
  }

  // The same step under another name, sharing the body.
  Step renamed(std::string name) const;

  friend bool operator==(const Step&, const Step&) = default;  // the same step, not an equal one

 private:
  struct Rep {
    StepContract contract;
    std::vector<KeyId> writable;
    std::shared_ptr<const StepBody> body;
  };
  explicit Step(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<const Rep> rep_;
};

namespace internal {

// A declaration is a member of the contract and the keys to put there.
struct DeclaredKeys {
  std::vector<KeyId> StepContract::* member;
  std::vector<KeyId> keys;
};

inline void declare(StepContract& contract, const DeclaredKeys& declared) {
  std::vector<KeyId>& list = contract.*declared.member;
  list.insert(list.end(), declared.keys.begin(), declared.keys.end());
}
inline void declare(StepContract& contract, Repeatable repeatable) {
  contract.repeatable = repeatable;
}

template <class T>
concept StepDeclaration =
    std::same_as<std::remove_cvref_t<T>, DeclaredKeys> || std::same_as<T, Repeatable>;

// The first parameter of a closure whose operator() is no template; never defined.
template <class Closure, class R, class First, class... Rest>
First first_parameter(R (Closure::*)(First, Rest...) const);

template <class Fn>
constexpr bool takes_state_by_reference() {
  if constexpr (requires { first_parameter(&Fn::operator()); })
    return std::is_reference_v<decltype(first_parameter(&Fn::operator()))>;
  else
    return false;
}

template <class T>
inline constexpr bool kIsTask = false;
template <class T>
inline constexpr bool kIsTask<Task<T>> = true;

// A body made from a function object.
template <class Fn>
class FunctionBody final : public StepBody {
 public:
  explicit FunctionBody(Fn fn) : fn_(std::move(fn)) {}

  Task<Result<State>> run(State in, Runtime& runtime) const override {
    if constexpr (kTakesRuntime)
      return as_task(fn_, std::move(in), runtime);
    else
      return as_task(fn_, std::move(in));
  }

 private:
  static constexpr bool kTakesRuntime = std::is_invocable_v<const Fn&, State, Runtime&>;
  static_assert(kTakesRuntime || std::is_invocable_v<const Fn&, State>,
                "a step's body takes (const State&), (const State&, Runtime&), or, as a "
                "coroutine, (State, Runtime&)");

  template <class... Args>
  static Task<Result<State>> as_task(const Fn& fn, State in, Args&... args) {
    using Given = std::invoke_result_t<const Fn&, State, Args&...>;
    if constexpr (kIsTask<Given>) {
      static_assert(std::is_same_v<Given, Task<Result<State>>>,
                    "a coroutine body gives Task<Result<State>>");
      static_assert(!takes_state_by_reference<Fn>(),
                    "a coroutine body takes its State by value: it outlives its caller's state");
      return fn(std::move(in), args...);
    } else {
      static_assert(std::is_convertible_v<Given, Result<State>>,
                    "a step's body gives State, Result<State> or Task<Result<State>>");
      return Task<Result<State>>::ready(fn(std::move(in), args...));
    }
  }

  [[no_unique_address]] Fn fn_;
};

}  // namespace internal

// The declarations of `step`. Keys of any types, any number.
template <class... T>
internal::DeclaredKeys reads(const Key<T>&... keys) {
  return {&StepContract::reads, {keys.id()...}};
}
template <class... T>
internal::DeclaredKeys may_read(const Key<T>&... keys) {
  return {&StepContract::may_read, {keys.id()...}};
}
template <class... T>
internal::DeclaredKeys writes(const Key<T>&... keys) {
  return {&StepContract::writes, {keys.id()...}};
}
template <class... T>
internal::DeclaredKeys may_write(const Key<T>&... keys) {
  return {&StepContract::may_write, {keys.id()...}};
}
constexpr Repeatable repeatable() { return Repeatable::Yes; }

// step(name, declarations..., body); see the top of this file.
template <class... Parts>
Step step(std::string name, Parts&&... parts) {
  static_assert(sizeof...(Parts) > 0, "a step needs a body");
  StepContract contract;
  contract.name = std::move(name);
  std::unique_ptr<const StepBody> body;
  const auto take = [&]<class Part>(Part&& part) {
    if constexpr (internal::StepDeclaration<std::remove_cvref_t<Part>>) {
      internal::declare(contract, part);
    } else if constexpr (std::is_convertible_v<Part&&, std::unique_ptr<const StepBody>>) {
      body = std::forward<Part>(part);
    } else {
      using Fn = std::decay_t<Part>;
      body = std::make_unique<const internal::FunctionBody<Fn>>(std::forward<Part>(part));
    }
  };
  (take(std::forward<Parts>(parts)), ...);
  return Step(std::move(contract), std::move(body));
}

}  // namespace muai
