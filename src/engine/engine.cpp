#include "muai/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <unordered_set>

#include "engine/execution_record.h"
#include "engine/model_service.h"
#include "engine/search_providers.h"
#include "engine/text_archive.h"
#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/core/keys.h"
#include "muai/net/curl_transport.h"
#include "muai/net/robots_cache.h"
#include "muai/rag/local_provider.h"
#include "muai/rag/local_search.h"
#include "muai/steps/steps.h"
#include "muai/tool/calculator.h"
#include "muai/tool/fetch_tools.h"
#include "muai/tool/page_reader.h"
#include "muai/tool/tool.h"
#include "muai/tool/translator.h"
#include "muai/tool/web_search.h"
#include "muai/trace/purge.h"
#include "muai/workflow/standard_workflows.h"

// Opening goes from the ground up: network, stored texts, search providers, tools, steps,
// workflows, trace; each part gets references to those before it. A request is one run of the
// executor on this thread, whose record becomes one trace line.

namespace muai {
namespace {

Result<std::unique_ptr<LocalProvider>> open_local(const EngineOptions& options,
                                                  QueryEmbedding embedding) {
  std::vector<LocalSearch> searches;
  for (const std::string& collection : options.collections) {
    MUAI_TRY(LocalSearch search, LocalSearch::open(options.data_dir, collection));
    searches.push_back(std::move(search));
  }
  if (!options.from_paths.empty()) {
    MUAI_TRY(LocalSearch search, LocalSearch::from_paths(options.from_paths));
    if (options.on_notice)
      for (const SkippedFile& skipped : search.skipped())
        options.on_notice(fmt::format("{}: {}", skipped.path.string(), skipped.reason));
    searches.push_back(std::move(search));
  }
  if (options.piped_text) {
    MUAI_TRY(LocalSearch search, LocalSearch::from_text("stdin", "stdin.txt", *options.piped_text));
    searches.push_back(std::move(search));
  }
  if (searches.empty()) return std::unique_ptr<LocalProvider>();
  return std::make_unique<LocalProvider>(std::move(searches), std::move(embedding));
}

// 32 hexadecimal digits; unique enough to name a run among all runs of a user.
std::string make_request_id(Loop& loop) {
  return fmt::format("{:016x}{:016x}", loop.random(), loop.random());
}

}  // namespace

struct Engine::Rep {
  explicit Rep(EngineOptions given) : options(std::move(given)) {}

  EngineOptions options;
  AsioLoop loop;
  Pool pool{loop, {}};
  Spawner spawner{loop};  // for PDF files and the user's programs
  std::unique_ptr<CurlTransport> transport;
  std::unique_ptr<Fetcher> fetcher;
  std::unique_ptr<RobotsCache> robots;  // null: nobody's robots.txt is asked for
  std::shared_ptr<TextArchive> archive;
  std::vector<std::unique_ptr<SearchProvider>> providers;
  std::unique_ptr<PageReader> reader;
  std::unique_ptr<ModelService> models;
  ToolRegistry tools;
  Registry<Step> steps{"step"};
  Registry<Workflow> workflows{"workflow"};
  Registry<ExecProgram> programs{"program"};
  std::unique_ptr<Executor> executor;
  std::unique_ptr<JsonlSink> sink;
  std::unordered_set<std::string> disclosed_hosts;

  void notice(std::string_view text) const {
    if (options.on_notice) options.on_notice(text);
  }

  // One that stores nothing.
  PageReader page_reader() {
    std::vector<const SearchProvider*> asked;
    for (const auto& provider : providers) asked.push_back(provider.get());
    return {fetcher.get(), std::move(asked), {}, &spawner, robots.get()};
  }

  ToolContext tool_context(std::stop_token stop) {
    return {.loop = &loop, .pool = &pool, .stop = std::move(stop)};
  }

  Result<void> open_network() {
    MUAI_TRY(transport, CurlTransport::create(loop));
    FetcherOptions fetching{.user_agent = options.user_agent,
                            .origins = options.origins,
                            .private_hosts = options.private_hosts,
                            .network = options.network};
    MUAI_TRY(fetcher, Fetcher::create(loop, *transport, std::move(fetching)));
    if (options.robots == RobotsRespect::Obeyed)
      robots = std::make_unique<RobotsCache>(loop, *fetcher, "MuAI");
    return {};
  }

  Result<void> open_texts() {
    MUAI_TRY(TextStore texts, TextStore::open(options.data_dir));
    archive = std::make_shared<TextArchive>(std::move(texts));
    return {};
  }

  // The vector of one query, by the pool, which is made when it is first needed.
  Task<Result<std::vector<float>>> query_vector(std::string query, ToolContext context) {
    MUAI_CO_TRY(ModelPool* const serving, models->pool());
    ModelCall call;
    call.stop = context.stop;
    call.deadline = context.deadline;
    std::vector<std::string> texts;
    texts.push_back(std::move(query));
    auto embedding = serving->embed(options.embedding_model, std::move(texts), std::move(call));
    Result<std::vector<Embedding>> made = co_await std::move(embedding);
    if (!made) co_return pass(std::move(made));
    if (made->size() != 1) co_return fail(ErrorCode::Upstream, "the model gave no vector");
    co_return std::move(made->front());
  }

