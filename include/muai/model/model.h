#pragma once

// Model: the seam behind which text is generated and embedded.
//
// Three backends: `extractive` (sentences of the sources, no weights), `openai` (any compatible
// HTTP endpoint) and `llama` (a local GGUF file in a supervised llama-server of its own). Steps do
// not call a Model: they ask the ModelPool (muai/model/model_pool.h), which loads, keeps count,
// falls back and unloads.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/core/usage.h"
#include "muai/model/generation.h"
#include "muai/model/model_description.h"
#include "muai/trace/record.h"

namespace muai {

enum class Device : std::uint8_t { Cpu, Gpu };
enum class Quantization : std::uint8_t { None, Bits8, Bits4 };

// "cpu", "gpu"; "none", "8bit" (Q8_0), "4bit" (Q4_K_M).
std::string_view to_string(Device device);
std::string_view to_string(Quantization quantization);

// Where and how a model is loaded: one rung of the ladder that the pool climbs down when memory
// runs out.
struct Placement {
  Device device = Device::Cpu;
  Quantization quantization = Quantization::None;
  bool operator==(const Placement&) const = default;
};

// Megabytes (2^20 bytes). Zero where nothing of that kind is taken: remote models take nothing.
struct MemoryUse {
  std::int64_t vram_mb = 0;
  std::int64_t ram_mb = 0;
  bool operator==(const MemoryUse&) const = default;
};

// What one call may use of the world and tells it. Copied into the call. Callbacks run on the loop
// thread, never after the call has finished; each may be empty.
struct ModelCall {
  std::stop_token stop;
  TimePoint deadline = kNever;
  // The next piece of the text, whole code points. Nothing that was passed on is withdrawn.
  std::function<void(std::string_view)> on_text;
  // Loads, evictions and fallbacks on behalf of this call, with their reasons.
  std::function<void(ModelEvent)> on_event;
  // What was consumed since it was called last, also by attempts that failed in the end. Called any
  // number of times; the sum is the whole, and Generation::usage adds nothing to it.
  std::function<void(const Usage&)> on_usage;
};

using Embedding = std::vector<float>;

// One model. Loop thread only. Lifecycle calls (estimate, load, unload) come one at a time, from
// the pool; `generate` and `embed` only while it is loaded, several at a time.
class Model {
 public:
  virtual ~Model() = default;

  virtual const ModelDescription& description() const = 0;

  // What loading it there would take. Reads headers, loads nothing. NotFound, Corrupt or
  // InvalidConfig when the model cannot be loaded at all.
  virtual Task<Result<MemoryUse>> estimate(Placement placement) = 0;

  // Makes it ready; a model that is always ready (remote) returns at once. OutOfMemory when it
  // does not fit there; ModelUnavailable, with the last lines of what its process said, when it
  // could not be started. `call.on_event` hears of a quantisation that failed and was replaced by
  // the standard load. A failed load leaves nothing behind.
  virtual Task<Result<void>> load(Placement placement, ModelCall call) = 0;

  // Gives everything back. Finishes when the memory is free: its process has gone. Work that runs
  // ends with ModelUnavailable. Does nothing when it is not loaded.
  virtual Task<void> unload() = 0;

  // False before `load`, after `unload`, and after its process has died.
  virtual bool is_loaded() const = 0;

  // Measured now; zeros when it is not loaded.
  virtual MemoryUse memory() const = 0;

  // Streams text to `call.on_text` and finishes with the whole. Stopping really ends the work.
  // InvalidInput for a request that it cannot serve (too long a prompt, no sources for
  // `extractive`), InvalidConfig for a key that is refused, Upstream (nonsense, a server error, or
  // too many requests, then with retry_after), Network, Timeout, LimitExceeded (one of our own
  // bounds), ModelUnavailable (its process died, or its endpoint is not asked for a while).
  virtual Task<Result<Generation>> generate(GenerateRequest request, ModelCall call) = 0;

  // One vector for each text, in order, all of one length. Of a text that is longer than the model
  // can take, the vector is that of its beginning.
  virtual Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts,
                                                     ModelCall call) = 0;
};

}  // namespace muai
