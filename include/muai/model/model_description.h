#pragma once

// What is known about a model before it is loaded, and the registry of such descriptions.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/registry.h"
#include "muai/core/result.h"

namespace muai {

// Where a model prefers to live; decides what is evicted first.
enum class DevicePolicy : std::uint8_t { GpuOnDemand, CpuOnly, GpuResident };

// "gpu_on_demand", "cpu_only", "gpu_resident".
std::string_view to_string(DevicePolicy policy);

// What serves a model.
enum class ModelBackend : std::uint8_t {
  Llama,       // a GGUF file in a llama-server of our own
  OpenAi,      // an OpenAI-compatible endpoint
  Extractive,  // built in, no weights; named "extractive", never configured
};

// "llama", "openai", "extractive".
std::string_view to_string(ModelBackend backend);

// Millionths of a US dollar for one token, which is dollars for a million tokens.
struct ModelPrices {
  double prompt_micro_usd = 0;
  double completion_micro_usd = 0;
  friend bool operator==(const ModelPrices&, const ModelPrices&) = default;
};

struct ModelDescription {
  std::string name;
  std::vector<std::string> capabilities;  // one or more: "generate", "embed", ...
  std::int64_t expected_vram_mb = 0;      // >= 0
  bool supports_quant = false;
  DevicePolicy preferred_device_policy = DevicePolicy::GpuOnDemand;
  std::string model_path;           // the GGUF file, or the model's name at its endpoint
  std::string quantization_config;  // "", "8bit" or "4bit"

  ModelBackend backend = ModelBackend::Llama;  // OpenAi when `base_url` is given
  std::string base_url = {};                   // of an endpoint: "http://127.0.0.1:11434/v1"
  // Where the endpoint's key stands: a variable of the environment or a file. The key itself is
  // never kept here, and so never written anywhere.
  std::string key_env = {};
  std::string key_file = {};
  std::int64_t context_tokens = 0;   // 0: what the file says, at most 8192
  std::int64_t concurrency_max = 1;  // requests served at a time
  std::int64_t queue_max = 64;       // requests that may wait; more are refused
  double temperature = 0.7;          // where a prompt does not say
  ModelPrices prices = {};
  friend bool operator==(const ModelDescription&, const ModelDescription&) = default;
};

// Reads one entry of a models file. InvalidConfig names every missing or invalid field, all at
// once. `name`, `capabilities` and `model_path` are required always; for a GGUF file also what
// stands between them, for an endpoint base_url. The name "extractive" is taken.
Result<ModelDescription> read_model_description(const boost::json::value& entry);
boost::json::value to_json(const ModelDescription& description);

// Models by name and capability. Filled while the engine is put together, then only read.
class ModelRegistry {
 public:
  // AlreadyExists when the name is taken.
  Result<void> add(ModelDescription description);
  void replace(ModelDescription description);

  // NotFound names what exists, nearest first.
  Result<const ModelDescription*> lookup(std::string_view name) const {
    return models_.lookup(name);
  }

  // Null when absent.
  const ModelDescription* find(std::string_view name) const { return models_.find(name); }

  // Exactly the models that have it, by name.
  std::vector<const ModelDescription*> with_capability(std::string_view capability) const;
  std::vector<std::string> names() const { return models_.names(); }

 private:
  Registry<ModelDescription> models_{"model"};
};

}  // namespace muai