  Result<void> open_providers() {
    QueryEmbedding embedding{.model = options.embedding_model};
    embedding.embed = [this](std::string query, ToolContext context) {
      return query_vector(std::move(query), std::move(context));
    };
    MUAI_TRY(std::unique_ptr<LocalProvider> local, open_local(options, std::move(embedding)));
    if (local) providers.push_back(std::move(local));
    for (const ProviderOptions& provider : options.providers) {
      MUAI_TRY(auto made, open_provider(*fetcher, provider, options.data_dir));
      providers.push_back(std::move(made));
      if (const std::string_view warning = warning_of_provider(provider.kind); !warning.empty())
        notice(warning);
    }
    return {};
  }

  Result<void> open_models() {
    MUAI_TRY(models,
             ModelService::create(options.models,
                                  {.loop = loop,
                                   .workers = pool,
                                   .spawner = spawner,
                                   .fetcher = *fetcher,
                                   .data_folder = options.data_dir.string(),
                                   .on_notice = [this](std::string_view text) { notice(text); }}));
    return {};
  }

  Result<void> register_tools() {
    std::vector<const SearchProvider*> asked;
    for (const auto& provider : providers) asked.push_back(provider.get());
    // Pool jobs may outlive a stopped read, so they share the archive.
    reader = std::make_unique<PageReader>(
        fetcher.get(), asked, [kept = archive](const Page& page) { return kept->put(page); },
        &spawner, robots.get());
    MUAI_TRY_VOID(
        tools.add(make_web_search_tool(asked, [this](std::string_view host) { disclose(host); })));
    MUAI_TRY_VOID(tools.add(make_fetch_url_tool(*reader)));
    MUAI_TRY_VOID(tools.add(make_fetch_multiple_tool(*reader)));
    MUAI_TRY_VOID(tools.add(make_calculator_tool()));
    return tools.add(make_translator_tool(
        *fetcher, {.base_url = options.translate_url, .model = models->translate_with_model()}));
  }

  Result<void> register_workflows() {
    steps = make_standard_steps(tools, &models->access());
    for (const ExecProgram& program : options.programs)
      MUAI_TRY_VOID(programs.add(program.name, program));
    MUAI_TRY(Registry<Workflow> standard, make_standard_workflows(context()));
    for (const auto& [name, workflow] : standard) MUAI_TRY_VOID(workflows.add(name, workflow));
    for (const std::filesystem::path& file : options.workflow_files) {
      MUAI_TRY(Workflow workflow, load_workflow(file, context()));
      std::string name = workflow.name();
      MUAI_TRY_VOID(workflows.add(std::move(name), std::move(workflow)));
    }
    executor = std::make_unique<Executor>(loop, pool, &workflows, options.throw_site);
    return {};
  }

  Result<void> open_trace() {
    if (options.trace.path.empty()) return {};
    for (const ProviderOptions& provider : options.providers)
      if (!provider.key.value.empty()) options.trace.secrets.push_back(provider.key.value);
    Result<std::unique_ptr<JsonlSink>> opened = JsonlSink::open(options.trace);
    if (!opened) {
      // A trace that cannot be written does not stop the work.
      notice("no trace is written: " + opened.error().message());
      return {};
    }
    sink = *std::move(opened);
    const Result<std::int64_t> interrupted = sink->report_interrupted();
    if (!interrupted) notice("earlier runs could not be checked: " + interrupted.error().message());
    const Result<PurgeCounts> expired = expire_traces(
        options.trace.path, {.now = loop.unix_seconds(), .days = options.trace_keep_days});
    if (!expired) notice("old traces could not be removed: " + expired.error().message());
    return {};
  }

  // Offline a question reaches servers of this machine only: nothing is disclosed, and the notice
  // is kept for the day when it is true.
  void disclose(std::string_view host) {
    if (options.network == NetworkAccess::Offline) return;
    if (!disclosed_hosts.emplace(host).second) return;
    if (options.on_disclosure) {
      options.on_disclosure(host);
    } else {
      notice(fmt::format("your question is sent to {}", host));
    }
  }

  WorkflowContext context() {
    return {.steps = &steps,
            .tools = &tools,
            .workflows = &workflows,
            .programs = &programs,
            .spawner = programs.size() > 0 ? &spawner : nullptr,
            .models = &models->access()};
  }

  // Loads ahead what the workflow will ask next. `workflow` outlives the run.
  std::function<void(const RunEvent&)> watched(const ExecutionRequest& request,
                                               const Workflow& workflow,
                                               const std::string& request_id) {
    if (models->registry().names().empty() || request.replay) return request.on_event;
    return [this, &workflow, request_id, told = request.on_event](const RunEvent& event) {
      if (event.kind == RunEvent::Kind::StepStarted && event.parent.empty())
        models->load_ahead(workflow, request_id, event.node);
      if (told) told(event);
    };
  }

