#pragma once

// Models in GGUF files: each loaded one is a `llama-server` of its own, spoken to over a private
// UNIX socket.
//
//   auto host = LlamaHost::create(loop, spawner, fetcher, workers, meter, options);
//   std::unique_ptr<Model> model = make_llama_model(**host, description);
//
// The server starts with the model and ends with it, so that memory is free when `unload` has
// finished and a crash costs one model. It dies with this process, also when that is killed. It
// listens in a folder that only this user may enter and asks for a key that only we know.
//
// A placement with a quantisation loads the smaller form (muai/model/quantizer.h); when that can't
// be made, the file itself is loaded and a Fallback event says why. Measured sizes are remembered
// per file, context, device and width, and replace the estimate the next time.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/core/result.h"
#include "muai/model/memory.h"
#include "muai/model/model.h"
#include "muai/model/patience.h"
#include "muai/model/quantizer.h"

namespace muai {

class Fetcher;

// The programs of llama.cpp; empty where there is none.
struct LlamaPrograms {
  std::string server;     // llama-server: needed to load anything
  std::string quantizer;  // llama-quantize
  std::string fitter;     // llama-fit-params: exact estimates
};

// Looks in the folders of `search_path`, in order. With `server` given, that one is taken, and the
// others are looked for beside it first. Names nothing that is not an executable file.
LlamaPrograms find_llama_programs(std::string_view server,
                                  const std::vector<std::string>& search_path);

struct LlamaOptions {
  LlamaPrograms programs;
  std::string runtime_parent;  // as for RuntimeFolder::create
  std::string data_folder;     // quantised files and what was measured: DATA/models
  int threads = 0;             // of each model; 0: half of the machine's processors, at least one
  Duration ready_max = std::chrono::seconds(60);  // and a second more for each 25 MB of the file
  Duration stop_grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL
  ModelDeadlines deadlines = {};
  // Names of the environment that servers get too: libraries, and which GPUs to use.
  std::vector<std::string> inherited_environment = {"PATH",
                                                    "HOME",
                                                    "LD_LIBRARY_PATH",
                                                    "CUDA_VISIBLE_DEVICES",
                                                    "HIP_VISIBLE_DEVICES",
                                                    "TMPDIR",
                                                    "GGML_BACKEND_PATH"};
  // Told what an operator should know, for example an untested version. May be empty.
  std::function<void(std::string_view)> on_notice = {};
};

// What all models of this kind share. Loop thread only; outlives its models, and everything it is
// given outlives it.
class LlamaHost {
 public:
  // Removes what ended processes left. The errors of RuntimeFolder::create.
  static Result<std::unique_ptr<LlamaHost>> create(Loop& loop, Spawner& spawner, Fetcher& fetcher,
                                                   Pool& workers, const MemoryMeter& meter,
                                                   LlamaOptions options);
  LlamaHost(const LlamaHost&) = delete;
  LlamaHost& operator=(const LlamaHost&) = delete;
  ~LlamaHost();

  Quantizer& quantizer();

  struct Rep;
  Rep& rep() { return *rep_; }

 private:
  explicit LlamaHost(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// `description.model_path` is the file. Serves `embed` when "embed" is among the capabilities and
// "generate" is not, else `generate`; at most `concurrency_max` requests at a time, each with
// `context_tokens`. What is wrong with file or programs is the error of `estimate` and `load`.
std::unique_ptr<Model> make_llama_model(LlamaHost& host, ModelDescription description);

}  // namespace muai
