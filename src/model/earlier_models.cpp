// Models as the earlier system wrote them: Python weights by name or folder, placed by a device
// word. What says where a GGUF file lies and how it is to be run is kept; the rest is told.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "model/model_entry.h"

namespace muai {
namespace json = boost::json;
namespace {

// Reads one entry member by member; what it cannot use it notes.
class EarlierReader {
 public:
  explicit EarlierReader(EarlierEntry& out) : out_(out) {}

  void read(std::string_view field, const json::value& value) {
    if (field == "model_path" || field == "model_name") return path(field, value);
    if (field == "model_type") return type(field, value);
    if (field == "device") return device(field, value);
    if (field == "quantization") return quantization(field, value);
    if (field == "temperature") return temperature(field, value);
    if (field == "max_context_length") return context(field, value);
    if (field == "embedding_dim") return embedding(field, value);
    if (!value.is_null() && value != json::value(false)) ignore(field, "has no meaning here");
  }

 private:
  void ignore(std::string_view field, std::string_view what) {
    out_.ignored.push_back({std::string(field), std::string(what)});
  }

  void path(std::string_view field, const json::value& value) {
    if (value.is_string() && std::string_view(value.get_string()).ends_with(".gguf")) {
      out_.description.model_path = value.get_string();
      out_.is_usable = true;
    } else if (!value.is_string()) {
      ignore(field, "is no text: the model is left out");
    } else {
      ignore(field, fmt::format("'{}' is no GGUF file: the model is left out; convert it, or serve "
                                "it and give a base_url",
                                std::string_view(value.get_string())));
    }
  }

  // "embedding", "sentence_transformer": whatever speaks of embeddings makes them.
  void type(std::string_view field, const json::value& value) {
    if (!value.is_string()) return ignore(field, "is no text");
    const std::string_view type = value.get_string();
    if (type.contains("embed") || type.contains("sentence"))
      out_.description.capabilities = {"embed"};
  }

  void device(std::string_view field, const json::value& value) {
    if (value == "cpu") {
      out_.description.preferred_device_policy = DevicePolicy::CpuOnly;
    } else if (value != "auto" && value != "cuda" && !value.is_null()) {
      ignore(field, "must be auto, cuda or cpu: taken as auto");
    }
  }

  void quantization(std::string_view field, const json::value& value) {
    if (value == "8bit" || value == "4bit") {
      out_.description.quantization_config = value.get_string();
      out_.description.supports_quant = true;
    } else if (!value.is_null()) {
      ignore(field, "must be null, 8bit or 4bit: taken as null");
    }
  }

  void temperature(std::string_view field, const json::value& value) {
    const double given = value.is_number() ? value.to_number<double>() : -1;
    if (given >= 0 && given <= 2) {
      out_.description.temperature = given;
    } else {
      ignore(field, "must be a number from 0 to 2: taken as 0.7");
    }
  }

  void context(std::string_view field, const json::value& value) {
    if (value.is_int64() && value.get_int64() > 0 && value.get_int64() <= 100'000'000) {
      out_.description.context_tokens = value.get_int64();
    } else if (!value.is_null()) {
      ignore(field, "must be a whole number of tokens: what the file says holds");
    }
  }

  void embedding(std::string_view field, const json::value& value) {
    if (value.is_null()) return;
    if (!value.is_int64()) return ignore(field, "must be a whole number");
    out_.description.capabilities = {"embed"};
  }

  EarlierEntry& out_;
};

}  // namespace

EarlierEntry translate_earlier_model(const std::string& name, const json::object& entry) {
  EarlierEntry translated;
  translated.description.name = name;
  translated.description.capabilities = {"generate"};
  EarlierReader reader(translated);
  for (const auto& member : entry) reader.read(member.key(), member.value());
  if (!entry.contains("model_path") && !entry.contains("model_name"))
    translated.ignored.push_back({"model_path", "is missing: the model is left out"});
  return translated;
}

}  // namespace muai