  void begin_trace(const ExecutionRequest& request, const std::string& request_id, double now) {
    if (!sink) return;
    const std::string* question = request.given.find(keys::question);
    RunStart start{.request_id = request_id,
                   .question = question ? *question : std::string(),
                   .chosen_workflow = request.workflow,
                   .mode = request.mode,
                   .timestamp = now};
    if (const Result<void> begun = sink->begin(start); !begun)
      notice("the start of this run could not be noted: " + begun.error().message());
  }

  void append_trace(const TraceRecord& record) {
    if (!sink) return;
    if (const Result<void> appended = sink->append(record); !appended)
      notice("the trace of this run could not be written: " + appended.error().message());
  }
};

Engine::Engine(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  auto rep = std::make_unique<Rep>(std::move(options));
  MUAI_TRY_VOID(rep->open_network());
  MUAI_TRY_VOID(rep->open_texts());
  MUAI_TRY_VOID(rep->open_providers());
  MUAI_TRY_VOID(rep->open_models());
  MUAI_TRY_VOID(rep->register_tools());
  MUAI_TRY_VOID(rep->register_workflows());
  MUAI_TRY_VOID(rep->open_trace());
  return std::unique_ptr<Engine>(new Engine(std::move(rep)));
}

Execution Engine::execute(ExecutionRequest request) {
  Rep& rep = *rep_;
  request.workflow = canonical_workflow_name(request.workflow);
  const std::string request_id = make_request_id(rep.loop);
  const double started = rep.loop.unix_seconds();
  rep.begin_trace(request, request_id, started);
  Execution execution;
  const Result<const Workflow*> workflow = rep.workflows.lookup(request.workflow);
  if (workflow) {
    RunOptions run{.request_id = request_id,
                   .deadline = rep.loop.now() + rep.options.deadline,
                   .stop = request.stop,
                   .on_event = rep.watched(request, **workflow, request_id),
                   .replay = request.replay};
    rep.models->access().begin_run(request_id, request.models);
    RunResult result = rep.loop.run(rep.executor->run(**workflow, request.given, std::move(run)));
    rep.models->access().end_run(request_id);
    execution.trace = make_trace_record(request, request_id, started, result);
    execution.state = std::move(result.state);
    execution.status = std::move(result.status);
  } else {
    execution.status = std::unexpected(workflow.error());
    execution.trace = make_failed_record(request, request_id, started, workflow.error());
  }
  rep.append_trace(execution.trace);
  return execution;
}

Result<boost::json::value> Engine::call_tool(std::string name, boost::json::value arguments,
                                             std::stop_token stop) {
  Rep& rep = *rep_;
  ToolContext context{.loop = &rep.loop,
                      .pool = &rep.pool,
                      .stop = stop,
                      .deadline = rep.loop.now() + rep.options.deadline,
                      .note = [&rep](std::string text) { rep.notice(text); }};
  return rep.loop.run(rep.tools.call(std::move(name), std::move(arguments), std::move(context)));
}

const Registry<Workflow>& Engine::workflows() const { return rep_->workflows; }
const Registry<Step>& Engine::steps() const { return rep_->steps; }
const ToolRegistry& Engine::tools() const { return rep_->tools; }
WorkflowContext Engine::workflow_context() const { return rep_->context(); }
AsioLoop& Engine::loop() { return rep_->loop; }

const ModelRegistry& Engine::models() const { return rep_->models->registry(); }
ModelAccess& Engine::model_access() { return rep_->models->access(); }
Result<ModelPool*> Engine::model_pool() { return rep_->models->pool(); }
Result<LlamaHost*> Engine::llama_host() { return rep_->models->llama_host(); }

Result<EndpointReport> Engine::probe_model(ModelDescription model, std::stop_token stop) {
  return rep_->loop.run(rep_->models->probe(std::move(model), std::move(stop)));
}

Result<std::optional<StoredText>> Engine::find_text(std::string_view sha256) {
  return rep_->archive->find(sha256);
}

Result<Page> Engine::read_page(std::string url, std::stop_token stop) {
  Rep& rep = *rep_;
  const PageReader reader = rep.page_reader();
  return rep.loop.run(reader.read(std::move(url), rep.tool_context(std::move(stop))));
}

Result<Reading> Engine::explain_page(std::string url, std::stop_token stop) {
  Rep& rep = *rep_;
  const PageReader reader = rep.page_reader();
  return rep.loop.run(reader.explain(std::move(url), rep.tool_context(std::move(stop))));
}

Result<Reading> Engine::explain_bytes(std::string bytes, DocumentHint hint, std::stop_token stop) {
  Rep& rep = *rep_;
  const PageReader reader = rep.page_reader();
  return rep.loop.run(
      reader.explain_bytes(std::move(bytes), std::move(hint), rep.tool_context(std::move(stop))));
}

std::string_view default_workflow_for(std::string_view question) {
  const std::size_t begin = question.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "search_qa";
  const std::size_t end = question.find_last_not_of(" \t\r\n") + 1;
  const std::string_view text = question.substr(begin, end - begin);
  const bool url = text.starts_with("http://") || text.starts_with("https://");
  return url && text.find_first_of(" \t\r\n") == std::string_view::npos ? "summarize_url"
                                                                        : "search_qa";
}

}  // namespace muai
