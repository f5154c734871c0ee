// The model itself is thin: it sets its endpoint up once (base URL, key, origin, breaker), and
// every call is one of the client's under a stop token that `unload` sets too.

#include "muai/model/openai_model.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "model/either_stop.h"
#include "model/openai_client.h"
#include "muai/net/fetcher.h"
#include "muai/net/service_key.h"

namespace muai {
namespace {

constexpr std::size_t kBaseUrlBytesMax = 2048;
// What goes into a header must not end it; no provider has such keys.
Result<ServiceKey> checked(ServiceKey key) {
  if (key.value.empty())
    return fail(ErrorCode::InvalidConfig, fmt::format("{} is empty; put the key there", key.place));
  if (!is_plain(key) || key.value.size() > kKeyBytesMax) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("{} holds no key: keys are printable ASCII without blanks", key.place));
  }
  return key;
}

void warn_of_readers(const std::string& file, const OpenAiOptions& options) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077) == 0) return;
  if (!options.on_notice) return;
  options.on_notice(
      fmt::format("the key file {} may be read by others; run: chmod 600 {}", file, file));
}

Result<ServiceKey> find_key(const ModelDescription& description, const OpenAiOptions& options) {
  if (!description.key_env.empty()) {
    std::optional<std::string> value;
    if (options.find_variable) value = options.find_variable(description.key_env);
    if (value) return checked(key_of_variable(description.key_env, *value));
    if (description.key_file.empty()) {
      return fail(
          ErrorCode::InvalidConfig,
          fmt::format("the variable {} is not set; it must hold the key", description.key_env));
    }
  }
  if (description.key_file.empty()) return ServiceKey{};
  MUAI_TRY(ServiceKey key, read_key_file(description.key_file));
  warn_of_readers(description.key_file, options);
  return checked(first_line(std::move(key)));
}

Result<Url> read_base_url(const ModelDescription& description) {
  if (description.base_url.empty() || description.base_url.size() > kBaseUrlBytesMax) {
    return fail(ErrorCode::InvalidConfig,
                "base_url must be the address of an endpoint, for example "
                "http://127.0.0.1:11434/v1");
  }
  auto url = Url::parse(description.base_url);
  if (!url) return fail(ErrorCode::InvalidConfig, url.error().message());
  return url->with_fragment(std::nullopt);
}

bool is_this_machine(const Url& url) {
  if (const auto address = url.address()) return scope_of(*address) == AddressScope::Loopback;
  return url.host() == "localhost" || url.host().ends_with(".localhost");
}

void warn_of_listeners(const Url& base, const ServiceKey& key, const OpenAiOptions& options) {
  if (key.value.empty() || base.scheme() != "http" || is_this_machine(base)) return;
  if (!options.on_notice) return;
  options.on_notice(fmt::format("{} is sent to {} unencrypted; use https where it is offered",
                                key.place, base.origin()));
}

// Everything that makes a description usable, with the origin known to the fetcher.
Result<OpenAiEndpoint> open_endpoint(Fetcher& fetcher, const ModelDescription& description,
                                     const OpenAiOptions& options) {
  MUAI_TRY(Url base, read_base_url(description));
  MUAI_TRY(const ServiceKey key, find_key(description, options));
  warn_of_listeners(base, key, options);
  ConfiguredOrigin origin{.url = base.origin()};
  if (!key.value.empty()) origin.headers.set({"Authorization", "Bearer " + key.value});
  if (base.has_credentials()) origin.url = base.href();  // refused there, with the reason
  MUAI_TRY_VOID(fetcher.add_origin(std::move(origin)));
  std::string place = base.display();
  return OpenAiEndpoint{.base = std::move(base),
                        .place = std::move(place),
                        .model = description.model_path,
                        .name = description.name,
                        .context_tokens = description.context_tokens,
                        .key_place = key.place,
                        .redactor = Redactor(std::vector<std::string>{key.value})};
}

// A model whose endpoint could not be set up: every call says why.
Result<OpenAiClient> open_client(Loop& loop, Fetcher& fetcher, const ModelDescription& description,
                                 const OpenAiOptions& options, Breaker* breaker) {
  auto endpoint = open_endpoint(fetcher, description, options);
  if (!endpoint) {
    std::string message =
        fmt::format("model '{}': {}", description.name, endpoint.error().message());
    return std::unexpected(std::move(endpoint).error().with_message(std::move(message)));
  }
  return OpenAiClient(
      loop, fetcher, *std::move(endpoint),
      {.deadlines = options.deadlines, .retries = options.retries, .breaker = breaker});
}

