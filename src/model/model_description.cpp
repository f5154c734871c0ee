#include "muai/model/model_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/nearest.h"

// An entry is read field by field by a reader that collects complaints instead of stopping at the
// first, so that one run of the program shows all that has to be repaired.

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kFields[] = {"name",
                                        "capabilities",
                                        "expected_vram_mb",
                                        "supports_quant",
                                        "preferred_device_policy",
                                        "model_path",
                                        "quantization_config"};

constexpr DevicePolicy kPolicies[] = {DevicePolicy::GpuOnDemand, DevicePolicy::CpuOnly,
                                      DevicePolicy::GpuResident};

// Collects what is wrong with an entry, field by field.
class EntryReader {
 public:
  explicit EntryReader(const json::object& entry) : entry_(entry) {}

  const json::value* required(std::string_view field) {
    const json::value* value = entry_.if_contains(field);
    if (!value) wrong(field, "is missing");
    return value;
  }

  std::string text(std::string_view field) {
    const json::value* value = required(field);
    if (!value) return {};
    if (value->is_string() && !value->get_string().empty()) return std::string(value->get_string());
    wrong(field, "must be a non-empty string");
    return {};
  }

  std::vector<std::string> texts(std::string_view field) {
    const json::value* value = required(field);
    if (!value) return {};
    std::vector<std::string> texts;
    if (value->is_array()) {
      for (const json::value& element : value->get_array())
        if (element.is_string() && !element.get_string().empty())
          texts.emplace_back(element.get_string());
      if (!texts.empty() && texts.size() == value->get_array().size()) return texts;
    }
    wrong(field, "must be a list of one or more non-empty strings");
    return {};
  }

  std::int64_t size_mb(std::string_view field) {
    const json::value* value = required(field);
    if (!value) return 0;
    if (value->is_int64() && value->get_int64() >= 0) return value->get_int64();
    wrong(field, "must be a whole number of megabytes, 0 or more");
    return 0;
  }

  bool flag(std::string_view field) {
    const json::value* value = required(field);
    if (!value) return false;
    if (value->is_bool()) return value->get_bool();
    wrong(field, "must be true or false");
    return false;
  }

  DevicePolicy policy(std::string_view field) {
    const std::string name = text(field);
    for (const DevicePolicy policy : kPolicies)
      if (to_string(policy) == name) return policy;
    if (!name.empty()) wrong(field, "must be gpu_on_demand, cpu_only or gpu_resident");
    return DevicePolicy::GpuOnDemand;
  }

  std::string quantization(std::string_view field) {
    const json::value* value = entry_.if_contains(field);
    if (!value || value->is_null()) return {};
    if (value->is_string() && (value->get_string() == "8bit" || value->get_string() == "4bit"))
      return std::string(value->get_string());
    wrong(field, "must be null, \"8bit\" or \"4bit\"");
    return {};
  }

  void refuse_unknown() {
    for (const auto& member : entry_) {
      const std::string_view name = member.key();
      if (std::find(std::begin(kFields), std::end(kFields), name) == std::end(kFields))
        wrong(name, "is not a field of a model; " +
                        did_you_mean(name, std::span<const std::string_view>(kFields)));
    }
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void wrong(std::string_view field, std::string_view what) {
    const std::string problem = fmt::format("{} {}", field, what);
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
      problems_.push_back(problem);
  }

  const json::object& entry_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string_view to_string(DevicePolicy policy) {
  switch (policy) {
    case DevicePolicy::GpuOnDemand: return "gpu_on_demand";
    case DevicePolicy::CpuOnly: return "cpu_only";
    case DevicePolicy::GpuResident: return "gpu_resident";
  }
  return "gpu_on_demand";
}

Result<ModelDescription> read_model_description(const json::value& entry) {
  if (!entry.is_object()) return fail(ErrorCode::InvalidConfig, "a model entry is an object");
  EntryReader reader(entry.get_object());
  ModelDescription description{
      .name = reader.text("name"),
      .capabilities = reader.texts("capabilities"),
      .expected_vram_mb = reader.size_mb("expected_vram_mb"),
      .supports_quant = reader.flag("supports_quant"),
      .preferred_device_policy = reader.policy("preferred_device_policy"),
      .model_path = reader.text("model_path"),
      .quantization_config = reader.quantization("quantization_config"),
  };
  reader.refuse_unknown();
  if (reader.problems().empty()) return description;
  return fail(ErrorCode::InvalidConfig,
              fmt::format("model '{}' cannot be registered: {}", description.name,
                          fmt::join(reader.problems(), "; ")));
}

json::value to_json(const ModelDescription& description) {
  json::object entry;
  entry["name"] = description.name;
  entry["capabilities"] =
      json::array(description.capabilities.begin(), description.capabilities.end());
  entry["expected_vram_mb"] = description.expected_vram_mb;
  entry["supports_quant"] = description.supports_quant;
  entry["preferred_device_policy"] = to_string(description.preferred_device_policy);
  entry["model_path"] = description.model_path;
  if (!description.quantization_config.empty())
    entry["quantization_config"] = description.quantization_config;
  return entry;
}

Result<void> ModelRegistry::add(ModelDescription description) {
  std::string name = description.name;
  return models_.add(std::move(name), std::move(description));
}

void ModelRegistry::replace(ModelDescription description) {
  std::string name = description.name;
  models_.replace(std::move(name), std::move(description));
}

std::vector<const ModelDescription*> ModelRegistry::with_capability(
    std::string_view capability) const {
  std::vector<const ModelDescription*> found;
  for (const auto& [name, model] : models_) {
    const std::vector<std::string>& all = model.capabilities;
    if (std::find(all.begin(), all.end(), capability) != all.end()) found.push_back(&model);
  }
  return found;
}

}  // namespace muai
