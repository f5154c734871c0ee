#pragma once

// A model behind an OpenAI-compatible HTTP endpoint: llama-server, Ollama (/v1), vLLM, a cloud.
//
//   BreakerTable breakers(loop);
//   std::unique_ptr<Model> model = make_openai_model(
//       loop, fetcher, description, {.find_variable = from_environment, .breakers = &breakers});
//
// Answers are always streamed, so that stopping a call closes the connection and the server stops
// working for it. With a JSON Schema the endpoint is asked for it in `response_format` and in
// words, and the reply is checked here: one that does not fit is sent back once with what is wrong,
// and nothing is passed to `on_text` before it fits. Reasoning is not part of the text.
//
// Errors, beyond those of Model: a key that is missing or refused is InvalidConfig and names the
// variable or file that must hold it; an unknown model is NotFound and lists what the endpoint
// offers, nearest first; a prompt that the context does not hold, or that the endpoint cut without
// saying so, is InvalidInput; too many requests is Upstream with retry_after, a spent quota
// Refused. No message holds the key.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/breaker.h"
#include "muai/model/model.h"
#include "muai/model/model_description.h"
#include "muai/model/patience.h"

namespace muai {

class Fetcher;

struct OpenAiOptions {
  // The value of a variable of the environment, for `key_env`. Empty: there are no variables.
  std::function<std::optional<std::string>(std::string_view name)> find_variable{};
  ModelDeadlines deadlines{};
  ModelRetries retries{};
  // Shared by all models; null: this model has a breaker of its own. Outlives the model.
  BreakerTable* breakers = nullptr;
  // Told once what an operator should mend: a key file that others may read, a key that is sent
  // unencrypted. May be empty.
  std::function<void(std::string_view)> on_notice{};
};

// `description` has the backend OpenAi and a base_url. Its origin, with the key as a header, is
// added to the fetcher; models of one origin use one key (check_one_key). What is wrong with the
// base URL or the key is the InvalidConfig error of every later call. Loop and fetcher outlive the
// model.
std::unique_ptr<Model> make_openai_model(Loop& loop, Fetcher& fetcher, ModelDescription description,
                                         const OpenAiOptions& options);

// Keys belong to origins. InvalidConfig when two models of one origin name different keys, as the
// second would take the place of the first. ModelPool::create checks every pair.
Result<void> check_one_key(const ModelDescription& one, const ModelDescription& other);

// What an endpoint said about itself.
struct EndpointReport {
  std::vector<std::string> models;  // that it offers, in its order
  bool offers_model = false;        // the description's model_path is among them
  double latency_ms = 0;
};

// Asks the endpoint of `description` for its models: one request, for `muai doctor`. Loop and
// fetcher outlive the task.
Task<Result<EndpointReport>> probe_endpoint(Loop& loop, Fetcher& fetcher,
                                            ModelDescription description, OpenAiOptions options,
                                            std::stop_token stop);

}  // namespace muai
