// Laws of the registries of tools and models.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "muai/model/model_description.h"
#include "muai/tool/tool.h"

namespace muai {
namespace {

namespace json = boost::json;

class DescribedTool final : public Tool {
 public:
  explicit DescribedTool(ToolDescription description) : description_(std::move(description)) {}
  const ToolDescription& description() const override { return description_; }
  Task<Result<json::value>> call(json::value arguments, ToolContext) const override {
    return Task<Result<json::value>>::ready(std::move(arguments));
  }

 private:
  ToolDescription description_;
};

rc::Gen<std::string> text() { return rc::gen::nonEmpty(rc::gen::string<std::string>()); }

// Few, so that queries meet several tools, one or none.
rc::Gen<std::string> capability() {
  return rc::gen::element<std::string>("search", "fetch", "arithmetic", "翻译", "generate");
}

rc::Gen<std::vector<std::string>> capabilities() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(capability()));
}

rc::Gen<std::string> parameters() {
  return rc::gen::element<std::string>(
      "{}", R"({"type": "object"})",
      R"({"type":"object","properties":{"q":{"type":"string"}},"required":["q"]})");
}

rc::Gen<ToolDescription> description() {
  return rc::gen::build<ToolDescription>(
      rc::gen::set(&ToolDescription::name, text()),
      rc::gen::set(&ToolDescription::capabilities, capabilities()),
      rc::gen::set(&ToolDescription::description, text()),
      rc::gen::set(&ToolDescription::parameters, parameters()));
}

// Descriptions with different names.
rc::Gen<std::vector<ToolDescription>> descriptions() {
  return rc::gen::uniqueBy<std::vector<ToolDescription>>(
      description(), [](const ToolDescription& tool) { return tool.name; });
}

RC_GTEST_PROP(Registry, P06_ToolMetadataSurvivesRegistration, ()) {
  const auto all = *descriptions();
  ToolRegistry registry;
  for (const ToolDescription& one : all)
    RC_ASSERT(registry.add(std::make_shared<DescribedTool>(one)).has_value());
  RC_ASSERT(registry.names().size() == all.size());
  for (const ToolDescription& one : all) {
    const auto found = registry.lookup(one.name);
    RC_ASSERT(found.has_value());
    RC_ASSERT((*found)->description() == one);
    // The name is taken now, and the first tool stays.
    ToolDescription other = one;
    other.description += " again";
    const auto twice = registry.add(std::make_shared<DescribedTool>(other));
    RC_ASSERT(!twice.has_value());
    RC_ASSERT(twice.error().code() == ErrorCode::AlreadyExists);
    RC_ASSERT((*registry.lookup(one.name))->description() == one);
  }
}

RC_GTEST_PROP(Registry, IncompleteToolMetadataIsRejectedWithThePartsNamed, ()) {
  ToolDescription one = *description();
  const int broken = *rc::gen::inRange(1, 16);  // a bit for each part
  if (broken & 1) one.name.clear();
  if (broken & 2) one.capabilities.clear();
  if (broken & 4) one.description.clear();
  if (broken & 8) one.parameters = R"({"type": "objct"})";
  ToolRegistry registry;
  const auto added = registry.add(std::make_shared<DescribedTool>(one));
  RC_ASSERT(!added.has_value());
  RC_ASSERT(registry.names().empty());
  // What stands after the tool's own name, which may hold anything.
  const std::string message =
      added.error().message().substr(added.error().message().rfind("cannot be registered: "));
  const std::string_view parts[] = {"name is missing", "capabilities: ", "description is missing",
                                    "parameters: "};
  for (int part = 0; part < 4; ++part)
    RC_ASSERT(message.contains(parts[part]) == ((broken >> part) & 1));
}

json::object complete_entry() {
  json::object entry;
  entry["name"] = *text();
  const auto all = *capabilities();
  entry["capabilities"] = json::array(all.begin(), all.end());
  entry["expected_vram_mb"] = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
  entry["supports_quant"] = *rc::gen::arbitrary<bool>();
  entry["preferred_device_policy"] =
      *rc::gen::element<std::string>("gpu_on_demand", "cpu_only", "gpu_resident");
  entry["model_path"] = *text();
  if (*rc::gen::arbitrary<bool>())
    entry["quantization_config"] = *rc::gen::element<std::string>("8bit", "4bit");
  return entry;
}

constexpr std::string_view kRequired[] = {
    "name",      "capabilities", "expected_vram_mb", "supports_quant", "preferred_device_policy",
    "model_path"};

RC_GTEST_PROP(Registry, CompleteModelMetadataIsReadAsItStands, ()) {
  const json::object entry = complete_entry();
  const auto read = read_model_description(entry);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->name == entry.at("name").as_string());
  RC_ASSERT(read->expected_vram_mb == entry.at("expected_vram_mb").as_int64());
  RC_ASSERT(read->supports_quant == entry.at("supports_quant").as_bool());
  RC_ASSERT(to_string(read->preferred_device_policy) ==
            std::string_view(entry.at("preferred_device_policy").as_string()));
  RC_ASSERT(read->capabilities.size() == entry.at("capabilities").as_array().size());
  const auto again = read_model_description(to_json(*read));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *read);
}

RC_GTEST_PROP(Registry, P07_IncompleteModelMetadataIsRejectedWithTheFieldsNamed, ()) {
  json::object entry = complete_entry();
  entry["name"] = "m";  // so that no field's name stands in the message by chance
  const auto mask = *rc::gen::inRange<std::size_t>(1, 64);  // a bit for each field
  std::vector<std::size_t> broken;
  for (std::size_t field = 0; field < std::size(kRequired); ++field)
    if ((mask >> field) & 1) broken.push_back(field);
  for (const std::size_t field : broken) {
    if (*rc::gen::arbitrary<bool>()) {
      entry.erase(kRequired[field]);
    } else {
      entry[kRequired[field]] = nullptr;
    }
  }
  const auto read = read_model_description(entry);
  RC_ASSERT(!read.has_value());
  RC_ASSERT(read.error().code() == ErrorCode::InvalidConfig);
  const std::string& message = read.error().message();
  for (const std::size_t field : broken) RC_ASSERT(message.contains(kRequired[field]));
}

