// Bodies are written straight into one string, since prompts are long; answers are read as trees by
// a forgiving reader, and every member is looked at before it is believed.

#include "model/openai_wire.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <boost/json.hpp>
#include <cmath>
#include <cstring>

#include "muai/core/json.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kTokensPlausibleMax = 1'000'000'000;
constexpr std::size_t kEmbeddingLengthMax = std::size_t{1} << 20;

// Appends members to an object under construction.
class Members {
 public:
  explicit Members(JsonWriter& json) : json_(json) { json_.out() += '{'; }

  JsonWriter& member(std::string_view name) {
    if (!is_first_) json_.out() += ',';
    is_first_ = false;
    json_.out() += '"';
    json_.out() += name;
    json_.out() += "\":";
    return json_;
  }
  void end() { json_.out() += '}'; }

 private:
  JsonWriter& json_;
  bool is_first_ = true;
};

Result<void> write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.out() += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) json.out() += ',';
    const JsonPath::Scope scope(json.path(), i);
    MUAI_TRY_VOID(json.string(texts[i]));
  }
  json.out() += ']';
  return {};
}

Result<void> write_messages(JsonWriter& json, const std::vector<ChatMessage>& messages) {
  json.out() += '[';
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) json.out() += ',';
    const JsonPath::Scope scope(json.path(), i);
    Members message(json);
    MUAI_TRY_VOID(message.member("role").string(to_string(messages[i].role)));
    MUAI_TRY_VOID(message.member("content").string(messages[i].text));
    message.end();
  }
  json.out() += ']';
  return {};
}

// The wrapped form; without the wrapper llama-server answers unconstrained.
Result<void> write_response_format(JsonWriter& json, std::string_view schema) {
  const auto value = parse_json(schema);
  if (!value) {
    return fail(ErrorCode::InvalidConfig,
                "the JSON Schema is not JSON: " + value.error().message());
  }
  json.out() += R"({"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":)";
  MUAI_TRY_VOID(json.value(*value));
  json.out() += "}}";
  return {};
}

Result<void> write_sampling(Members& body, const GenerateRequest& request, const Dialect& dialect) {
  if (request.tokens_max > 0) {
    body.member(dialect.names_completion_tokens ? "max_completion_tokens" : "max_tokens")
        .number(request.tokens_max);
  }
  if (!dialect.fixed_sampling) {
    MUAI_TRY_VOID(body.member("temperature").number(request.temperature));
    if (request.top_p) MUAI_TRY_VOID(body.member("top_p").number(*request.top_p));
  }
  if (request.seed && !dialect.no_seed) body.member("seed").number(*request.seed);
  if (!request.stop.empty()) MUAI_TRY_VOID(write_texts(body.member("stop"), request.stop));
  return {};
}

std::optional<std::int64_t> count_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value) return std::nullopt;
  const std::int64_t* count = value->if_int64();
  if (!count || *count < 0 || *count > kTokensPlausibleMax) return std::nullopt;
  return *count;
}

std::optional<Usage> counts(const json::object& object, std::string_view prompt,
                            std::string_view completion) {
  const auto prompt_tokens = count_in(object, prompt);
  const auto completion_tokens = count_in(object, completion);
  if (!prompt_tokens && !completion_tokens) return std::nullopt;
  return Usage{.prompt_tokens = prompt_tokens.value_or(0),
               .completion_tokens = completion_tokens.value_or(0)};
}

std::unexpected<Error> odd(std::string what) { return fail(ErrorCode::Upstream, std::move(what)); }

// Not our strict reader: endpoints repeat members and send broken UTF-8, and vectors are large.
Result<json::value> parse_answer(std::string_view body, json::storage_ptr memory) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code failed;
  json::value value =
      json::parse(json::string_view(body.data(), body.size()), failed, std::move(memory), options);
  if (failed) return odd("its answer is not JSON");
  if (!value.is_object()) return odd("its answer is no JSON object");
  return value;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFF);
  }
  return bytes;
}

Result<Embedding> vector_of_base64(std::string_view text) {
  const auto bytes = decode_base64(text);
  if (!bytes || bytes->size() % sizeof(float) != 0)
    return odd("an embedding is no base64 of floats");
  static_assert(std::endian::native == std::endian::little, "floats on the wire are little-endian");
  Embedding vector(bytes->size() / sizeof(float));
  std::memcpy(vector.data(), bytes->data(), bytes->size());
  return vector;
}

Result<Embedding> vector_of_numbers(const json::array& numbers) {
  Embedding vector;
  vector.reserve(numbers.size());
  for (const json::value& number : numbers) {
    if (!number.is_number()) return odd("an embedding holds something that is no number");
    boost::system::error_code inexact;
    vector.push_back(static_cast<float>(number.to_number<double>(inexact)));
  }
  return vector;
}

