#pragma once

// The model without weights: answers and summaries made of sentences that stand literally in the
// sources it is given. What every chain of models ends in.

#include "muai/async/pool.h"
#include "muai/model/model.h"

namespace muai {

// The name under which it is always there; configured models cannot take it.
inline constexpr std::string_view kExtractiveModel = "extractive";

// Reads GenerateRequest::grounding and nothing else of a request. The ranking runs on a pool
// thread. Always loaded; takes no memory; any number of calls at a time.
//   generate: the sentences, best first, a blank between two (none in Chinese), without `[N]`:
//     Generation::quoted names their places. An empty text when the sources hold no answer.
//     InvalidInput without `grounding`.
//   embed: InvalidInput, always.
class ExtractiveModel final : public Model {
 public:
  // `workers` must outlive the model and its calls.
  explicit ExtractiveModel(Pool& workers);

  const ModelDescription& description() const override { return description_; }
  Task<Result<MemoryUse>> estimate(Placement placement) override;
  Task<Result<void>> load(Placement placement, ModelCall call) override;
  Task<void> unload() override;
  bool is_loaded() const override { return true; }
  MemoryUse memory() const override { return {}; }
  Task<Result<Generation>> generate(GenerateRequest request, ModelCall call) override;
  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts,
                                             ModelCall call) override;

 private:
  Pool& workers_;
  ModelDescription description_;
};

}  // namespace muai
