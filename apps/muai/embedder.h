#pragma once

// Embedder: vectors of texts by a configured model, for the commands of `muai kb`.

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "muai/core/result.h"
#include "muai/engine/engine.h"
#include "muai/session.h"

namespace muai {

class Embedder {
 public:
  // Opens an engine without a trace. Errors are those of Engine::open and Engine::model_pool; the
  // model is looked up when it is first asked.
  static Result<Embedder> open(const Session& session, std::string model, std::stop_token stop);

  const std::string& model() const { return model_; }

  // One vector for each text. Waits for the model, which is loaded by the first call; errors are
  // those of ModelPool::embed.
  Result<std::vector<std::vector<float>>> embed(std::vector<std::string> texts);

 private:
  std::string model_;
  std::stop_token stop_;
  Duration patience_{};  // of one call
  std::unique_ptr<Engine> engine_;
  ModelPool* pool_ = nullptr;  // of engine_
};

}  // namespace muai
