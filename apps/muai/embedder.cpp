#include "muai/embedder.h"

#include <utility>

#include "muai/async/asio_loop.h"
#include "muai/model/model_pool.h"

namespace muai {

Result<Embedder> Embedder::open(const Session& session, std::string model, std::stop_token stop) {
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.trace.path.clear();
  Embedder embedder;
  embedder.model_ = std::move(model);
  embedder.stop_ = std::move(stop);
  embedder.patience_ = options.deadline;
  MUAI_TRY(embedder.engine_, Engine::open(std::move(options)));
  MUAI_TRY(embedder.pool_, embedder.engine_->model_pool());
  return embedder;
}

Result<std::vector<std::vector<float>>> Embedder::embed(std::vector<std::string> texts) {
  AsioLoop& loop = engine_->loop();
  ModelCall call;
  call.stop = stop_;
  call.deadline = loop.now() + patience_;
  return loop.run(pool_->embed(model_, std::move(texts), std::move(call)));
}

}  // namespace muai