class OpenAiModel final : public Model {
 public:
  OpenAiModel(Loop& loop, Fetcher& fetcher, ModelDescription description,
              const OpenAiOptions& options)
      : description_(std::move(description)),
        own_breakers_(loop),
        breaker_((options.breakers ? *options.breakers : own_breakers_).of(description_.base_url)),
        client_(open_client(loop, fetcher, description_, options, &breaker_)) {}

  const ModelDescription& description() const override { return description_; }

  Task<Result<MemoryUse>> estimate(Placement) override {
    if (!client_) return Task<Result<MemoryUse>>::ready(std::unexpected(client_.error()));
    return Task<Result<MemoryUse>>::ready(MemoryUse{});
  }

  Task<Result<void>> load(Placement placement, ModelCall call) override {
    if (!client_) return Task<Result<void>>::ready(std::unexpected(client_.error()));
    if (placement.quantization != Quantization::None && call.on_event) {
      call.on_event({.kind = ModelEventKind::Fallback,
                     .model = description_.name,
                     .reason = fmt::format("{} is for its endpoint to decide: not asked for",
                                           to_string(placement.quantization))});
    }
    loaded_ = std::stop_source();
    is_loaded_ = true;
    return Task<Result<void>>::ready(Result<void>());
  }

  Task<void> unload() override {
    is_loaded_ = false;
    loaded_.request_stop();
    co_return;
  }

  bool is_loaded() const override { return is_loaded_; }
  MemoryUse memory() const override { return {}; }

  Task<Result<Generation>> generate(GenerateRequest request, ModelCall call) override {
    if (!client_) co_return std::unexpected(client_.error());
    const std::stop_token outer = call.stop;
    const EitherStop linked(outer, loaded_.get_token());
    call.stop = linked.token();
    auto generating = client_->generate(std::move(request), std::move(call));
    Result<Generation> answer = co_await std::move(generating);
    if (!answer && is_unloaded(answer.error(), outer)) co_return unloaded();
    co_return answer;
  }

  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts,
                                             ModelCall call) override {
    if (!client_) co_return std::unexpected(client_.error());
    const std::stop_token outer = call.stop;
    const EitherStop linked(outer, loaded_.get_token());
    call.stop = linked.token();
    auto embedding = client_->embed(std::move(texts), std::move(call));
    Result<std::vector<Embedding>> vectors = co_await std::move(embedding);
    if (!vectors && is_unloaded(vectors.error(), outer)) co_return unloaded();
    co_return vectors;
  }

 private:
  static bool is_unloaded(const Error& error, const std::stop_token& outer) {
    return error.code() == ErrorCode::Cancelled && !outer.stop_requested();
  }
  std::unexpected<Error> unloaded() const {
    return fail(ErrorCode::ModelUnavailable,
                fmt::format("model '{}' was unloaded while it answered", description_.name));
  }

  ModelDescription description_;
  BreakerTable own_breakers_;
  Breaker& breaker_;
  Result<OpenAiClient> client_;
  std::stop_source loaded_;
  bool is_loaded_ = false;
};

}  // namespace

std::unique_ptr<Model> make_openai_model(Loop& loop, Fetcher& fetcher, ModelDescription description,
                                         const OpenAiOptions& options) {
  return std::make_unique<OpenAiModel>(loop, fetcher, std::move(description), options);
}

Result<void> check_one_key(const ModelDescription& one, const ModelDescription& other) {
  if (one.backend != ModelBackend::OpenAi || other.backend != ModelBackend::OpenAi) return {};
  if (one.key_env == other.key_env && one.key_file == other.key_file) return {};
  const auto first = read_base_url(one);
  const auto second = read_base_url(other);
  if (!first || !second || first->origin() != second->origin()) return {};
  return fail(ErrorCode::InvalidConfig,
              fmt::format("models '{}' and '{}' are served by {} and name different keys; a server "
                          "gets one key, so give both the same key_env or key_file",
                          one.name, other.name, first->origin()));
}

Task<Result<EndpointReport>> probe_endpoint(Loop& loop, Fetcher& fetcher,
                                            ModelDescription description, OpenAiOptions options,
                                            std::stop_token stop) {
  Result<OpenAiClient> client = open_client(loop, fetcher, description, options, nullptr);
  if (!client) co_return pass(std::move(client));
  const TimePoint begun = loop.now();
  ModelCall call;
  call.stop = std::move(stop);
  auto listing = client->list_models(std::move(call));
  Result<std::vector<std::string>> names = co_await std::move(listing);
  if (!names) co_return pass(std::move(names));
  EndpointReport report{.models = *std::move(names)};
  report.offers_model = std::ranges::any_of(report.models, [&](const std::string& name) {
    return name == description.model_path || name == description.model_path + ":latest";
  });
  report.latency_ms = std::chrono::duration<double, std::milli>(loop.now() - begun).count();
  co_return report;
}

}  // namespace muai
