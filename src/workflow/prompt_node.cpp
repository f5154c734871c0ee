// Nodes that ask a model.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "muai/core/json.h"
#include "muai/steps/generic_steps.h"
#include "muai/steps/model_access.h"
#include "workflow/key_names.h"
#include "workflow/node_reader.h"

namespace muai {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

// A template of one line that ends in .md names a file.
bool names_file(std::string_view written) {
  return written.ends_with(".md") && written.find('\n') == written.npos &&
         written.find("{{") == written.npos;
}

// The file below the folder, symbolic links followed; nothing when it is elsewhere or absent.
std::optional<fs::path> file_below(const fs::path& folder, std::string_view name) {
  if (folder.empty() || fs::path(name).is_absolute()) return std::nullopt;
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return std::nullopt;
  const fs::path file = fs::canonical(root / name, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const fs::path inside = file.lexically_relative(root);
  if (inside.empty() || *inside.begin() == "..") return std::nullopt;
  return file;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  if (value && value->is_string()) texts.emplace_back(value->get_string());
  if (value && value->is_array())
    for (const json::value& one : value->get_array()) texts.emplace_back(one.get_string());
  return texts;
}

}  // namespace

Result<PromptTemplate> NodeReader::read_template(std::string_view name, std::string_view written) {
  if (!names_file(written)) return PromptTemplate::read(written, name);
  if (const auto file = file_below(folder_, written)) {
    std::ifstream in(*file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) return fail(ErrorCode::Io, fmt::format("{} cannot be read", file->string()));
    return PromptTemplate::read(text, written);
  }
  const std::string_view stem = written.substr(0, written.size() - 3);
  Result<PromptTemplate> known = context_.models->prompts().lookup(stem, Language::English);
  if (known) return known;
  return fail(ErrorCode::NotFound,
              fmt::format("there is no file {} in the folder of the workflow file or below, nor "
                          "such a prompt in prompts.dir",
                          written));
}

std::optional<Step> NodeReader::read_prompt(std::string_view name, const json::object& prompt,
                                            const std::string& pointer) {
  const std::string place = pointer_to_member(pointer, "template");
  if (!context_.models) {
    problems_.at(pointer, fmt::format("node '{}': prompt steps need models, and there are none "
                                      "here",
                                      name));
    return std::nullopt;
  }
  Result<PromptTemplate> read = read_template(name, prompt.at("template").get_string());
  if (!read) {
    problems_.at(place, fmt::format("node '{}': {}", name, read.error().message()));
    return std::nullopt;
  }
  bool known = true;
  for (const std::string& key : read->places())
    known = (key == "fence" || known_key(key, place, problems_).has_value()) && known;
  PromptStepOptions options{.prompt = *std::move(read)};
  options.plain = texts_of(prompt, "plain");
  for (const std::string& key : options.plain)
    known = known_key(key, pointer_to_member(pointer, "plain"), problems_).has_value() && known;
  const auto output =
      known_key(prompt.at("output").get_string(), pointer_to_member(pointer, "output"), problems_);
  if (!output || !known) return std::nullopt;
  options.output = *output;
  if (const json::value* capability = prompt.if_contains("capability"))
    options.capability = std::string(capability->get_string());
  options.models = texts_of(prompt, "models");
  for (std::string& model : texts_of(prompt, "model")) options.models.push_back(std::move(model));
  if (const json::value* schema = prompt.if_contains("schema"))
    options.json_schema = json::serialize(*schema);
  if (const json::value* temperature = prompt.if_contains("temperature"))
    options.temperature = temperature->to_number<double>();
  if (const json::value* tokens = prompt.if_contains("max_tokens"))
    options.tokens_max = tokens->to_number<std::int64_t>();
  return made(name, make_prompt_step(context_.models, std::move(options)), pointer);
}

}  // namespace muai
