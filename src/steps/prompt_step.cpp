// The `prompt` step: state into a prompt, a model's answer into the state.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/core/sha256.h"
#include "muai/steps/generic_steps.h"
#include "muai/steps/model_access.h"
#include "muai/steps/value_template.h"
#include "muai/text/json_schema.h"
#include "muai/text/language.h"
#include "steps/prompt_sources.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kGenerate = "generate";
constexpr std::string_view kFencePlace = "fence";
constexpr std::int64_t kTokensMaxDefault = 1024;
constexpr std::int64_t kTokensSpare = 64;
constexpr std::int64_t kValueTokensMin = 64;

// A value of the state as people would write it: texts as they are, lists of texts a line each,
// all else as JSON.
Result<std::string> shown_value(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  const json::array* list = value.if_array();
  if (list && std::ranges::all_of(*list, [](const json::value& one) { return one.is_string(); })) {
    std::string lines;
    for (const json::value& one : *list)
      lines += fmt::format("- {}\n", std::string_view(one.get_string()));
    return lines;
  }
  return write_json(value);
}

// Texts by their addresses (docs, summaries).
bool is_text_map(KeyId key) {
  const ValueType* type = key_entry(key).type;
  return type == &value_type<TextMap>();
}

class PromptBody final : public StepBody {
 public:
  // `places`: those of the prompt that are keys.
  PromptBody(ModelAccess& models, PromptStepOptions options,
             std::vector<std::pair<std::string, KeyId>> places)
      : models_(models), options_(std::move(options)), places_(std::move(places)) {}

  Task<Result<State>> run(State in, Runtime& runtime) const override {
    MUAI_CO_TRY(std::vector<std::string> chain, chain_for(runtime));
    auto measuring = models_.context_tokens(runtime.pool(), chain);
    const std::int64_t context = co_await std::move(measuring);
    MUAI_CO_TRY(ModelQuestion question, question_for(in, runtime, context));
    question.chain = std::move(chain);
    auto asking = models_.ask(runtime, std::move(question));
    auto answer = co_await std::move(asking);
    if (!answer) co_return pass(std::move(answer));
    MUAI_CO_TRY(ValuePtr value, value_of(*answer));
    co_return std::move(in).with_value(options_.output, std::move(value));
  }

 private:
  struct FencedValue {
    std::string place;
    KeyId key = KeyId::None;
    json::value value;
    std::string text;
  };

  Result<std::vector<std::string>> chain_for(Runtime& runtime) const {
    if (!options_.models.empty()) return options_.models;
    if (options_.capability != kGenerate) return models_.chain_with(runtime, options_.capability);
    return models_.chain(runtime, runtime.settings());
  }

  bool is_plain(std::string_view place) const {
    const auto is_in = [&](const std::vector<std::string>& plain) {
      return std::ranges::find(plain, place) != plain.end();
    };
    return place == key_name(keys::question.id()) || is_in(options_.prompt.plain()) ||
           is_in(options_.plain);
  }

  Result<ModelQuestion> question_for(const State& in, Runtime& runtime,
                                     std::int64_t context_tokens) const {
    const std::string fence = make_fence(runtime.loop());
    ModelQuestion question{.prompt = options_.prompt,
                           .json_schema = options_.json_schema,
                           .temperature = options_.temperature,
                           .tokens_max = options_.tokens_max};
    std::vector<FencedValue> data;
    json::object identity{{"prompt", options_.prompt.name()},
                          {"version", options_.prompt.version()},
                          {"schema_sha256", sha256_hex(options_.json_schema)}};
    std::int64_t room = room_for_values(context_tokens);
    question.values[std::string(kFencePlace)] = fence;
    for (const auto& [place, key] : places_) {
      MUAI_TRY(json::value value, ValueTemplate::of(key).fill(in));
      MUAI_TRY(std::string text, shown_value(value));
      identity[place] = sha256_hex(text);
      if (is_plain(place)) {
        room -= estimate_tokens(text);
        question.values[place] = as_prompt_text(text, fence);
      } else {
        data.push_back({place, key, std::move(value), std::move(text)});
      }
    }
    MUAI_TRY_VOID(add_data(data, fence, room, question));
    MUAI_TRY(question.identity, write_json(identity));
    return question;
  }

