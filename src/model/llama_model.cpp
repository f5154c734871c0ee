// A load goes from the file (or its smaller form) to a server that is ready, and is measured then;
// an unload measures the peak, remembers it and gives everything back.

#include "muai/model/llama_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "model/either_stop.h"
#include "model/llama_host.h"
#include "model/llama_server.h"
#include "model/llama_sizes.h"
#include "model/processors.h"
#include "muai/model/gguf.h"

namespace muai {

namespace {

constexpr std::int64_t kContextDefaultMax = 8192;
constexpr std::int64_t kContextUnknown = 4096;
constexpr std::int64_t kReadyBytesPerSecond = 25 << 20;

enum class Serves : std::uint8_t { Text, Vectors };

class LlamaModel final : public Model {
 public:
  LlamaModel(LlamaHost::Rep& host, ModelDescription description)
      : host_(host), description_(std::move(description)) {
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(description_.model_path, failed);
    file_ = failed ? description_.model_path : absolute.string();
  }

  const ModelDescription& description() const override { return description_; }
  Task<Result<MemoryUse>> estimate(Placement placement) override;
  Task<Result<void>> load(Placement placement, ModelCall call) override;
  Task<void> unload() override;
  bool is_loaded() const override { return server_ && server_->is_running(); }
  MemoryUse memory() const override;
  Task<Result<Generation>> generate(GenerateRequest request, ModelCall call) override;
  Task<Result<std::vector<Embedding>>> embed(std::vector<std::string> texts,
                                             ModelCall call) override;

 private:
  struct Source {
    std::string file;
    GgufHeader header;
  };

  Task<Result<GgufHeader>> read_header(std::stop_token stop) const;
  Result<void> check(const GgufHeader& header) const;
  Serves serves() const;
  LlamaShape shape(const GgufHeader& header, Placement placement) const;
  std::vector<std::string> arguments(const Source& source, Placement placement) const;
  Task<std::optional<MemoryUse>> ask_fitter(Source source, Placement placement) const;
  Task<Result<Source>> choose_source(GgufHeader header, Placement placement, ModelCall call);
  LlamaLaunch launch(const Source& source, Placement placement) const;
  Task<void> remember(MemoryUse measured) const;
  MemoryUse peak(const LlamaServer& server) const;
  Error not_loaded() const;
  template <class T>
  static Task<Result<T>> explained(std::shared_ptr<LlamaServer> server, std::stop_token stop,
                                   Result<T> failed);

  LlamaHost::Rep& host_;
  ModelDescription description_;
  std::string file_;  // absolute
  std::shared_ptr<LlamaServer> server_;
  std::string note_name_;  // under which the size of the present load is remembered
};

Task<Result<GgufHeader>> LlamaModel::read_header(std::stop_token stop) const {
  auto read = [path = file_] { return read_gguf_header(path); };
  MUAI_CO_TRY(GgufHeader header, co_await on_pool(host_.workers, std::move(read), stop));
  MUAI_CO_TRY_VOID(check(header));
  co_return header;
}

Result<void> LlamaModel::check(const GgufHeader& header) const {
  if (host_.options.programs.server.empty()) {
    return fail(ErrorCode::NotFound,
                fmt::format("model '{}' needs llama-server, and there is none on PATH: install "
                            "llama.cpp, or name the program in models.llama_server",
                            description_.name));
  }
  if (header.is_encoder && serves() == Serves::Text) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("model '{}' is an encoder ({}): it gives vectors, no text; its "
                            "capabilities must be [embed]",
                            description_.name, header.architecture));
  }
  return {};
}

Serves LlamaModel::serves() const {
  const auto& can = description_.capabilities;
  const bool embeds = std::ranges::find(can, "embed") != can.end();
  const bool generates = std::ranges::find(can, "generate") != can.end();
  return embeds && !generates ? Serves::Vectors : Serves::Text;
}

LlamaShape LlamaModel::shape(const GgufHeader& header, Placement placement) const {
  std::int64_t context = description_.context_tokens;
  if (context <= 0) context = std::min(header.context_tokens, kContextDefaultMax);
  if (context <= 0) context = kContextUnknown;
  return {.context_tokens = context,
          .requests = std::max<std::int64_t>(description_.concurrency_max, 1),
          .placement = placement};
}

