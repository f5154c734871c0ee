// `muai model list|show|ps|unload|quantize`: which models there are, and what is known of them.
// `load` and `bench` run them: model_trials.cpp.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/commands.h"
#include "muai/model/extractive_model.h"
#include "muai/model/gguf.h"
#include "muai/model/llama_model.h"
#include "muai/model_processes.h"
#include "muai/model_request.h"
#include "muai/model_trials.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/utf8.h"
#include "muai/text/width.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr double kMegabyte = 1024 * 1024;

std::string place_of(const ModelDescription& model) {
  if (model.backend == ModelBackend::OpenAi)
    return fmt::format("{} ({})", model.base_url, model.model_path);
  return model.model_path;
}

ModelDescription extractive() {
  return {.name = std::string(kExtractiveModel),
          .capabilities = {"generate"},
          .backend = ModelBackend::Extractive};
}

Result<ExitCode> list_models(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const EngineOptions options, session.engine_options());
  const std::vector<std::string> chain = model_chain({}, options);
  std::vector<ModelDescription> models = options.models.models;
  models.push_back(extractive());
  if (invocation.wants_json()) {
    json::array all;
    for (const ModelDescription& model : models) all.push_back(to_json(model));
    print_json(invocation.terminal,
               json::object{{"models", std::move(all)}, {"order", json::value_from(chain)}});
    return ExitCode::Ok;
  }
  std::size_t width = 0;
  for (const ModelDescription& model : models) width = std::max(width, display_width(model.name));
  for (const ModelDescription& model : models) {
    std::string line = fmt::format(
        "{}  {:<10}  {:<16}  {}", pad_to_width(model.name, width), to_string(model.backend),
        fmt::format("{}", fmt::join(model.capabilities, ",")), place_of(model));
    while (line.ends_with(' ')) line.pop_back();
    invocation.terminal.print(shown_line(line) + '\n');
  }
  invocation.terminal.print(
      shown(fmt::format("\nasked in this order: {}\n", fmt::join(chain, ", then "))));
  if (models.size() == 1)
    invocation.terminal.say("no model is configured; `muai doctor` says how to get one");
  return ExitCode::Ok;
}

json::object header_json(const GgufHeader& header) {
  return {{"architecture", header.architecture},
          {"name", to_valid_utf8(header.name)},
          {"file_bytes", header.file_bytes},
          {"parameters", header.parameters},
          {"context_tokens", header.context_tokens},
          {"layers", header.layers},
          {"weight_type", header.weight_type},
          {"bits_per_weight", header.bits_per_weight},
          {"has_chat_template", header.has_chat_template},
          {"is_encoder", header.is_encoder}};
}

std::string header_text(const GgufHeader& header) {
  std::string text = fmt::format(
      "file       {}, {} of parameters, {} ({:.1f} bits each)\n"
      "model      {}, {}, {} tokens of context\n",
      bytes_text(static_cast<double>(header.file_bytes)),
      header.parameters >= 100'000'000
          ? fmt::format("{:.1f} billions", static_cast<double>(header.parameters) / 1e9)
          : fmt::format("{:.1f} millions", static_cast<double>(header.parameters) / 1e6),
      header.weight_type, header.bits_per_weight, header.architecture,
      count_text(static_cast<std::size_t>(header.layers), "layer"), header.context_tokens);
  if (!header.has_chat_template && !header.is_encoder)
    text += "           without a chat template: messages are put together in a general form\n";
  return text;
}

Result<ExitCode> show_model(Invocation& invocation) {
  const std::string name = invocation.arguments.value("NAME");
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  MUAI_TRY(const ModelDescription model, find_model(name, options));
  json::object described = to_json(model).as_object();
  std::string text = fmt::format("{}: {}, {}\n", model.name, to_string(model.backend),
                                 fmt::join(model.capabilities, ", "));
  if (model.backend != ModelBackend::Extractive)
    text += fmt::format("place      {}\n", place_of(model));
  if (model.backend == ModelBackend::Llama) {
    const Result<GgufHeader> header = read_gguf_header(model.model_path);
    if (header) {
      described["header"] = header_json(*header);
      text += header_text(*header);
      const std::int64_t context = model.context_tokens > 0
                                       ? model.context_tokens
                                       : std::min<std::int64_t>(header->context_tokens, 8192);
      text += fmt::format("memory     about {} for the weights and {} for {} tokens\n",
                          bytes_text(static_cast<double>(header->weight_bytes)),
                          bytes_text(static_cast<double>(cache_mb(*header, context)) * kMegabyte),
                          context);
    } else {
      described["problem"] = header.error().message();
      text += fmt::format("problem    {}\n", header.error().message());
    }
  }
  if (!model.key_env.empty()) text += fmt::format("key        in {}\n", model.key_env);
  if (!model.key_file.empty()) text += fmt::format("key        in {}\n", model.key_file);
  if (invocation.wants_json()) {
    print_json(invocation.terminal, described);
  } else {
    invocation.terminal.print(shown(text));
  }
  return ExitCode::Ok;
}

