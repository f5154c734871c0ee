#include "muai/model/model_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "model/model_entry.h"
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
                                        "quantization_config",
                                        "backend",
                                        "base_url",
                                        "key_env",
                                        "key_file",
                                        "context_tokens",
                                        "concurrency_max",
                                        "queue_max",
                                        "temperature",
                                        "prices"};

// Beyond every machine; keeps sums of sizes inside 64 bits.
constexpr std::int64_t kCountMax = 1'000'000'000;

constexpr std::string_view kExtractiveName = "extractive";

constexpr DevicePolicy kPolicies[] = {DevicePolicy::GpuOnDemand, DevicePolicy::CpuOnly,
                                      DevicePolicy::GpuResident};

enum class Need : std::uint8_t { Required, Optional };

// Collects what is wrong with an entry, field by field. A field that is absent or null is missing
// when it is required, else it keeps its default.
class EntryReader {
 public:
  explicit EntryReader(const json::object& entry) : entry_(entry) {}

  std::string text(std::string_view field, Need need) {
    const json::value* value = find(field, need);
    if (!value) return {};
    if (value->is_string() && !value->get_string().empty()) return std::string(value->get_string());
    wrong(field, "must be a non-empty string");
    return {};
  }

  std::vector<std::string> texts(std::string_view field) {
    const json::value* value = find(field, Need::Required);
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

  std::int64_t count(std::string_view field, Need need, std::int64_t least, std::int64_t standard) {
    const json::value* value = find(field, need);
    if (!value) return standard;
    if (value->is_int64() && value->get_int64() >= least && value->get_int64() <= kCountMax)
      return value->get_int64();
    wrong(field, fmt::format("must be a whole number, {} or more", least));
    return standard;
  }

  double number(std::string_view field, double most, double standard) {
    const json::value* value = find(field, Need::Optional);
    if (!value) return standard;
    const double given = value->is_number() ? value->to_number<double>() : -1;
    if (given >= 0 && given <= most) return given;
    wrong(field, fmt::format("must be a number from 0 to {}", most));
    return standard;
  }

  bool flag(std::string_view field, Need need) {
    const json::value* value = find(field, need);
    if (!value) return false;
    if (value->is_bool()) return value->get_bool();
    wrong(field, "must be true or false");
    return false;
  }

  DevicePolicy policy(std::string_view field, Need need) {
    const std::string name = text(field, need);
    for (const DevicePolicy policy : kPolicies)
      if (to_string(policy) == name) return policy;
    if (!name.empty()) wrong(field, "must be gpu_on_demand, cpu_only or gpu_resident");
    return DevicePolicy::GpuOnDemand;
  }

  std::string quantization(std::string_view field) {
    const json::value* value = find(field, Need::Optional);
    if (!value) return {};
    if (value->is_string() && (value->get_string() == "8bit" || value->get_string() == "4bit"))
      return std::string(value->get_string());
    wrong(field, "must be null, \"8bit\" or \"4bit\"");
    return {};
  }

  std::string endpoint(std::string_view field) {
    std::string address = text(field, Need::Optional);
    if (address.empty() || address.starts_with("http://") || address.starts_with("https://"))
      return address;
    wrong(field, "must begin with http:// or https://");
    return {};
  }

  ModelPrices prices(std::string_view field) {
    const json::value* value = find(field, Need::Optional);
    if (!value) return {};
    ModelPrices prices;
    if (!value->is_object()) {
      wrong(field, kPricesForm);
      return prices;
    }
    for (const auto& member : value->get_object()) {
      const bool is_prompt = member.key() == "prompt_usd_per_million";
      const bool is_number = member.value().is_number() &&
                             member.value().to_number<double>() >= 0 &&
                             member.value().to_number<double>() <= kPriceMax;
      if (!is_number || (!is_prompt && member.key() != "completion_usd_per_million")) {
        wrong(field, kPricesForm);
        continue;
      }
      (is_prompt ? prices.prompt_micro_usd : prices.completion_micro_usd) =
          member.value().to_number<double>();
    }
    return prices;
  }

  void refuse_unknown() {
    for (const auto& member : entry_) {
      const std::string_view name = member.key();
      if (std::find(std::begin(kFields), std::end(kFields), name) == std::end(kFields))
        wrong(name, "is not a field of a model; " +
                        did_you_mean(name, std::span<const std::string_view>(kFields)));
    }
  }

  void wrong(std::string_view field, std::string_view what) {
    FieldProblem problem{std::string(field), std::string(what)};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
      problems_.push_back(std::move(problem));
  }

  bool has(std::string_view field) const {
    const json::value* value = entry_.if_contains(field);
    return value && !value->is_null();
  }

  std::vector<FieldProblem> take_problems() { return std::move(problems_); }

 private:
  static constexpr std::string_view kPricesForm =
      "must have prompt_usd_per_million and completion_usd_per_million, numbers from 0 to 1000000";
  static constexpr double kPriceMax = 1e6;

  const json::value* find(std::string_view field, Need need) {
    if (has(field)) return entry_.if_contains(field);
    if (need == Need::Required) wrong(field, "is missing");
    return nullptr;
  }

  const json::object& entry_;
  std::vector<FieldProblem> problems_;
};

// `backend` may say what the other fields say already; it may not say anything else.
void check_backend(EntryReader& reader, bool is_endpoint) {
  const std::string said = reader.text("backend", Need::Optional);
  if (said == "openai" && !is_endpoint) {
    reader.wrong("base_url", "is missing");
  } else if (said == "llama" && is_endpoint) {
    reader.wrong("backend", "must be openai, or left out, where there is a base_url");
  } else if (!said.empty() && said != "llama" && said != "openai") {
    reader.wrong("backend", "must be llama or openai, or left out");
  }
}

void check_keys(EntryReader& reader, bool is_endpoint) {
  for (const std::string_view field : {"key_env", "key_file"})
    if (reader.has(field) && !is_endpoint)
      reader.wrong(field, "has a meaning only with a base_url");
  if (reader.has("key_env") && reader.has("key_file"))
    reader.wrong("key_file", "cannot stand beside key_env: a key is in one place");
}

}  // namespace

