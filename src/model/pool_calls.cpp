// Calls: the chain of models, and what each attempt consumed.

#include <fmt/format.h>

#include <cmath>

#include "model/pool_core.h"

namespace muai {
namespace {

// What one attempt consumed so far, with the price of its tokens. The sum is rounded, not each
// part, so that a call that is told of its tokens one by one costs what it would in one go.
class Meter {
 public:
  explicit Meter(const ModelPrices& prices) : prices_(prices) {}

  Usage priced(Usage used) {
    exact_micro_usd_ += static_cast<double>(used.prompt_tokens) * prices_.prompt_micro_usd +
                        static_cast<double>(used.completion_tokens) * prices_.completion_micro_usd;
    const auto rounded = static_cast<std::int64_t>(std::llround(exact_micro_usd_));
    used.cost_micro_usd += rounded - charged_micro_usd_;
    charged_micro_usd_ = rounded;
    total_ += used;
    return used;
  }

  const Usage& total() const { return total_; }

 private:
  ModelPrices prices_;
  double exact_micro_usd_ = 0;
  std::int64_t charged_micro_usd_ = 0;
  Usage total_;
};

// `call` with its usage priced and counted. `meter` outlives the call.
ModelCall metered(const ModelCall& call, Meter& meter) {
  ModelCall counted = call;
  counted.on_usage = [&meter, told = call.on_usage](const Usage& used) {
    const Usage priced = meter.priced(used);
    if (told) told(priced);
  };
  return counted;
}

enum class Shown : std::uint8_t { Nothing, Text };

// `call` that notes when the first text reaches the caller. `shown` outlives the call.
ModelCall watched(ModelCall call, Shown& shown) {
  if (!call.on_text) return call;
  call.on_text = [&shown, told = std::move(call.on_text)](std::string_view text) {
    if (!text.empty()) shown = Shown::Text;
    told(text);
  };
  return call;
}

// One model's word on why it did not answer.
struct Refusal {
  std::string model;
  Error error;
};

Error all_failed(const std::vector<Refusal>& refusals) {
  if (refusals.size() == 1) return refusals.front().error;
  std::vector<std::string> reasons;
  double retry_after_s = -1;
  for (const Refusal& refusal : refusals) {
    reasons.push_back(fmt::format("{}: {}", refusal.model, refusal.error.message()));
    const double wait_s = refusal.error.retry_after_s();
    if (wait_s >= 0 && (retry_after_s < 0 || wait_s < retry_after_s)) retry_after_s = wait_s;
  }
  Error error(ErrorCode::ModelUnavailable,
              fmt::format("no model answered; {}", fmt::join(reasons, "; ")));
  if (retry_after_s < 0) return error;
  return std::move(error).retry_after(retry_after_s);
}

}  // namespace

Task<Result<Generation>> PoolCore::generate(std::vector<std::string> chain, GenerateRequest request,
                                            ModelCall call) {
  if (chain.empty()) co_return fail(ErrorCode::InvalidInput, "no model was named to be asked");
  std::vector<Refusal> refusals;
  Shown shown = Shown::Nothing;
  const ModelCall watching = watched(call, shown);
  for (std::size_t index = 0; index < chain.size(); ++index) {
    Result<Generation> generation = co_await ask(chain[index], request, watching);
    if (generation) co_return generation;
    const bool is_over = call.stop.stop_requested() || loop_.now() >= call.deadline || is_closed_;
    if (shown == Shown::Text || is_over) co_return pass(std::move(generation));
    refusals.push_back({chain[index], generation.error()});
    if (index + 1 == chain.size() || !call.on_event) continue;
    call.on_event({.kind = ModelEventKind::Fallback,
                   .model = chain[index],
                   .reason = fmt::format("{}: {}; '{}' is asked instead",
                                         to_string(generation.error().code()),
                                         generation.error().message(), chain[index + 1]),
                   .timestamp = loop_.unix_seconds()});
  }
  co_return std::unexpected(all_failed(refusals));
}

Task<Result<Generation>> PoolCore::ask(std::string name, GenerateRequest request, ModelCall call) {
  MUAI_CO_TRY(ModelSlot * slot, find(name));
  Meter meter(slot->description.prices);
  const ModelCall counted = metered(call, meter);
  MUAI_CO_TRY(const ModelPool::Lease lease, co_await acquire(name, counted));
  Result<Generation> generation = co_await lease.model().generate(std::move(request), counted);
  if (!generation) co_return pass(std::move(generation));
  generation->model = name;
  generation->usage = meter.total();
  co_return generation;
}

Task<Result<std::vector<Embedding>>> PoolCore::embed(std::string name,
                                                     std::vector<std::string> texts,
                                                     ModelCall call) {
  MUAI_CO_TRY(ModelSlot * slot, find(name));
  Meter meter(slot->description.prices);
  const ModelCall counted = metered(call, meter);
  MUAI_CO_TRY(const ModelPool::Lease lease, co_await acquire(name, counted));
  Result<std::vector<Embedding>> embeddings =
      co_await lease.model().embed(std::move(texts), counted);
  co_return embeddings;
}

}  // namespace muai