json::object process_json(const ModelProcess& process) {
  return {{"model", to_valid_utf8(process.model)},
          {"file", to_valid_utf8(process.file)},
          {"pid", process.pid},
          {"owner", process.owner},
          {"owner_line", to_valid_utf8(process.owner_line)},
          {"ram_mb", process.ram_mb},
          {"vram_mb", process.vram_mb}};
}

Result<ExitCode> list_processes(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const EngineOptions options, session.engine_options());
  const std::vector<ModelProcess> all = model_processes(options.models.runtime_parent);
  if (invocation.wants_json()) {
    json::array processes;
    for (const ModelProcess& process : all) processes.push_back(process_json(process));
    print_json(invocation.terminal, json::object{{"processes", std::move(processes)}});
    return ExitCode::Ok;
  }
  for (const ModelProcess& process : all)
    invocation.terminal.print(shown(fmt::format(
        "{}  pid {}  {} MB of memory, {} MB of a GPU  held by {} ({})\n", process.model,
        process.pid, process.ram_mb, process.vram_mb, process.owner, process.owner_line)));
  if (all.empty()) invocation.terminal.say("no local model is loaded");
  return ExitCode::Ok;
}

// A model lives in the muai process that loaded it, which alone knows whether it is in use: it is
// never taken away from outside.
Result<ExitCode> unload_model(Invocation& invocation) {
  const std::string name = invocation.arguments.value("NAME");
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  MUAI_TRY(const ModelDescription model, find_model(name, options));
  json::array holders;
  for (const ModelProcess& process : model_processes(options.models.runtime_parent)) {
    if (process.model != model.name) continue;
    holders.push_back(process_json(process));
    if (!invocation.wants_json())
      invocation.terminal.print(shown(fmt::format(
          "{} is held by process {} ({}); it unloads it at its end, or {} s after it was last "
          "used\n",
          model.name, process.owner, process.owner_line,
          std::chrono::duration_cast<std::chrono::seconds>(options.models.residency).count())));
  }
  if (invocation.wants_json()) {
    print_json(
        invocation.terminal,
        json::object{{"model", model.name}, {"loaded", !holders.empty()}, {"holders", holders}});
  } else if (holders.empty()) {
    invocation.terminal.print(fmt::format("{} is not loaded\n", shown_line(model.name)));
  }
  return holders.empty() ? ExitCode::Ok : ExitCode::Failed;
}

Result<ExitCode> quantize_model(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  MUAI_TRY(const ModelDescription model, find_model(invocation.arguments.value("NAME"), options));
  if (model.backend != ModelBackend::Llama) {
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("model '{}' is no GGUF file here: only files can be quantised", model.name));
  }
  const Quantization width =
      invocation.arguments.value("WIDTH") == "4bit" ? Quantization::Bits4 : Quantization::Bits8;
  if (width == Quantization::Bits8 && invocation.arguments.value("WIDTH") != "8bit")
    return fail(ErrorCode::InvalidInput, "the width is 8bit (Q8_0) or 4bit (Q4_K_M)");
  options.trace.path.clear();
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(options));
  MUAI_TRY(LlamaHost * host, engine->llama_host());
  Terminal& terminal = invocation.terminal;
  QuantizeJob job{.stop = invocation.interrupt.token(), .on_progress = [&](double share) {
                    terminal.progress(fmt::format("quantising: {:.0f} %", 100 * share),
                                      static_cast<std::size_t>(100 * share), 100);
                  }};
  MUAI_TRY(const QuantizedFile file,
           engine->loop().run(host->quantizer().quantize(model.model_path, width, std::move(job))));
  terminal.end_progress();
  if (invocation.wants_json()) {
    print_json(terminal, json::object{{"model", model.name},
                                      {"path", file.path},
                                      {"made_now", !file.was_there},
                                      {"seconds", file.seconds},
                                      {"header", header_json(file.header)}});
  } else {
    terminal.print(shown(fmt::format("{}\n{}{}", file.path, header_text(file.header),
                                     file.was_there ? "it was there already\n" : "")));
  }
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> model_commands() {
  const Positional name{.name = "NAME",
                        .meaning = "a configured model (`muai model list`), or a .gguf file",
                        .completes = Completes::Path};
  std::vector<Command> commands = {
      {.name = "model list",
       .summary = "Which models there are, and in which order they are asked",
       .run = list_models},
      {.name = "model show",
       .summary = "What is known of a model; of a file, what its header says",
       .positionals = {name},
       .run = show_model},
      {.name = "model ps",
       .summary = "Which local models are loaded now, and by which process",
       .run = list_processes},
      {.name = "model unload",
       .summary = "Who holds a local model, and when it goes",
       .detail = "A model belongs to the process that loaded it and goes with it, or when it was "
                 "not used for model.residency_s. Exit code 1: somebody holds it.",
       .positionals = {name},
       .run = unload_model},
      {.name = "model quantize",
       .summary = "Make a smaller form of a GGUF file and keep it",
       .positionals = {name, {.name = "WIDTH", .meaning = "8bit (Q8_0) or 4bit (Q4_K_M)"}},
       .run = quantize_model},
  };
  for (Command& command : model_trial_commands()) commands.push_back(std::move(command));
  return commands;
}

}  // namespace muai
