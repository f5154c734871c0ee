#pragma once

// The client side of an OpenAI-compatible endpoint, for remote endpoints and for our own
// llama-server children alike. Knows no keys: the fetcher sends what belongs to the origin.

#include <string>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/breaker.h"
#include "muai/model/generation.h"
#include "muai/model/model.h"
#include "muai/model/patience.h"
#include "muai/net/url.h"
#include "muai/trace/redact.h"

namespace muai {

class Fetcher;

struct OpenAiEndpoint {
  // What the paths are added to: "http://127.0.0.1:11434/v1". Its origin must be known to the
  // fetcher (Fetcher::add_origin); for a UNIX socket any host will do,
  // "http://llama-1.localhost/v1".
  Url base;
  std::string model;  // as the endpoint calls it
  std::string name;   // as we call it: Generation::model, and how messages begin
  ModelPrices prices = {};
  // "the variable OPENAI_API_KEY", "the file /etc/muai/key": where a refused key must be mended.
  // Empty: no key is configured.
  std::string key_place = {};
  // Takes the key out of what the endpoint says, as some repeat it.
  Redactor redactor = {};
};

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

  // As Model::generate: streamed, retried before the first text, schema checked and repaired once.
  Task<Result<Generation>> generate(GenerateRequest request, ModelCall call) const;

  // As Model::embed: in batches, one after another.
  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts, ModelCall call) const;

  // The names at /models, in the endpoint's order; one attempt, past the breaker.
  Task<Result<std::vector<std::string>>> list_models(ModelCall call) const;

  const OpenAiEndpoint& endpoint() const { return endpoint_; }

 private:
  Loop& loop_;
  Fetcher& fetcher_;
  OpenAiEndpoint endpoint_;
  OpenAiClientOptions options_;
};

}  // namespace muai
