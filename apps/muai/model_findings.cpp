#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "muai/finding.h"
#include "muai/model/gguf.h"
#include "muai/model/llama_model.h"
#include "muai/model/memory.h"
#include "muai/net/url.h"
#include "muai/terminal.h"

namespace muai {
namespace {

constexpr std::string_view kNoModel =
    "1. get llama-server: `apt install llama.cpp` (Debian testing), `brew install llama.cpp`, or a "
    "release of llama.cpp; it must be in PATH, or named by model.llama_server\n"
    "2. get a GGUF file of an instruct model, for example Qwen2.5-3B-Instruct as Q4_K_M (2 GB), "
    "and "
    "try it: `muai ask --model FILE.gguf QUESTION`\n"
    "3. keep it, in ~/.config/muai/models.yaml:\n"
    "     models:\n"
    "       - {name: local, capabilities: [generate], model_path: /path/to/FILE.gguf, "
    "expected_vram_mb: 3000,\n"
    "          supports_quant: true, preferred_device_policy: gpu_on_demand}\n"
    "or name a server that runs already, for example Ollama:\n"
    "       - {name: ollama, capabilities: [generate], base_url: \"http://127.0.0.1:11434/v1\", "
    "model_path: \"qwen2.5:3b\"}";

std::string size_text(std::int64_t megabytes) {
  return bytes_text(static_cast<double>(megabytes) * 1024 * 1024);
}

bool is_local_endpoint(const ModelDescription& model) {
  const Result<Url> url = Url::parse(model.base_url);
  if (!url) return false;
  const std::string_view host = url->host();
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Finding endpoint_finding(Engine& engine, const EngineOptions& options,
                         const ModelDescription& model, std::stop_token stop) {
  Finding finding{.what = "model " + model.name};
  if (options.network == NetworkAccess::Offline && !is_local_endpoint(model)) {
    finding.health = Health::Skipped;
    finding.detail = model.base_url + ": not asked, because network.offline is true";
    return finding;
  }
  const Result<EndpointReport> report = engine.probe_model(model, std::move(stop));
  if (!report) {
    finding.health = Health::Bad;
    finding.detail = fmt::format("{}: {}", model.base_url, report.error().message());
    finding.remedy = report.error().code() == ErrorCode::InvalidConfig
                         ? "put the key where the message says, or correct the model's entry"
                         : "start the server, or correct base_url of the model's entry";
    return finding;
  }
  finding.detail =
      fmt::format("{} answers in {}", model.base_url, duration_text(report->latency_ms));
  if (report->offers_model) return finding;
  finding.health = Health::Bad;
  finding.detail += fmt::format(", but does not offer '{}'", model.model_path);
  finding.remedy = report->models.empty() ? "load the model there (Ollama: `ollama pull`)"
                                          : fmt::format("set model_path to one that it offers: {}",
                                                        fmt::join(report->models, ", "));
  return finding;
}

Finding file_finding(const ModelDescription& model, const MemoryState& memory) {
  Finding finding{.what = "model " + model.name};
  const Result<GgufHeader> header = read_gguf_header(model.model_path);
  if (!header) {
    finding.health = Health::Bad;
    finding.detail = fmt::format("{}: {}", model.model_path, header.error().message());
    finding.remedy = header.error().code() == ErrorCode::NotFound
                         ? "correct model_path"
                         : "get the file again: it is not whole";
    return finding;
  }
  const std::int64_t context = model.context_tokens > 0
                                   ? model.context_tokens
                                   : std::min<std::int64_t>(header->context_tokens, 8192);
  const std::int64_t needed = header->weight_bytes / (1024 * 1024) + cache_mb(*header, context);
  const std::int64_t most = std::max(memory.ram_total_mb, memory.vram_total_mb);
  finding.detail = fmt::format("{}, {}, {} tokens: about {}", header->architecture,
                               header->weight_type, context, size_text(needed));
  if (most == 0 || needed <= most) return finding;
  finding.health = Health::Warning;
  finding.detail += fmt::format(", and the machine has {}", size_text(most));
  finding.remedy =
      fmt::format("`muai model quantize {} 4bit`, or a smaller context_tokens", model.name);
  return finding;
}

Finding server_finding(const EngineOptions& options) {
  const LlamaPrograms programs =
      find_llama_programs(options.models.llama_server, options.models.search_path);
  if (programs.server.empty()) {
    return {"llama-server", Health::Bad, "not found, and GGUF files need it",
            "install llama.cpp, or set model.llama_server (MUAI_LLAMA_SERVER) to the program"};
  }
  std::string detail = programs.server;
  if (programs.quantizer.empty()) detail += "; no llama-quantize: files are loaded as they are";
  return {"llama-server", Health::Good, std::move(detail), ""};
}

}  // namespace

std::vector<Finding> model_findings(const EngineOptions& options, std::stop_token stop) {
  const std::vector<ModelDescription>& models = options.models.models;
  if (models.empty()) {
    return {{"models", Health::Good,
             "none: answers are sentences of the sources; to get one:", std::string(kNoModel)}};
  }
  std::vector<Finding> findings;
  const auto is_file = [](const ModelDescription& model) {
    return model.backend == ModelBackend::Llama;
  };
  if (std::ranges::any_of(models, is_file)) findings.push_back(server_finding(options));
  EngineOptions plain = options;
  plain.trace.path.clear();
  plain.on_notice = {};
  const Result<std::unique_ptr<Engine>> engine = Engine::open(std::move(plain));
  const MemoryState memory = MemoryMeter().state();
  for (const ModelDescription& model : models) {
    if (is_file(model)) {
      findings.push_back(file_finding(model, memory));
    } else if (engine) {
      findings.push_back(endpoint_finding(**engine, options, model, stop));
    }
  }
  return findings;
}

}  // namespace muai