Result<Embedding> read_vector(const json::object& entry) {
  const json::value* value = entry.if_contains("embedding");
  Result<Embedding> vector = odd("an entry has no embedding");
  if (value && value->is_string()) vector = vector_of_base64(value->get_string());
  if (value && value->is_array()) vector = vector_of_numbers(value->get_array());
  if (!vector) return vector;
  if (vector->empty()) return odd("an embedding is empty");
  if (vector->size() > kEmbeddingLengthMax) return odd("an embedding is too long");
  for (const float x : *vector)
    if (!std::isfinite(x)) return odd("an embedding holds a number that is not finite");
  return vector;
}

// Puts the entries in the order of the texts; entries without an index stand as they came.
Result<std::vector<Embedding>> in_order(const json::array& entries) {
  std::vector<Embedding> vectors(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const json::object* entry = entries[i].if_object();
    if (!entry) return odd("an embedding is no object");
    std::size_t place = i;
    if (const auto index = count_in(*entry, "index")) place = static_cast<std::size_t>(*index);
    if (place >= vectors.size() || !vectors[place].empty())
      return odd(fmt::format("the index {} of an embedding is wrong", place));
    MUAI_TRY(vectors[place], read_vector(*entry));
  }
  return vectors;
}

}  // namespace

Result<std::string> chat_body(std::string_view model, const GenerateRequest& request,
                              const Dialect& dialect, SchemaForm form) {
  std::string text;
  std::size_t bytes = 512 + request.json_schema.size();
  for (const ChatMessage& message : request.messages) bytes += message.text.size() + 64;
  text.reserve(bytes + bytes / 16);
  JsonWriter json(text);
  Members body(json);
  MUAI_TRY_VOID(body.member("model").string(model));
  {
    const JsonPath::Scope scope(json.path(), "messages");
    MUAI_TRY_VOID(write_messages(body.member("messages"), request.messages));
  }
  body.member("stream").out() += "true";
  if (!dialect.no_usage_option) {
    body.member("stream_options").out() += R"({"include_usage":true})";
  }
  MUAI_TRY_VOID(write_sampling(body, request, dialect));
  if (form == SchemaForm::ResponseFormat && !request.json_schema.empty()) {
    MUAI_TRY_VOID(write_response_format(body.member("response_format"), request.json_schema));
  }
  body.end();
  return text;
}

Result<std::string> embeddings_body(std::string_view model, const std::vector<std::string>& texts) {
  std::string text;
  JsonWriter json(text);
  Members body(json);
  MUAI_TRY_VOID(body.member("model").string(model));
  {
    const JsonPath::Scope scope(json.path(), "texts");
    MUAI_TRY_VOID(write_texts(body.member("input"), texts));
  }
  body.member("encoding_format").out() += "\"float\"";
  body.end();
  return text;
}

std::optional<Usage> read_usage(const json::object& answer) {
  if (const json::value* usage = answer.if_contains("usage")) {
    if (const json::object* object = usage->if_object()) {
      if (auto found = counts(*object, "prompt_tokens", "completion_tokens")) return found;
    }
  }
  if (const json::value* timings = answer.if_contains("timings")) {
    if (const json::object* object = timings->if_object()) {
      if (auto found = counts(*object, "prompt_n", "predicted_n")) {
        found->prompt_tokens += count_in(*object, "cache_n").value_or(0);
        return found;
      }
    }
  }
  return counts(answer, "prompt_eval_count", "eval_count");
}

Result<EmbeddingsAnswer> read_embeddings(std::string_view body, std::size_t count) {
  json::monotonic_resource memory(body.size() * 2 + 4096);
  MUAI_TRY(const json::value answer, parse_answer(body, &memory));
  const json::object& object = answer.get_object();
  const json::value* entries = object.if_contains("data");
  if (!entries || !entries->is_array()) return odd("its answer has no list `data`");
  if (entries->get_array().size() != count) {
    return odd(
        fmt::format("it gave {} embeddings for {} texts", entries->get_array().size(), count));
  }
  EmbeddingsAnswer found;
  MUAI_TRY(found.vectors, in_order(entries->get_array()));
  for (const Embedding& vector : found.vectors) {
    if (vector.size() == found.vectors.front().size()) continue;
    return odd(fmt::format("its embeddings have different lengths, {} and {}",
                           found.vectors.front().size(), vector.size()));
  }
  found.usage = read_usage(object);
  return found;
}

Result<std::vector<std::string>> read_models(std::string_view body) {
  MUAI_TRY(const json::value answer, parse_answer(body, {}));
  const json::value* entries = answer.get_object().if_contains("data");
  if (!entries || !entries->is_array()) return odd("its list of models has no `data`");
  std::vector<std::string> names;
  for (const json::value& entry : entries->get_array()) {
    const json::object* object = entry.if_object();
    const json::value* id = object ? object->if_contains("id") : nullptr;
    if (id && id->is_string()) names.emplace_back(id->get_string());
  }
  return names;
}

}  // namespace muai