std::string_view to_string(DevicePolicy policy) {
  switch (policy) {
    case DevicePolicy::GpuOnDemand: return "gpu_on_demand";
    case DevicePolicy::CpuOnly: return "cpu_only";
    case DevicePolicy::GpuResident: return "gpu_resident";
  }
  return "gpu_on_demand";
}

ModelEntry read_model_entry(const json::object& entry) {
  EntryReader reader(entry);
  const bool is_endpoint =
      reader.has("base_url") || (reader.has("backend") && entry.at("backend") == "openai");
  const Need of_file = is_endpoint ? Need::Optional : Need::Required;
  const ModelDescription standard;
  ModelDescription description{
      .name = reader.text("name", Need::Required),
      .capabilities = reader.texts("capabilities"),
      .expected_vram_mb = reader.count("expected_vram_mb", of_file, 0, standard.expected_vram_mb),
      .supports_quant = reader.flag("supports_quant", of_file),
      .preferred_device_policy = reader.policy("preferred_device_policy", of_file),
      .model_path = reader.text("model_path", Need::Required),
      .quantization_config = reader.quantization("quantization_config"),
      .backend = is_endpoint ? ModelBackend::OpenAi : ModelBackend::Llama,
      .base_url = reader.endpoint("base_url"),
      .key_env = reader.text("key_env", Need::Optional),
      .key_file = reader.text("key_file", Need::Optional),
      .context_tokens = reader.count("context_tokens", Need::Optional, 0, standard.context_tokens),
      .concurrency_max =
          reader.count("concurrency_max", Need::Optional, 1, standard.concurrency_max),
      .queue_max = reader.count("queue_max", Need::Optional, 0, standard.queue_max),
      .temperature = reader.number("temperature", 2, standard.temperature),
      .prices = reader.prices("prices"),
  };
  if (description.name == kExtractiveName)
    reader.wrong("name", "'extractive' is the model that is built in; choose another");
  check_backend(reader, reader.has("base_url"));
  check_keys(reader, is_endpoint);
  reader.refuse_unknown();
  return {std::move(description), reader.take_problems()};
}

Result<ModelDescription> read_model_description(const json::value& entry) {
  if (!entry.is_object()) return fail(ErrorCode::InvalidConfig, "a model entry is an object");
  ModelEntry read = read_model_entry(entry.get_object());
  if (read.problems.empty()) return std::move(read.description);
  std::vector<std::string> lines;
  for (const FieldProblem& problem : read.problems)
    lines.push_back(fmt::format("{} {}", problem.field, problem.what));
  return fail(ErrorCode::InvalidConfig, fmt::format("model '{}' cannot be registered: {}",
                                                    read.description.name, fmt::join(lines, "; ")));
}

namespace {

void write_file_fields(json::object& entry, const ModelDescription& description) {
  entry["expected_vram_mb"] = description.expected_vram_mb;
  entry["supports_quant"] = description.supports_quant;
  entry["preferred_device_policy"] = to_string(description.preferred_device_policy);
}

// The fields that differ from what they are when left out.
void write_optional_fields(json::object& entry, const ModelDescription& description) {
  const ModelDescription standard;
  const auto write = [&entry](std::string_view field, const auto& value, const auto& usual) {
    if (value != usual) entry[field] = value;
  };
  write("quantization_config", description.quantization_config, standard.quantization_config);
  write("base_url", description.base_url, standard.base_url);
  write("key_env", description.key_env, standard.key_env);
  write("key_file", description.key_file, standard.key_file);
  write("context_tokens", description.context_tokens, standard.context_tokens);
  write("concurrency_max", description.concurrency_max, standard.concurrency_max);
  write("queue_max", description.queue_max, standard.queue_max);
  write("temperature", description.temperature, standard.temperature);
  if (description.prices != standard.prices) {
    entry["prices"] = json::object{
        {"prompt_usd_per_million", description.prices.prompt_micro_usd},
        {"completion_usd_per_million", description.prices.completion_micro_usd},
    };
  }
}

}  // namespace

json::value to_json(const ModelDescription& description) {
  json::object entry;
  entry["name"] = description.name;
  entry["capabilities"] =
      json::array(description.capabilities.begin(), description.capabilities.end());
  if (description.backend == ModelBackend::Extractive) {
    entry["backend"] = to_string(description.backend);
    return entry;
  }
  const bool has_file_fields = description.expected_vram_mb != 0 || description.supports_quant ||
                               description.preferred_device_policy != DevicePolicy::GpuOnDemand;
  if (description.backend == ModelBackend::Llama || has_file_fields)
    write_file_fields(entry, description);
  entry["model_path"] = description.model_path;
  write_optional_fields(entry, description);
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