json::object complete_endpoint() {
  json::object entry;
  entry["name"] = *text();
  const auto all = *capabilities();
  entry["capabilities"] = json::array(all.begin(), all.end());
  entry["model_path"] = *text();
  entry["base_url"] = "http://" + *text();
  return entry;
}

// Fields that may be left out: their values, and values that are wrong.
struct OptionalField {
  std::string_view name;
  std::vector<json::value> right;
  std::vector<json::value> wrong;
};

std::vector<OptionalField> optional_fields() {
  return {
      {"quantization_config", {"8bit", "4bit", nullptr}, {"2bit", 8, true}},
      {"key_env", {"A_KEY"}, {"", 7, json::array{}}},
      {"context_tokens", {0, 4096}, {-1, 1.5, "many", 2'000'000'000}},
      {"concurrency_max", {1, 8}, {0, -3, "1"}},
      {"queue_max", {0, 100}, {-1, 0.5, json::object{}}},
      {"temperature", {0, 0.7, 2}, {-0.1, 2.1, "warm"}},
      {"prices",
       {json::object{{"prompt_usd_per_million", 0.15}},
        json::object{{"prompt_usd_per_million", 1}, {"completion_usd_per_million", 2.5}}},
       {json::object{{"prompt_usd_per_million", -1}}, json::object{{"prompt", 1}}, 7}},
  };
}

RC_GTEST_PROP(Registry, CompleteEndpointMetadataComesBackFromJson, ()) {
  json::object entry = complete_endpoint();
  for (const OptionalField& field : optional_fields())
    if (*rc::gen::arbitrary<bool>()) entry[field.name] = *rc::gen::elementOf(field.right);
  if (*rc::gen::arbitrary<bool>()) entry["backend"] = "openai";
  if (*rc::gen::arbitrary<bool>()) entry["preferred_device_policy"] = "cpu_only";
  const auto read = read_model_description(entry);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->backend == ModelBackend::OpenAi);
  RC_ASSERT(read->base_url == entry.at("base_url").as_string());
  const auto again = read_model_description(to_json(*read));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *read);
}

// Of any fields broken in any way, required or not, exactly those are named.
RC_GTEST_PROP(Registry, WrongFieldsOfEitherBackendAreNamedAndNoOthers, ()) {
  const bool is_endpoint = *rc::gen::arbitrary<bool>();
  json::object entry = is_endpoint ? complete_endpoint() : complete_entry();
  entry["name"] = "m";  // so that no field's name stands in the message by chance
  std::set<std::string_view> broken;
  for (const std::string_view field :
       is_endpoint ? std::vector<std::string_view>{"name", "capabilities", "model_path"}
                   : std::vector<std::string_view>(std::begin(kRequired), std::end(kRequired))) {
    if (*rc::gen::arbitrary<bool>()) continue;
    broken.insert(field);
    entry.erase(field);
  }
  for (const OptionalField& field : optional_fields()) {
    if (field.name == "key_env" && !is_endpoint) continue;
    entry.erase(field.name);
    const int what = *rc::gen::inRange(0, 3);
    if (what == 1) entry[field.name] = *rc::gen::elementOf(field.right);
    if (what == 2) entry[field.name] = *rc::gen::elementOf(field.wrong);
    if (what == 2) broken.insert(field.name);
  }
  const auto read = read_model_description(entry);
  RC_ASSERT(read.has_value() == broken.empty());
  if (read) return;
  const std::string message =
      "; " + read.error().message().substr(read.error().message().find("registered: ") + 12);
  for (const OptionalField& field : optional_fields())
    RC_ASSERT(message.contains(fmt::format("; {} ", field.name)) == broken.contains(field.name));
  for (const std::string_view field : kRequired)
    RC_ASSERT(message.contains(fmt::format("; {} is missing", field)) == broken.contains(field));
}

// The items that have a capability, told without the registry.
template <class Description>
std::set<std::string> names_having(const std::vector<Description>& all,
                                   const std::string& capability) {
  std::set<std::string> names;
  for (const Description& one : all)
    for (const std::string& has : one.capabilities)
      if (has == capability) names.insert(one.name);
  return names;
}

RC_GTEST_PROP(Registry, P08_CapabilityQueryGivesExactlyTheMatchingItems, ()) {
  const auto all = *descriptions();
  ToolRegistry tools;
  ModelRegistry models;
  for (const ToolDescription& one : all) {
    RC_ASSERT(tools.add(std::make_shared<DescribedTool>(one)).has_value());
    RC_ASSERT(
        models.add({.name = one.name, .capabilities = one.capabilities, .model_path = "m.gguf"})
            .has_value());
  }
  for (const std::string wanted :
       {"search", "fetch", "arithmetic", "翻译", "generate", "sear", "SEARCH", ""}) {
    const std::set<std::string> expected = names_having(all, wanted);
    std::vector<std::string> of_tools;
    for (const Tool* tool : tools.with_capability(wanted))
      of_tools.push_back(tool->description().name);
    RC_ASSERT(of_tools == std::vector<std::string>(expected.begin(), expected.end()));
    std::vector<std::string> of_models;
    for (const ModelDescription* model : models.with_capability(wanted))
      of_models.push_back(model->name);
    RC_ASSERT(of_models == of_tools);
  }
}

}  // namespace
}  // namespace muai
