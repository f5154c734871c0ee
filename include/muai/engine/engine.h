#pragma once

// Engine: everything put together. Opens the user's data, registers tools, steps and workflows,
// runs requests and leaves one trace line for each.
//
//     MUAI_TRY(auto engine, Engine::open(options));
//     Execution answer = engine->execute({.workflow = "search_qa", .given = state});
//
// Belongs to the thread that opened it, which becomes the loop thread while a request runs. Two
// engines in one process are independent. The library never prints: notices go to `on_notice`.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/document/reading.h"
#include "muai/engine/model_options.h"
#include "muai/exec/executor.h"
#include "muai/graph/workflow.h"
#include "muai/model/openai_model.h"
#include "muai/net/fetcher.h"
#include "muai/net/service_key.h"
#include "muai/tool/search_provider.h"
#include "muai/trace/sink.h"
#include "muai/workflow/workflow_file.h"

namespace muai {

class AsioLoop;
class LlamaHost;
class ModelAccess;
class ModelPool;
struct StoredText;

// Whether pages that a site's robots.txt keeps from programs are read.
enum class RobotsRespect : std::uint8_t { Obeyed, Ignored };

// One search provider of the web, in the order in which they are asked.
struct ProviderOptions {
  std::string kind;  // "mediawiki", "searxng", "brave", "tavily" or "duckduckgo"
  // Base address; empty: the service's own (for mediawiki Wikipedia in the question's language).
  std::string url;
  ServiceKey key{};  // for brave and tavily; kept out of traces
};

// The address of a service that needs none in its settings; empty for searxng and unknown kinds.
std::string_view default_provider_url(std::string_view kind);

// Where a setting may come from is the application's matter (muai/engine/config.h).
struct EngineOptions {
  std::filesystem::path data_dir;    // collections, texts
  TraceOptions trace;                // an empty path: no trace is written
  std::int64_t trace_keep_days = 0;  // older lines are removed when the engine opens; 0 keeps all
  NetworkAccess network = NetworkAccess::Online;
  std::vector<std::string> collections;           // searched first; they must exist
  std::vector<std::filesystem::path> from_paths;  // read for this engine only
  std::optional<std::string> piped_text;          // one more text to search: kb://stdin/stdin.txt
  std::vector<ProviderOptions> providers;
  RobotsRespect robots = RobotsRespect::Obeyed;
  std::vector<std::string> private_hosts;  // "127.0.0.1:8080": private places pages may live at
  std::vector<ConfiguredOrigin> origins;
  std::string user_agent = "MuAI/0.1";
  std::string translate_url;  // a LibreTranslate-compatible endpoint; empty: none
  std::vector<ExecProgram> programs;
  ModelOptions models;
  std::string embedding_model;  // of collections' vectors, one of `models`; empty: words alone
  std::vector<std::filesystem::path> workflow_files;  // registered beside the built-in ones
  Duration deadline = std::chrono::seconds(120);      // of a whole request
  // Gives the place of the exception being handled, when the program can tell (see Executor).
  Executor::ThrowSite throw_site = nullptr;
  // Something a person should know ("your question goes to en.wikipedia.org"); loop thread.
  std::function<void(std::string_view)> on_notice;
  // Called before the first question of a user goes to a host; empty: on_notice says it each time
  // an engine is opened.
  std::function<void(std::string_view host)> on_disclosure;
};

struct ExecutionRequest {
  std::string workflow;  // canonical name or alias
  State given;
  std::string mode = "default";
  std::string router_version = "none";
  std::vector<std::string> route_reasons;
  // Models to ask instead of the configured order, best first; "extractive": no others.
  std::vector<std::string> models;
  std::stop_token stop;
  std::function<void(const RunEvent&)> on_event;
  Replay* replay = nullptr;  // outlives the request
};

// A finished request: the final state, or why there is none, and the record that was traced.
struct Execution {
  State state;
  Result<void> status;
  TraceRecord trace;
};

class Engine {
 public:
  // Errors name what cannot be opened and what to do about it.
  static Result<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Runs to the end on this thread. Never throws; an unknown workflow is in `status` and is traced
  // like every other failure.
  Execution execute(ExecutionRequest request);

  // Calls a tool once, outside any workflow.
  Result<boost::json::value> call_tool(std::string name, boost::json::value arguments,
                                       std::stop_token stop = {});

  const Registry<Workflow>& workflows() const;
  const Registry<Step>& steps() const;
  const ToolRegistry& tools() const;
  WorkflowContext workflow_context() const;
  AsioLoop& loop();

  // What is configured, and how steps reach it.
  const ModelRegistry& models() const;
  ModelAccess& model_access();

  // The models at work, made at the first call: until then no process runs and no memory is
  // looked at. Belongs to the engine.
  Result<ModelPool*> model_pool();

  // What local models share; the errors of LlamaHost::create.
  Result<LlamaHost*> llama_host();

  // Asks the endpoint of a model what it offers.
  Result<EndpointReport> probe_model(ModelDescription model, std::stop_token stop = {});

  // The text that citations point into; nothing when it was never stored or has been dropped.
  Result<std::optional<StoredText>> find_text(std::string_view sha256);

  // Reads a page again, as `fetch_url` would, without storing it.
  Result<Page> read_page(std::string url, std::stop_token stop = {});

  // What `fetch_url` takes from a page and what it leaves out, and the same for the bytes of a file
  // (PageReader::explain).
  Result<Reading> explain_page(std::string url, std::stop_token stop = {});
  Result<Reading> explain_bytes(std::string bytes, DocumentHint hint, std::stop_token stop = {});

 private:
  struct Rep;
  explicit Engine(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// The workflow for a question while no router is configured: a lone URL is summarised, everything
// else is searched.
std::string_view default_workflow_for(std::string_view question);

}  // namespace muai