// What server and fitter both understand.
std::vector<std::string> LlamaModel::arguments(const Source& source, Placement placement) const {
  const LlamaShape shape = this->shape(source.header, placement);
  std::vector<std::string> arguments = {
      "-m",       source.file,
      "-c",       std::to_string(shape.context_tokens * shape.requests),
      "-np",      std::to_string(shape.requests),
      "--offline"};
  // Zero layers alone would still open the GPU and take its context.
  const bool is_cpu = placement.device == Device::Cpu;
  if (is_cpu) arguments.insert(arguments.end(), {"-dev", "none"});
  arguments.insert(arguments.end(), {"-ngl", is_cpu ? "0" : "999"});
  if (serves() == Serves::Vectors) {
    // An encoder takes a text in one piece or not at all.
    const std::string batch = std::to_string(shape.context_tokens);
    arguments.insert(arguments.end(), {"-b", batch, "-ub", batch});
  }
  return arguments;
}

Task<std::optional<MemoryUse>> LlamaModel::ask_fitter(Source source, Placement placement) const {
  if (host_.options.programs.fitter.empty()) co_return std::nullopt;
  ProcessOptions process;
  process.argv = arguments(source, placement);
  process.argv.insert(process.argv.begin(), host_.options.programs.fitter);
  process.argv.insert(process.argv.end(), {"--fit-print", "on"});
  process.environment = {{"OMP_WAIT_POLICY", "PASSIVE"}, {"LC_ALL", "C.UTF-8"}};
  process.inherited_environment = host_.options.inherited_environment;
  process.limits.wall = std::chrono::seconds(20);
  const Result<ProcessOutput> printed = co_await host_.spawner.run(std::move(process), {});
  if (!printed || printed->exit != ProcessExit{}) co_return std::nullopt;
  co_return fitted_size(printed->out);
}

Task<Result<MemoryUse>> LlamaModel::estimate(Placement placement) {
  MUAI_CO_TRY(const GgufHeader header, co_await read_header({}));
  const LlamaShape shape = this->shape(header, placement);
  auto look = [notes = host_.measured, file = file_, shape]() -> Result<std::optional<MemoryUse>> {
    const auto note = notes.find(size_note_name(file_identity(file), shape));
    return note ? noted_size(*note) : std::nullopt;
  };
  Result<std::optional<MemoryUse>> noted = co_await on_pool(host_.workers, std::move(look), {});
  if (noted && *noted) co_return **noted;
  if (placement.quantization == Quantization::None) {
    const std::optional<MemoryUse> fitted = co_await ask_fitter({file_, header}, placement);
    if (fitted) co_return *fitted;
  }
  co_return reckoned_size(header, shape);
}

// The file to load: the smaller form when one is asked for and can be had.
Task<Result<LlamaModel::Source>> LlamaModel::choose_source(GgufHeader header, Placement placement,
                                                           ModelCall call) {
  Source whole{file_, std::move(header)};
  if (placement.quantization == Quantization::None) co_return whole;
  Result<QuantizedFile> smaller =
      co_await host_.quantizer.quantize(file_, placement.quantization, {.stop = call.stop});
  if (smaller) co_return Source{smaller->path, smaller->header};
  if (call.stop.stop_requested()) co_return pass(std::move(smaller));
  if (call.on_event) {
    call.on_event(
        {.kind = ModelEventKind::Fallback,
         .model = description_.name,
         .reason = fmt::format("{}: {}; the file is loaded as it is",
                               to_string(placement.quantization), smaller.error().message()),
         .timestamp = host_.loop.unix_seconds()});
  }
  co_return whole;
}

LlamaLaunch LlamaModel::launch(const Source& source, Placement placement) const {
  const std::uint64_t number = ++host_.started;
  const int threads = host_.options.threads > 0 ? host_.options.threads : half_of_processors();
  std::vector<std::string> all = arguments(source, placement);
  // We budget memory ourselves, so nothing is fitted, and prompts are cached in the slots only.
  all.insert(all.end(), {"-t", std::to_string(threads), "--no-ui", "--cache-ram", "0", "-fit",
                         "off", "--alias", description_.name});
  if (serves() == Serves::Vectors) all.emplace_back("--embeddings");
  return {.name = description_.name,
          .program = host_.options.programs.server,
          .arguments = std::move(all),
          .socket = fmt::format("{}/{}.sock", host_.runtime.path(), number),
          .host = fmt::format("llama-{}.localhost", number),
          .inherited_environment = host_.options.inherited_environment,
          .ready_max = host_.options.ready_max +
                       std::chrono::seconds(source.header.file_bytes / kReadyBytesPerSecond),
          .stop_grace = host_.options.stop_grace,
          .deadlines = host_.options.deadlines};
}