  std::int64_t room_for_values(std::int64_t context_tokens) const {
    std::int64_t room = context_tokens - kTokensSpare;
    room -= options_.tokens_max.value_or(options_.prompt.tokens_max().value_or(kTokensMaxDefault));
    for (const ChatMessage& message : options_.prompt.unfilled())
      room -= estimate_tokens(message.text);
    return room;
  }

  // What was fetched, or was made from it, each in a fence of its own.
  Result<void> add_data(const std::vector<FencedValue>& data, const std::string& fence,
                        std::int64_t room, ModelQuestion& question) const {
    std::vector<std::int64_t> tokens;
    for (const FencedValue& one : data) tokens.push_back(estimate_tokens(one.text));
    const std::int64_t each = std::max(tokens_for_each(tokens, room), kValueTokensMin);
    for (const FencedValue& one : data) {
      std::string& filled = question.values[one.place];
      if (!is_text_map(one.key)) {
        filled = fenced(cut_text(one.text, each), fence, one.place);
        continue;
      }
      std::vector<SourceText> sources;
      for (const auto& member : one.value.get_object())
        sources.push_back({.url = member.key(), .text = member.value().get_string()});
      filled = fence_sources({}, sources, fence, each).text;
    }
    const bool says_so =
        std::ranges::find(options_.prompt.places(), kFencePlace) != options_.prompt.places().end();
    if (data.empty() || says_so) return {};
    const Language language = language_of(options_.prompt.unfilled().front().text);
    MUAI_TRY(const PromptTemplate rule, models_.prompts().lookup(kFencePlace, language));
    MUAI_TRY(const auto said, rule.fill({{std::string(kFencePlace), fence}}));
    question.preface = said.front().text;
    return {};
  }

  Result<ValuePtr> value_of(const Generation& answer) const {
    if (options_.json_schema.empty()) return typed_value(options_.output, json::value(answer.text));
    MUAI_TRY(const json::value parsed, parse_json(answer.text));
    Result<ValuePtr> value = typed_value(options_.output, parsed);
    if (value) return value;
    return fail(ErrorCode::Upstream,
                fmt::format("the answer of model '{}' to prompt '{}' fits its schema, but not the "
                            "key: {}; change one of them",
                            answer.model, options_.prompt.name(), value.error().message()));
  }

  ModelAccess& models_;
  const PromptStepOptions options_;
  const std::vector<std::pair<std::string, KeyId>> places_;
};

Result<void> check_output(const PromptStepOptions& options) {
  if (!options.json_schema.empty()) {
    MUAI_TRY(const JsonSchema schema, JsonSchema::parse(options.json_schema));
    return {};
  }
  const ValueType* type = key_entry(options.output).type;
  if (!type || type == &value_type<std::string>() || type == &value_type<json::value>()) return {};
  return fail(ErrorCode::InvalidConfig,
              fmt::format("key '{}' has type {}, and a model answers with a text; add a `schema` "
                          "of that type",
                          key_name(options.output), type->name));
}

}  // namespace

Result<Step> make_prompt_step(ModelAccess* models, PromptStepOptions options) {
  if (!models)
    return fail(ErrorCode::InvalidConfig, "prompt steps need models, and there are none here");
  MUAI_TRY_VOID(check_output(options));
  MUAI_TRY_VOID(models->check_names(options.models, options.capability));
  StepContract contract{.name = "prompt:" + options.prompt.name(),
                        .writes = {options.output},
                        .repeatable = Repeatable::Yes};
  std::vector<std::pair<std::string, KeyId>> places;
  for (const std::string& place : options.prompt.places()) {
    if (place == kFencePlace) continue;
    MUAI_TRY(const KeyId key, intern_key(place));
    places.emplace_back(place, key);
    contract.reads.push_back(key);
  }
  models->note_prompt_step(contract.name, options.models, options.capability);
  return Step(std::move(contract),
              std::make_unique<PromptBody>(*models, std::move(options), std::move(places)));
}

}  // namespace muai
