#pragma once

// The client side of an OpenAI-compatible endpoint, for remote endpoints and for our own
// llama-server children alike. Knows no keys: the fetcher sends what belongs to the origin.

#include <memory>
#include <string>
#include <vector>

#include "model/openai_endpoint.h"
#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/breaker.h"
#include "muai/model/generation.h"
#include "muai/model/model.h"
#include "muai/model/patience.h"

namespace muai {

class Fetcher;

struct OpenAiClientOptions {
  ModelDeadlines deadlines{};
  ModelRetries retries{};
  Breaker* breaker = nullptr;  // null: no breaker; outlives the client
};

// Loop thread only, several calls at a time. Loop, fetcher and client outlive the calls. Stopping
// a call closes its connection.
class OpenAiClient {
 public:
  OpenAiClient(Loop& loop, Fetcher& fetcher, OpenAiEndpoint endpoint,
               OpenAiClientOptions options = {});
  ~OpenAiClient();
  OpenAiClient(OpenAiClient&&) noexcept;
  OpenAiClient& operator=(OpenAiClient&&) noexcept;

  // As Model::generate: streamed, retried before the first text, schema checked and repaired once.
  Task<Result<Generation>> generate(GenerateRequest request, ModelCall call);

  // As Model::embed: in batches, one after another.
  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts, ModelCall call);

  // The names at /models, in the endpoint's order; one attempt, past the breaker.
  Task<Result<std::vector<std::string>>> list_models(ModelCall call);

  const OpenAiEndpoint& endpoint() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