Task<Result<void>> LlamaModel::load(Placement placement, ModelCall call) {
  if (is_loaded()) co_return Result<void>{};
  co_await unload();
  MUAI_CO_TRY(GgufHeader header, co_await read_header(call.stop));
  const LlamaShape shape = this->shape(header, placement);
  MUAI_CO_TRY(const Source source, co_await choose_source(std::move(header), placement, call));
  MUAI_CO_TRY(server_,
              co_await LlamaServer::start(host_.loop, host_.spawner, host_.fetcher,
                                          launch(source, placement), call.stop, call.deadline));
  note_name_ = size_note_name(file_identity(file_), shape);
  host_.check_version();
  co_return Result<void>{};
}

MemoryUse LlamaModel::memory() const {
  return is_loaded() ? host_.meter.of_process(server_->pid()) : MemoryUse{};
}

// The most that the present load ever took, as far as it can be told.
MemoryUse LlamaModel::peak(const LlamaServer& server) const {
  MemoryUse use = host_.meter.of_process(server.pid());
  use.ram_mb = std::max(use.ram_mb, host_.meter.ram_peak_mb(server.pid()));
  return use;
}

Task<void> LlamaModel::remember(MemoryUse measured) const {
  if (measured == MemoryUse{}) co_return;
  auto write = [notes = host_.measured, name = note_name_, measured]() -> Result<void> {
    notes.put(name, size_note(measured));
    return {};
  };
  // Only a cache: what can't be written is measured again.
  const Result<void> written = co_await on_pool(host_.workers, std::move(write), {});
}

Task<void> LlamaModel::unload() {
  const std::shared_ptr<LlamaServer> server = std::exchange(server_, nullptr);
  if (!server) co_return;
  const MemoryUse measured = server->is_running() ? peak(*server) : MemoryUse{};
  co_await server->stop();
  co_await remember(measured);
}

Error LlamaModel::not_loaded() const {
  return Error(ErrorCode::ModelUnavailable,
               fmt::format("model '{}' is not loaded", description_.name));
}

// A failure as its caller should read it.
template <class T>
Task<Result<T>> LlamaModel::explained(std::shared_ptr<LlamaServer> server, std::stop_token stop,
                                      Result<T> failed) {
  if (stop.stop_requested()) co_return failed;
  Error reason = co_await server->explain(std::move(failed).error());
  co_return std::unexpected(std::move(reason));
}

Task<Result<Generation>> LlamaModel::generate(GenerateRequest request, ModelCall call) {
  const std::shared_ptr<LlamaServer> server = server_;
  if (!server || !server->is_running()) co_return std::unexpected(not_loaded());
  const LlamaServer::Use use(*server);
  const std::stop_token asked = call.stop;
  const EitherStop either(asked, server->ending());
  call.stop = either.token();
  Result<Generation> answer =
      co_await server->client().generate(std::move(request), std::move(call));
  if (answer) co_return answer;
  answer = co_await explained(server, asked, std::move(answer));
  co_return answer;
}

Task<Result<std::vector<Embedding>>> LlamaModel::embed(std::vector<std::string> texts,
                                                       ModelCall call) {
  const std::shared_ptr<LlamaServer> server = server_;
  if (!server || !server->is_running()) co_return std::unexpected(not_loaded());
  if (serves() != Serves::Vectors) {
    co_return fail(ErrorCode::InvalidInput,
                   fmt::format("model '{}' generates text; list the file a second time, with the "
                               "capabilities [embed], to get vectors from it",
                               description_.name));
  }
  const LlamaServer::Use use(*server);
  const std::stop_token asked = call.stop;
  const EitherStop either(asked, server->ending());
  call.stop = either.token();
  Result<std::vector<Embedding>> vectors =
      co_await server->client().embed(std::move(texts), std::move(call));
  if (vectors) co_return vectors;
  vectors = co_await explained(server, asked, std::move(vectors));
  co_return vectors;
}

}  // namespace

std::unique_ptr<Model> make_llama_model(LlamaHost& host, ModelDescription description) {
  return std::make_unique<LlamaModel>(host.rep(), std::move(description));
}

}  // namespace muai
