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

struct ModelDescription {
  std::string name;
  std::vector<std::string> capabilities;  // one or more: "generate", "embed", ...
  std::int64_t expected_vram_mb = 0;      // >= 0
  bool supports_quant = false;
  DevicePolicy preferred_device_policy = DevicePolicy::GpuOnDemand;
  std::string model_path;
  std::string quantization_config;  // "", "8bit" or "4bit"
  friend bool operator==(const ModelDescription&, const ModelDescription&) = default;
};

// Reads one entry of a models file. InvalidConfig names every missing or invalid field, all at
// once. Every field but quantization_config is required.
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

  // Exactly the models that have it, by name.
  std::vector<const ModelDescription*> with_capability(std::string_view capability) const;
  std::vector<std::string> names() const { return models_.names(); }

 private:
  Registry<ModelDescription> models_{"model"};
};

}  // namespace muai
