// One call is, from the outside in: the schema checked and repaired (generate_fitting), tries
// (ask_repeatedly), what the endpoint's dialect lacks left out (ask_chat), one exchange
// (stream_chat).

#include "model/openai_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "model/chat_reader.h"
#include "model/endpoint_error.h"
#include "model/exchange_watch.h"
#include "model/openai_wire.h"
#include "model/prompt_size.h"
#include "model/retry.h"
#include "model/schema_reply.h"
#include "muai/async/oneshot.h"
#include "muai/core/nearest.h"
#include "muai/net/fetcher.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t kTextsPerRequestMax = 64;
constexpr std::size_t kShortenedLengthMin = 64;  // code points; shorter texts are not shortened
constexpr std::size_t kTextBytesMin = std::size_t{64} << 10;
constexpr std::size_t kTextBytesPerToken = 64;  // far above what any tokenizer puts into one
constexpr std::size_t kTextBytesUnbounded = std::size_t{8} << 20;
constexpr std::size_t kModelsNamed = 8;
constexpr std::chrono::milliseconds kModelsTimeMax{5'000};

// `base` with `path` added to its own, its query kept.
Url under(const Url& base, std::string_view path) {
  std::string_view own = base.path();
  while (own.ends_with('/')) own.remove_suffix(1);
  std::string text = base.origin();
  text += own;
  text += path;
  if (const auto query = base.query()) (text += '?') += *query;
  return Url::parse(text).value_or(base);
}

std::size_t text_bytes_max(std::int64_t tokens_max) {
  if (tokens_max <= 0) return kTextBytesUnbounded;
  const auto tokens = static_cast<std::size_t>(std::min<std::int64_t>(tokens_max, 1 << 20));
  return std::max(kTextBytesMin, tokens * kTextBytesPerToken);
}

HttpRequest request_to(const Url& url, const ModelDeadlines& deadlines) {
  HttpRequest request{.url = url, .egress = Egress::Configured};
  request.limits = HttpLimits::streaming();
  request.limits.connect_max = deadlines.connect_max;
  request.limits.first_byte_max = std::chrono::milliseconds{0};  // ExchangeWatch knows better
  return request;
}

HttpRequest post_to(const Url& url, const ModelDeadlines& deadlines, std::string body) {
  HttpRequest request = request_to(url, deadlines);
  request.method = "POST";
  request.headers.add({"Content-Type", "application/json"});
  request.body = std::move(body);
  return request;
}

bool is_success(int status) { return status >= 200 && status <= 299; }

bool is_mentioned(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// What could be left out of the request so that this refusal does not come again; false when the
// refusal is about something else.
bool adapt(Dialect& dialect, SchemaForm& form, const GenerateRequest& request,
           const RefusedResponse& refused) {
  if (refused.status != 400 && refused.status != 422) return false;
  const Complaint& said = refused.complaint;
  // A message may repeat the prompt, so a name in it is not enough.
  const bool rejects_names = is_mentioned(
      said.message, {"upport", "nrecogni", "nknown", "nexpected", "not permitted", "not allowed"});
  const auto is_about = [&](std::string_view member) {
    return said.param == member || (rejects_names && is_mentioned(said.message, {member}));
  };
  if (is_about("max_completion_tokens") && !std::exchange(dialect.names_completion_tokens, true))
    return true;
  if (is_about("stream_options") && !std::exchange(dialect.no_usage_option, true)) return true;
  if ((is_about("temperature") || is_about("top_p")) &&
      !std::exchange(dialect.fixed_sampling, true))
    return true;
  if (said.param == "seed" && request.seed && !std::exchange(dialect.no_seed, true)) return true;
  // Endpoints differ in which schemas they take, and in the words of their refusal.
  const bool has_schema = form == SchemaForm::ResponseFormat && !request.json_schema.empty();
  if (has_schema) form = SchemaForm::WordsOnly;
  return has_schema;
}

ExchangeFailure stopped() { return {.cause = FailureCause::Caller, .error = cancelled().error()}; }

ExchangeFailure failure_of_fetch(const OpenAiEndpoint& endpoint, Error error) {
  FailureCause cause = FailureCause::Endpoint;
  std::string what = error.message();
  switch (error.code()) {
    case ErrorCode::Cancelled: return stopped();
    case ErrorCode::InvalidInput:
    case ErrorCode::Refused: cause = FailureCause::Request; break;
    case ErrorCode::Network: what += "; see that it runs and that base_url is right"; break;
    default: break;
  }
  return {.cause = cause, .error = std::move(error).with_message(endpoint_message(endpoint, what))};
}

}  // namespace

// Whether the endpoint could take a request's texts in their length.
enum class TextFit : std::uint8_t { Fits, TooLong };

// Some of a request's texts.
struct TextRange {
  std::size_t begin;
  std::size_t end;
  std::size_t size() const { return end - begin; }
};

// Keeps the beginning. False when so little is left that the length cannot be what is wrong.
bool shorten(std::string& text) {
  const std::size_t length = count_code_points(text);
  if (length < kShortenedLengthMin) return false;
  text.resize(first_code_points(text, length / 4 * 3).size());
  return true;
}

struct OpenAiClient::Rep {
  Rep(Loop& its_loop, Fetcher& its_fetcher, OpenAiEndpoint its_endpoint,
      OpenAiClientOptions its_options)
      : loop(its_loop),
        fetcher(its_fetcher),
        endpoint(std::move(its_endpoint)),
        options(its_options),
        chat_url(under(endpoint.base, "/chat/completions")),
        embeddings_url(under(endpoint.base, "/embeddings")),
        models_url(under(endpoint.base, "/models")) {}

  RetryTerms terms(const ModelCall& call) const {
    return {.retries = options.retries,
            .breaker = options.breaker,
            .deadline = call.deadline,
            .stop = call.stop};
  }

  Task<Result<Generation>> generate_text(const GenerateRequest& request, const ModelCall& call);
  Task<Result<Generation>> generate_fitting(GenerateRequest request, ModelCall call);
  Task<Exchange<ChatReply>> ask_chat(const GenerateRequest& request, const ModelCall& call);
  Task<Exchange<ChatReply>> stream_chat(std::string body, const GenerateRequest& request,
                                        const ModelCall& call,
                                        std::optional<RefusedResponse>& refused);
  Exchange<ChatReply> conclude(ChatReader& reader, ExchangeWatch& watch, const ModelCall& call,
                               const Result<HttpResponse>& response);
  Task<Result<std::vector<Embedding>>> embed_fitting(std::vector<std::string> texts,
                                                     const ModelCall& call);
  Task<Exchange<EmbeddingsAnswer>> ask_embeddings(const std::vector<std::string>& texts,
                                                  const ModelCall& call, TextFit& fit);
  Task<Exchange<HttpResponse>> ask_whole(HttpRequest request, ModelDeadlines deadlines,
                                         const ModelCall& call);
  Task<ExchangeFailure> explain(RefusedResponse refused, const ModelCall& call);
  Task<Result<std::vector<std::string>>> list_models(const ModelCall& call);

  Loop& loop;
  Fetcher& fetcher;
  OpenAiEndpoint endpoint;
  OpenAiClientOptions options;
  Url chat_url;
  Url embeddings_url;
  Url models_url;
  Dialect dialect;
};

// What one exchange came to: a stop of the caller first, then what the stream itself said, then the
// bound that passed, then the network.
Exchange<ChatReply> OpenAiClient::Rep::conclude(ChatReader& reader, ExchangeWatch& watch,
                                                const ModelCall& call,
                                                const Result<HttpResponse>& response) {
  if (call.stop.stop_requested()) return std::unexpected(stopped());
  if (reader.failure() || reader.is_complete()) return reader.finish();
  std::optional<ExchangeFailure> failure = std::move(watch.reason());
  if (!failure && !response) failure = failure_of_fetch(endpoint, response.error());
  if (!failure) return reader.finish();
  failure->showed_text = reader.showed_text();
  return std::unexpected(*std::move(failure));
}

Task<Exchange<ChatReply>> OpenAiClient::Rep::stream_chat(std::string body,
                                                         const GenerateRequest& request,
                                                         const ModelCall& call,
                                                         std::optional<RefusedResponse>& refused) {
  ExchangeWatch watch(loop, endpoint, options.deadlines, call.deadline, call.stop,
                      ExchangeWatch::Kind::Stream);
  ChatReader reader(endpoint, text_bytes_max(request.tokens_max),
                    {.on_text = call.on_text, .on_token = [&watch] { watch.token_arrived(); }});
  HttpRequest post = post_to(chat_url, options.deadlines, std::move(body));
  post.headers.add({"Accept", "text/event-stream, application/json"});
  post.on_body = [&reader, &watch](std::string_view bytes) {
    Result<void> read = reader.read(bytes);
    if (reader.is_done()) watch.answer_is_done();
    return read;
  };
  auto fetching = fetcher.fetch(std::move(post), watch.token());
  const Result<HttpResponse> response = co_await std::move(fetching);
  if (response && !is_success(response->status)) {
    refused = RefusedResponse{.status = response->status,
                              .retry_after_s = response->retry_after_s,
                              .what = "/chat/completions",
                              .complaint = read_complaint(response->body)};
    co_return std::unexpected(failure_of(endpoint, *refused));
  }
  Exchange<ChatReply> reply = conclude(reader, watch, call, response);
  if (reader.usage() && call.on_usage) call.on_usage(*reader.usage());
  if (reply && reply->usage && is_prompt_cut(request.messages, reply->usage->prompt_tokens)) {
    co_return std::unexpected(ExchangeFailure{
        .cause = FailureCause::Request,
        .error = Error(ErrorCode::InvalidInput,
                       endpoint_message(
                           endpoint, fmt::format("it read only {} tokens of a longer prompt and "
                                                 "did not say so; give the model a larger context "
                                                 "(Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx)",
                                                 reply->usage->prompt_tokens))),
        .showed_text = reader.showed_text()});
  }
  co_return reply;
}

Task<Exchange<ChatReply>> OpenAiClient::Rep::ask_chat(const GenerateRequest& request,
                                                      const ModelCall& call) {
  if (endpoint.context_tokens > 0 && tokens_at_least(request.messages) > endpoint.context_tokens) {
    const std::string what = fmt::format(
        "the prompt has more than its {} tokens of context; shorten it, or give the "
        "model a larger context",
        endpoint.context_tokens);
    co_return std::unexpected(
        ExchangeFailure{.cause = FailureCause::Caller,
                        .error = Error(ErrorCode::InvalidInput, endpoint_message(endpoint, what))});
  }
  SchemaForm form = SchemaForm::ResponseFormat;
  while (true) {
    Result<std::string> body = chat_body(endpoint.model, request, dialect, form);
    if (!body) {
      co_return std::unexpected(
          ExchangeFailure{.cause = FailureCause::Caller, .error = std::move(body).error()});
    }
    std::optional<RefusedResponse> refused;
    auto streaming = stream_chat(*std::move(body), request, call, refused);
    Exchange<ChatReply> reply = co_await std::move(streaming);
    if (reply || !refused) co_return reply;
    if (adapt(dialect, form, request, *refused)) continue;
    if (refused->status != 404) co_return reply;
    ExchangeFailure explained = co_await explain(*std::move(refused), call);
    co_return std::unexpected(std::move(explained));
  }
}

// A 404 is a wrong model or a wrong path, which the list of models tells apart.
Task<ExchangeFailure> OpenAiClient::Rep::explain(RefusedResponse refused, const ModelCall& call) {
  ExchangeFailure failure = failure_of(endpoint, refused);
  const Result<std::vector<std::string>> names = co_await list_models(call);
  if (!names || std::ranges::find(*names, endpoint.model) != names->end()) co_return failure;
  const std::string what = fmt::format("it has no model '{}'; {}", endpoint.model,
                                       did_you_mean(endpoint.model, *names, kModelsNamed));
  failure.error = Error(ErrorCode::NotFound, endpoint_message(endpoint, what));
  co_return failure;
}

Task<Exchange<HttpResponse>> OpenAiClient::Rep::ask_whole(HttpRequest request,
                                                          ModelDeadlines deadlines,
                                                          const ModelCall& call) {
  ExchangeWatch watch(loop, endpoint, deadlines, call.deadline, call.stop,
                      ExchangeWatch::Kind::Whole);
  auto fetching = fetcher.fetch(std::move(request), watch.token());
  Result<HttpResponse> response = co_await std::move(fetching);
  if (call.stop.stop_requested()) co_return std::unexpected(stopped());
  if (watch.reason()) co_return std::unexpected(*std::move(watch.reason()));
  if (!response) co_return std::unexpected(failure_of_fetch(endpoint, response.error()));
  co_return *std::move(response);
}

Task<Exchange<EmbeddingsAnswer>> OpenAiClient::Rep::ask_embeddings(
    const std::vector<std::string>& texts, const ModelCall& call, TextFit& fit) {
  fit = TextFit::Fits;
  Result<std::string> body = embeddings_body(endpoint.model, texts);
  if (!body) {
    co_return std::unexpected(
        ExchangeFailure{.cause = FailureCause::Caller, .error = std::move(body).error()});
  }
  auto asking = ask_whole(post_to(embeddings_url, options.deadlines, *std::move(body)),
                          options.deadlines, call);
  Exchange<HttpResponse> response = co_await std::move(asking);
  if (!response) co_return std::unexpected(std::move(response).error());
  if (!is_success(response->status)) {
    RefusedResponse refused{.status = response->status,
                            .retry_after_s = response->retry_after_s,
                            .what = "/embeddings",
                            .complaint = read_complaint(response->body)};
    if (is_overflow(refused.complaint)) fit = TextFit::TooLong;
    if (refused.status != 404) co_return std::unexpected(failure_of(endpoint, refused));
    ExchangeFailure explained = co_await explain(std::move(refused), call);
    co_return std::unexpected(std::move(explained));
  }
  Result<EmbeddingsAnswer> answer = read_embeddings(response->body, texts.size());
  if (!answer) co_return std::unexpected(nonsense(endpoint, answer.error().message()));
  co_return *std::move(answer);
}

// One text that is longer than the model's context makes the endpoint refuse all of a request: the
// request is halved until that text is alone, and then the text is shortened.
Task<Result<std::vector<Embedding>>> OpenAiClient::Rep::embed_fitting(
    std::vector<std::string> texts, const ModelCall& call) {
  std::vector<Embedding> vectors(texts.size());
  std::vector<TextRange> to_ask{{0, texts.size()}};
  while (!to_ask.empty()) {
    const TextRange range = to_ask.back();
    to_ask.pop_back();
    const auto first = texts.begin() + static_cast<std::ptrdiff_t>(range.begin);
    const std::vector<std::string> asked(first, first + static_cast<std::ptrdiff_t>(range.size()));
    TextFit fit = TextFit::Fits;
    auto asking = ask_repeatedly<EmbeddingsAnswer>(
        loop, terms(call), [&] { return ask_embeddings(asked, call, fit); });
    Result<EmbeddingsAnswer> answer = co_await std::move(asking);
    if (answer) {
      if (answer->usage && call.on_usage) call.on_usage(*answer->usage);
      std::ranges::move(answer->vectors,
                        vectors.begin() + static_cast<std::ptrdiff_t>(range.begin));
    } else if (fit == TextFit::TooLong && range.size() > 1) {
      const std::size_t middle = range.begin + range.size() / 2;
      to_ask.push_back({middle, range.end});
      to_ask.push_back({range.begin, middle});
    } else if (fit == TextFit::TooLong && shorten(texts[range.begin])) {
      to_ask.push_back(range);
    } else {
      co_return pass(std::move(answer));
    }
  }
  co_return vectors;
}

Task<Result<std::vector<std::string>>> OpenAiClient::Rep::list_models(const ModelCall& call) {
  ModelDeadlines deadlines = options.deadlines;
  deadlines.total_max = kModelsTimeMax;
  auto asking = ask_whole(request_to(models_url, deadlines), deadlines, call);
  Exchange<HttpResponse> response = co_await std::move(asking);
  if (!response) co_return std::unexpected(std::move(response).error().error);
  if (!is_success(response->status)) {
    const RefusedResponse refused{.status = response->status,
                                  .retry_after_s = response->retry_after_s,
                                  .what = "/models",
                                  .complaint = read_complaint(response->body)};
    co_return std::unexpected(failure_of(endpoint, refused).error);
  }
  Result<std::vector<std::string>> names = read_models(response->body);
  if (!names) co_return std::unexpected(nonsense(endpoint, names.error().message()).error);
  co_return names;
}

Task<Result<Generation>> OpenAiClient::Rep::generate_text(const GenerateRequest& request,
                                                          const ModelCall& call) {
  auto asking = ask_repeatedly<ChatReply>(
      loop, terms(call), [this, &request, &call] { return ask_chat(request, call); });
  Result<ChatReply> reply = co_await std::move(asking);
  if (!reply) co_return pass(std::move(reply));
  co_return Generation{.text = std::move(reply->text),
                       .finish = reply->finish,
                       .usage = reply->usage.value_or(Usage{}),
                       .model = endpoint.name};
}

Task<Result<Generation>> OpenAiClient::Rep::generate_fitting(GenerateRequest request,
                                                             ModelCall call) {
  MUAI_CO_TRY(const JsonSchema schema, JsonSchema::parse(request.json_schema));
  request.messages = with_schema_in_words(std::move(request.messages), request.json_schema);
  // A reply that is sent back must not have been shown.
  const auto on_text = std::exchange(call.on_text, nullptr);
  Result<Generation> answer = co_await generate_text(request, call);
  if (!answer) co_return pass(std::move(answer));
  Result<std::string> json = find_fitting_json(answer->text, schema, answer->finish);
  if (!json) {
    request.messages = with_repair_asked(std::move(request.messages), std::move(answer->text),
                                         json.error().message());
    answer = co_await generate_text(request, call);
    if (!answer) co_return pass(std::move(answer));
    json = find_fitting_json(answer->text, schema, answer->finish);
  }
  if (!json) {
    const std::string what =
        fmt::format("its answer does not fit the JSON Schema, nor when it was asked again: {}",
                    json.error().message());
    co_return fail(ErrorCode::Upstream, endpoint_message(endpoint, what));
  }
  answer->text = *std::move(json);
  answer->finish = FinishReason::Stop;
  if (on_text) on_text(answer->text);
  co_return answer;
}

OpenAiClient::OpenAiClient(Loop& loop, Fetcher& fetcher, OpenAiEndpoint endpoint,
                           OpenAiClientOptions options)
    : rep_(std::make_unique<Rep>(loop, fetcher, std::move(endpoint), options)) {}
OpenAiClient::~OpenAiClient() = default;
OpenAiClient::OpenAiClient(OpenAiClient&&) noexcept = default;
OpenAiClient& OpenAiClient::operator=(OpenAiClient&&) noexcept = default;

const OpenAiEndpoint& OpenAiClient::endpoint() const { return rep_->endpoint; }

Task<Result<Generation>> OpenAiClient::generate(GenerateRequest request, ModelCall call) {
  if (!request.json_schema.empty()) {
    auto fitting = rep_->generate_fitting(std::move(request), std::move(call));
    co_return co_await std::move(fitting);
  }
  auto generating = rep_->generate_text(request, call);
  co_return co_await std::move(generating);
}

Task<Result<std::vector<Embedding>>> OpenAiClient::embed(std::vector<std::string> texts,
                                                         ModelCall call) {
  Rep& rep = *rep_;
  std::vector<Embedding> vectors;
  vectors.reserve(texts.size());
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsPerRequestMax) {
    const std::size_t end = std::min(begin + kTextsPerRequestMax, texts.size());
    std::vector<std::string> batch(
        std::move_iterator(texts.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::move_iterator(texts.begin() + static_cast<std::ptrdiff_t>(end)));
    auto asking = rep.embed_fitting(std::move(batch), call);
    Result<std::vector<Embedding>> made = co_await std::move(asking);
    if (!made) co_return pass(std::move(made));
    for (Embedding& vector : *made) {
      if (!vectors.empty() && vector.size() != vectors.front().size()) {
        co_return std::unexpected(
            nonsense(rep.endpoint, "its embeddings have different lengths").error);
      }
      vectors.push_back(std::move(vector));
    }
  }
  co_return vectors;
}

Task<Result<std::vector<std::string>>> OpenAiClient::list_models(ModelCall call) {
  auto listing = rep_->list_models(call);
  co_return co_await std::move(listing);
}

}  // namespace muai
