#include "model/llama_host.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "model/child_output.h"

namespace muai {

namespace fs = std::filesystem;

namespace {

// The versions that the flags and answers were tried with.
constexpr int kMinorMin = 5;
constexpr int kMinorMax = 7;

bool is_program(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string find_in(const std::vector<std::string>& folders, std::string_view name) {
  for (const std::string& folder : folders) {
    if (!folder.starts_with('/')) continue;
    std::string path = fmt::format("{}/{}", folder, name);
    if (is_program(path)) return path;
  }
  return "";
}

bool was_tried(const std::string& version) {
  int major = -1;
  int minor = -1;
  return std::sscanf(version.c_str(), "%d.%d", &major, &minor) == 2 && major == 0 &&
         minor >= kMinorMin && minor <= kMinorMax;
}

QuantizerOptions quantizer_options(const LlamaOptions& options) {
  return {.program = options.programs.quantizer,
          .folder = options.data_folder + "/models/quantized",
          .threads = options.threads,
          .inherited_environment = options.inherited_environment};
}

Task<void> ask_version(LlamaHost::Rep& host) {
  ProcessOptions process;
  process.argv = {host.options.programs.server, "--version"};
  process.inherited_environment = host.options.inherited_environment;
  const Result<ProcessOutput> said = co_await host.spawner.run(std::move(process), {});
  if (!said || !host.options.on_notice) co_return;
  const std::string version = version_in(said->out + "\n" + said->err);
  if (was_tried(version)) co_return;
  host.options.on_notice(fmt::format(
      "llama-server {} was not tried with MuAI (0.{} to 0.{} were); if models fail to load or "
      "answer, look there first",
      version.empty() ? "of unknown version" : version, kMinorMin, kMinorMax));
}

}  // namespace

LlamaPrograms find_llama_programs(std::string_view server,
                                  const std::vector<std::string>& search_path) {
  LlamaPrograms programs;
  std::vector<std::string> folders = search_path;
  if (server.empty()) {
    programs.server = find_in(search_path, "llama-server");
  } else if (is_program(std::string(server))) {
    programs.server = server;
    folders.insert(folders.begin(), fs::path(server).parent_path());
  }
  programs.quantizer = find_in(folders, "llama-quantize");
  programs.fitter = find_in(folders, "llama-fit-params");
  return programs;
}

LlamaHost::Rep::Rep(Loop& given_loop, Spawner& given_spawner, Fetcher& given_fetcher,
                    Pool& given_workers, const MemoryMeter& given_meter, LlamaOptions given,
                    RuntimeFolder folder)
    : loop(given_loop),
      spawner(given_spawner),
      fetcher(given_fetcher),
      workers(given_workers),
      meter(given_meter),
      options(std::move(given)),
      runtime(std::move(folder)),
      quantizer(spawner, workers, quantizer_options(options)),
      measured(models_folder() + "/measured.json") {}

void LlamaHost::Rep::check_version() {
  if (has_asked_version) return;
  has_asked_version = true;
  asking_version = start(ask_version(*this), [](Outcome<void>) {});
}

Result<std::unique_ptr<LlamaHost>> LlamaHost::create(Loop& loop, Spawner& spawner, Fetcher& fetcher,
                                                     Pool& workers, const MemoryMeter& meter,
                                                     LlamaOptions options) {
  MUAI_TRY(RuntimeFolder runtime, RuntimeFolder::create(options.runtime_parent));
  auto rep = std::make_unique<Rep>(loop, spawner, fetcher, workers, meter, std::move(options),
                                   std::move(runtime));
  return std::unique_ptr<LlamaHost>(new LlamaHost(std::move(rep)));
}

LlamaHost::LlamaHost(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
LlamaHost::~LlamaHost() = default;

Quantizer& LlamaHost::quantizer() { return rep_->quantizer; }

}  // namespace muai
