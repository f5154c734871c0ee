#pragma once

// Smaller forms of model files, made once and kept.
//
//   Quantizer quantizer(spawner, workers, {.program = "/usr/bin/llama-quantize", .folder = cache});
//   Result<QuantizedFile> file =
//       co_await quantizer.quantize("/models/qwen.gguf", Quantization::Bits4, job);
//
// A form is named after the SHA-256 of its source, its type and the version of the program that
// made it. It appears under that name only when it is whole and its header has been read back. Each
// is made once however many ask for it at a time; one who gives up does not stop it for the rest.

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/gguf.h"
#include "muai/model/model.h"

namespace muai {

struct QuantizerOptions {
  std::string program;  // absolute path of llama-quantize; empty: there is none
  std::string folder;   // where the forms are kept; made when needed
  int threads = 0;      // 0: half of the machine's processors
  std::vector<std::string> inherited_environment = {"PATH", "LD_LIBRARY_PATH"};
};

struct QuantizedFile {
  std::string path;
  GgufHeader header;       // weight_type and bits_per_weight say what it really became
  bool was_there = false;  // made earlier
  double seconds = 0;      // that making it took
};

// What one caller wants to hear, and when it gives up.
struct QuantizeJob {
  std::stop_token stop;
  // The share that is done, 0 to 1; a few times a second, on the loop thread. May be empty.
  std::function<void(double share)> on_progress;
};

// Loop thread only. Spawner and workers outlive it; it outlives its tasks.
class Quantizer {
 public:
  Quantizer(Spawner& spawner, Pool& workers, QuantizerOptions options);
  Quantizer(const Quantizer&) = delete;
  Quantizer& operator=(const Quantizer&) = delete;
  ~Quantizer();

  // `width` is Bits8 (Q8_0) or Bits4 (Q4_K_M). ModelUnavailable without a program, or with its last
  // words when it fails; InvalidInput when the source is no wider than that already, or in parts;
  // Io when the disk has no room; the errors of read_gguf_header; Cancelled.
  Task<Result<QuantizedFile>> quantize(std::string source, Quantization width, QuantizeJob job);

  // The form if it is there already, without making it: an empty path when it is not.
  Task<Result<QuantizedFile>> find(std::string source, Quantization width, std::stop_token stop);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
