#include "muai/engine/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "engine/search_providers.h"
#include "engine/setting_table.h"
#include "muai/core/check.h"
#include "muai/core/json.h"
#include "muai/core/nearest.h"
#include "muai/core/sha256.h"
#include "muai/model/extractive_model.h"
#include "muai/model/models_file.h"
#include "muai/net/service_key.h"
#include "muai/text/utf8.h"
#include "muai/text/yaml.h"

// Every source is read into one table of settings, strongest first: who speaks first decides value
// and origin, and later sources only fill what is left.

namespace muai {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTraceFile = "workflow_traces.jsonl";
constexpr std::string_view kTrustFile = "trusted_files";
constexpr std::string_view kSystemFile = "/etc/muai/config.yaml";

const SettingRow* find_row(std::string_view name) {
  const auto* row = std::find_if(kSettings.begin(), kSettings.end(),
                                 [&](const SettingRow& known) { return known.name == name; });
  return row == kSettings.end() ? nullptr : row;
}

std::string_view kind_name(SettingKind kind) {
  switch (kind) {
    case SettingKind::Flag: return "true or false";
    case SettingKind::Number: return "a whole number";
    case SettingKind::Decimal: return "a number";
    case SettingKind::Text: return "a text";
    case SettingKind::List: return "a list";
    case SettingKind::Object: return "an object";
  }
  return "";
}

bool fits(const json::value& value, SettingKind kind) {
  switch (kind) {
    case SettingKind::Flag: return value.is_bool();
    case SettingKind::Number: return value.is_int64();
    case SettingKind::Decimal: return value.is_number();
    case SettingKind::Text: return value.is_string();
    case SettingKind::List: return value.is_array();
    case SettingKind::Object: return value.is_object();
  }
  return false;
}

json::value texts_between_commas(std::string_view text) {
  json::array list;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string_view part = text.substr(at, comma - at);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) list.emplace_back(part);
    at = comma + 1;
  }
  return list;
}

// A variable's text as the JSON of its kind; nothing when it cannot be one.
std::optional<json::value> from_variable(const std::string& text, SettingKind kind) {
  if (!is_valid_utf8(text)) return std::nullopt;  // no JSON text can hold it
  if (kind == SettingKind::Text) return json::value(json::string(text));
  if (kind == SettingKind::Flag) {
    if (text == "1" || text == "true") return json::value(true);
    if (text == "0" || text == "false" || text.empty()) return json::value(false);
    return std::nullopt;
  }
  if (kind == SettingKind::List && !text.starts_with('[')) return texts_between_commas(text);
  Result<json::value> value = parse_json(text);
  if (!value || !fits(*value, kind)) return std::nullopt;
  return *std::move(value);
}

Result<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::Io, fmt::format("cannot read {}", file.string()));
  std::string bytes(kYamlBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) return fail(ErrorCode::Io, fmt::format("cannot read {}", file.string()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// Empty when the user has no home: a shared folder in its place would let others plant files.
fs::path home_path(const ConfigSources& sources, const std::string& variable,
                   std::string_view below_home) {
  if (const auto folder = sources.environment(variable); folder && folder->starts_with('/'))
    return fs::path(*folder) / "muai";
  const auto home = sources.environment("HOME");
  if (!home || !home->starts_with('/')) return {};
  return fs::path(*home) / below_home / "muai";
}

// False also for what cannot be looked at.
bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

// The line that stands for this file with these bytes among the trusted ones.
std::string trust_line(const fs::path& file, std::string_view bytes) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(file, error);
  return fmt::format("{} {}", sha256_hex(bytes), (error ? file : whole).string());
}

}  // namespace

// Collects values, strongest source first: what is set already stays.
class ConfigReader {
 public:
  explicit ConfigReader(const ConfigSources& sources) : sources_(sources) {}

  Result<void> read_all() {
    MUAI_TRY_VOID(read_flags());
    MUAI_TRY_VOID(read_variables());
    if (!sources_.config_file.empty()) {
      if (!is_there(sources_.config_file)) {
        return fail(ErrorCode::InvalidConfig, fmt::format("--config {}: there is no such file",
                                                          sources_.config_file.string()));
      }
      MUAI_TRY_VOID(read_trusted(sources_.config_file));
    }
    find_folders();
    if (!data_dir_.empty()) trust_path_ = data_dir_ / kTrustFile;
    const fs::path here = sources_.working_folder / "config" / "system.yaml";
    if (is_there(here)) MUAI_TRY_VOID(read_found(here));
    const fs::path home = home_path(sources_, "XDG_CONFIG_HOME", ".config");
    if (!home.empty() && is_there(home / "config.yaml"))
      MUAI_TRY_VOID(read_trusted(home / "config.yaml"));
    if (is_there(kSystemFile)) MUAI_TRY_VOID(read_trusted(kSystemFile));
    MUAI_TRY_VOID(read_models_files(home));
    for (const SettingRow& row : kSettings)
      if (!values_.contains(row.name)) set(row, json::parse(row.fallback), "built in");
    find_folders();
    if (data_dir_.empty()) {
      return fail(ErrorCode::InvalidConfig,
                  "HOME is not set, so there is no place for collections and traces; set HOME, "
                  "MUAI_DATA_DIR or storage.data_dir");
    }
    return {};
  }

  std::map<std::string_view, SettingValue>& values() { return values_; }
  std::vector<std::string>& warnings() { return warnings_; }
  std::vector<fs::path>& files() { return files_; }
  std::vector<ModelDescription>& models() { return models_; }
  const fs::path& data_dir() const { return data_dir_; }
  const fs::path& trace_path() const { return trace_path_; }
  const fs::path& trust_path() const { return trust_path_; }

 private:
  void set(const SettingRow& row, const json::value& value, std::string origin) {
    values_.try_emplace(row.name, SettingValue{std::string(row.name), json::serialize(value),
                                               std::move(origin), std::string(row.meaning)});
  }

  Result<void> read_flags() {
    for (const auto& [name, text] : sources_.flags) {
      const SettingRow* row = find_row(name);
      MUAI_CHECK(row != nullptr);  // the application names settings that exist
      MUAI_TRY(const json::value value, parse_json(text));
      set(*row, value, "command line");
    }
    return {};
  }

  Result<void> read_variables() {
    for (const SettingRow& row : kSettings) {
      if (row.variable.empty()) continue;
      const auto text = sources_.environment(std::string(row.variable));
      if (!text || text->empty()) continue;
      const std::optional<json::value> value = from_variable(*text, row.kind);
      if (!value) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("{}='{}': expected {}", row.variable, to_valid_utf8(*text),
                                kind_name(row.kind)));
      }
      set(row, *value, std::string(row.variable));
    }
    return {};
  }

  Result<void> read_trusted(const fs::path& file) {
    MUAI_TRY(const std::string bytes, read_file(file));
    return read_bytes(file, bytes, SettingReach::TrustedOnly);
  }

  // Judged by the very bytes that are then read.
  Result<void> read_found(const fs::path& file) {
    MUAI_TRY(const std::string bytes, read_file(file));
    return read_bytes(file, bytes,
                      is_trusted(file, bytes) ? SettingReach::TrustedOnly : SettingReach::Anyone);
  }

  Result<void> read_bytes(const fs::path& file, std::string_view bytes, SettingReach reach) {
    MUAI_TRY(const YamlDocument document, read_yaml(bytes, file.string()));
    files_.push_back(file);
    if (document.value().is_null()) return {};
    if (!document.value().is_object()) {
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("{}: a configuration is sections with settings", file.string()));
    }
    for (const auto& section : document.value().get_object()) {
      if (section.key() == "models") {
        MUAI_TRY_VOID(read_models(document, file, reach));
      } else {
        MUAI_TRY_VOID(read_section(document, section.key(), section.value(), reach));
      }
    }
    return {};
  }

  Result<void> read_models(const YamlDocument& document, const fs::path& file, SettingReach reach) {
    if (reach == SettingReach::Anyone) {
      warn_untrusted(document.where("/models"), "models");
      return {};
    }
    MUAI_TRY(ModelsFile models, read_models_section(document, "/models"));
    return add_models(std::move(models), file);
  }

  // Files of models alone. One that is found in the working folder must be trusted.
  Result<void> read_models_file_at(const fs::path& file, SettingReach least) {
    MUAI_TRY(const std::string bytes, read_file(file));
    if (least == SettingReach::Anyone && !is_trusted(file, bytes)) {
      warn_untrusted(file.string(), "it");
      return {};
    }
    files_.push_back(file);
    MUAI_TRY(ModelsFile models, read_models_file(bytes, file.string()));
    return add_models(std::move(models), file);
  }

  // Who comes first keeps the name. A relative path of a model starts at its file's folder.
  Result<void> add_models(ModelsFile read, const fs::path& file) {
    for (std::string& warning : read.warnings) warnings_.push_back(std::move(warning));
    for (ModelDescription& model : read.models) {
      const bool known = std::ranges::any_of(
          models_, [&](const ModelDescription& other) { return other.name == model.name; });
      if (known) continue;
      const auto below = [&](std::string& path) {
        if (path.starts_with("~/")) {
          if (const auto home = sources_.environment("HOME")) path = *home + path.substr(1);
        } else if (!path.empty()) {
          path = (fs::absolute(file).parent_path() / path).lexically_normal().string();
        }
      };
      if (model.backend == ModelBackend::Llama) below(model.model_path);
      below(model.key_file);
      models_.push_back(std::move(model));
    }
    return {};
  }

  Result<void> read_models_files(const fs::path& home) {
    if (const auto it = values_.find("model.files"); it != values_.end()) {
      const json::value list = json::parse(it->second.value);
      for (const json::value& entry : list.as_array())
        if (entry.is_string())
          MUAI_TRY_VOID(
              read_models_file_at(sources_.working_folder / std::string_view(entry.get_string()),
                                  SettingReach::TrustedOnly));
    }
    const fs::path config = sources_.working_folder / "config";
    for (const fs::path& here : {config / "phase_b" / "models.yaml", config / "models.yaml"}) {
      if (!is_there(here)) continue;
      MUAI_TRY_VOID(read_models_file_at(here, SettingReach::Anyone));
      break;
    }
    if (!home.empty() && is_there(home / "models.yaml"))
      MUAI_TRY_VOID(read_models_file_at(home / "models.yaml", SettingReach::TrustedOnly));
    return {};
  }

  void warn_untrusted(const std::string& place, std::string_view what) {
    warnings_.push_back(
        fmt::format("{}: {} is ignored because the file is not trusted; run "
                    "`muai config trust` in this folder after reading it",
                    place, what));
  }

  Result<void> read_section(const YamlDocument& document, std::string_view section,
                            const json::value& members, SettingReach reach) {
    const bool other = std::find(kSectionsOfOthers.begin(), kSectionsOfOthers.end(), section) !=
                       kSectionsOfOthers.end();
    const std::string pointer = fmt::format("/{}", section);
    if (!members.is_object()) {
      if (!other && !members.is_null()) warn_unknown(document, pointer, std::string(section));
      return {};
    }
    for (const auto& member : members.get_object()) {
      const std::string name = fmt::format("{}.{}", section, std::string_view(member.key()));
      const std::string place = fmt::format("{}/{}", pointer, std::string_view(member.key()));
      const SettingRow* row = find_row(name);
      if (!row) {
        if (!other) warn_unknown(document, place, name);
        continue;
      }
      MUAI_TRY_VOID(read_member(document, place, *row, member.value(), reach));
    }
    return {};
  }

  Result<void> read_member(const YamlDocument& document, const std::string& place,
                           const SettingRow& row, const json::value& value, SettingReach reach) {
    if (value.is_null()) return {};
    if (row.reach == SettingReach::TrustedOnly && reach == SettingReach::Anyone) {
      warn_untrusted(document.where(place), row.name);
      return {};
    }
    if (!fits(value, row.kind)) {
      return fail(ErrorCode::InvalidConfig, fmt::format("{}: {} must be {}", document.where(place),
                                                        row.name, kind_name(row.kind)));
    }
    set(row, value, document.where(place));
    return {};
  }

  void warn_unknown(const YamlDocument& document, const std::string& place,
                    const std::string& name) {
    std::vector<std::string_view> known;
    for (const SettingRow& row : kSettings) known.push_back(row.name);
    warnings_.push_back(fmt::format("{}: there is no setting '{}'; {}", document.where(place), name,
                                    did_you_mean(name, known, 3)));
  }

  // Data belongs to $XDG_DATA_HOME, traces to $XDG_STATE_HOME, unless a setting says otherwise.
  void find_folders() {
    const auto text = [&](std::string_view name) -> std::string {
      const auto it = values_.find(name);
      return it == values_.end() ? "" : std::string(json::parse(it->second.value).as_string());
    };
    const std::string data = text("storage.data_dir");
    data_dir_ = data.empty() ? home_path(sources_, "XDG_DATA_HOME", ".local/share")
                             : sources_.working_folder / data;
    const fs::path state = home_path(sources_, "XDG_STATE_HOME", ".local/state");
    const std::string traces = text("storage.traces_path");
    if (!traces.empty()) {
      trace_path_ = sources_.working_folder / traces / kTraceFile;
    } else {
      trace_path_ = (data.empty() && !state.empty() ? state : data_dir_) / "traces" / kTraceFile;
    }
  }

  bool is_trusted(const fs::path& file, std::string_view bytes) const {
    std::ifstream in(trust_path_);
    const std::string wanted = trust_line(file, bytes);
    std::string line;
    while (std::getline(in, line))
      if (line == wanted) return true;
    return false;
  }

  const ConfigSources& sources_;
  std::map<std::string_view, SettingValue> values_;
  std::vector<std::string> warnings_;
  std::vector<fs::path> files_;
  std::vector<ModelDescription> models_;  // strongest source first
  fs::path data_dir_;
  fs::path trace_path_;
  fs::path trust_path_;  // a file of the working folder has no say in where it is
};

Result<Config> Config::load(const ConfigSources& sources) {
  ConfigReader reader(sources);
  MUAI_TRY_VOID(reader.read_all());
  Config config;
  config.environment_ = sources.environment;
  for (auto& [name, value] : reader.values()) config.settings_.push_back(std::move(value));
  config.warnings_ = std::move(reader.warnings());
  config.files_ = std::move(reader.files());
  config.models_ = std::move(reader.models());
  config.data_dir_ = reader.data_dir();
  config.trace_path_ = reader.trace_path();
  config.trust_path_ = reader.trust_path();
  return config;
}

const SettingValue& Config::setting(std::string_view name) const {
  const auto it = std::find_if(settings_.begin(), settings_.end(),
                               [&](const SettingValue& value) { return value.name == name; });
  MUAI_CHECK(it != settings_.end());
  return *it;
}

json::value Config::json(std::string_view name) const { return json::parse(setting(name).value); }

std::string Config::text(std::string_view name) const {
  return std::string(json(name).as_string());
}

bool Config::flag(std::string_view name) const { return json(name).as_bool(); }

std::int64_t Config::number(std::string_view name) const { return json(name).as_int64(); }

namespace {

Result<std::vector<std::string>> texts(const json::value& list, const SettingValue& setting) {
  std::vector<std::string> all;
  for (const json::value& entry : list.as_array()) {
    if (!entry.is_string()) {
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("{}: {} must be a list of texts", setting.origin, setting.name));
    }
    all.emplace_back(entry.get_string());
  }
  return all;
}

// A year of seconds: far beyond use, and within what a clock of nanoseconds can add up.
constexpr std::int64_t kPatienceMax = 365 * 24 * 3600;
constexpr std::int64_t kSettingMax = 1'000'000'000;

bool is_patience(std::int64_t seconds) { return seconds >= 1 && seconds <= kPatienceMax; }

Result<ExecProgram> program_of(std::string_view name, const json::value& entry,
                               const SettingValue& setting) {
  const json::object* object = entry.if_object();
  const json::value* command = object ? object->if_contains("command") : nullptr;
  ExecProgram program{.name = std::string(name)};
  bool texts_only = command && command->is_array();
  if (texts_only) {
    for (const json::value& part : command->get_array()) {
      texts_only = texts_only && part.is_string();
      if (part.is_string()) program.command.emplace_back(part.get_string());
    }
  }
  if (!texts_only || program.command.empty() || !program.command[0].starts_with('/')) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("{}: exec.programs.{} needs command: [/absolute/path, argument...], "
                            "all of them texts (\"8080\", not 8080)",
                            setting.origin, name));
  }
  if (const json::value* timeout = object->if_contains("timeout_s")) {
    if (!timeout->is_int64() || !is_patience(timeout->get_int64()))
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("{}: exec.programs.{}.timeout_s must be a number of seconds from 1 "
                              "to {}",
                              setting.origin, name, kPatienceMax));
    program.timeout_s = timeout->get_int64();
  }
  return program;
}

// Folders of $PATH.
std::vector<std::string> search_path_of(const std::string& path) {
  std::vector<std::string> folders;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t colon = std::min(path.find(':', at), path.size());
    if (path.substr(at, 1) == "/") folders.push_back(path.substr(at, colon - at));
    at = colon + 1;
  }
  return folders;
}

bool can_generate(const ModelDescription& model) {
  return std::ranges::find(model.capabilities, "generate") != model.capabilities.end();
}

}  // namespace

Result<std::vector<std::string>> Config::model_order() const {
  for (const std::string_view name : {"model.order", "error_handling.model_fallback_order"}) {
    MUAI_TRY(std::vector<std::string> order, texts(json(name), setting(name)));
    if (order.empty()) continue;
    for (const std::string& model : order) {
      const bool known = model == kExtractiveModel ||
                         std::ranges::any_of(models_, [&](const ModelDescription& one) {
                           return one.name == model;
                         });
      if (known) continue;
      std::vector<std::string> names;
      for (const ModelDescription& one : models_) names.push_back(one.name);
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("{}: {} names model '{}', which is not configured; {}",
                              setting(name).origin, name, model, did_you_mean(model, names)));
    }
    return order;
  }
  std::vector<std::string> order;
  for (const ModelDescription& model : models_)
    if (can_generate(model)) order.push_back(model.name);
  return order;
}

Result<ModelOptions> Config::model_options() const {
  ModelOptions options;
  options.models = models_;
  MUAI_TRY(options.order, model_order());
  for (const std::string_view name :
       {"limits.model_calls", "limits.tokens", "model.ram_budget_mb", "model.vram_budget_mb",
        "model.threads", "model.residency_s"}) {
    if (number(name) >= 0 && number(name) <= kSettingMax) continue;
    return fail(ErrorCode::InvalidConfig, fmt::format("{}: {} must be from 0 to {}",
                                                      setting(name).origin, name, kSettingMax));
  }
  const double cost_usd = json("limits.cost_usd").to_number<double>();
  if (!(cost_usd >= 0 && cost_usd <= 1e9)) {
    return fail(ErrorCode::InvalidConfig, fmt::format("{}: limits.cost_usd must be 0 or more",
                                                      setting("limits.cost_usd").origin));
  }
  options.budgets = {.calls_max = number("limits.model_calls"),
                     .tokens_max = number("limits.tokens"),
                     .cost_micro_usd_max = static_cast<std::int64_t>(cost_usd * 1e6)};
  if (cost_usd > 0 && options.budgets.cost_micro_usd_max == 0)
    options.budgets.cost_micro_usd_max = 1;
  options.residency = std::chrono::seconds(number("model.residency_s"));
  options.vram_budget_mb = number("model.vram_budget_mb");
  options.ram_budget_mb = number("model.ram_budget_mb");
  options.threads = static_cast<int>(number("model.threads"));
  options.prompts_dir = text("prompts.dir");
  options.llama_server = text("model.llama_server");
  options.search_path = search_path_of(environment_("PATH").value_or(""));
  const auto runtime = environment_("XDG_RUNTIME_DIR");
  options.runtime_parent = runtime && runtime->starts_with('/')
                               ? *runtime + "/muai"
                               : fmt::format("/tmp/muai-{}", ::getuid());
  options.find_variable = [find = environment_](std::string_view name) {
    return find(std::string(name));
  };
  return options;
}

// The keys of endpoints, which no trace may hold.
std::vector<std::string> Config::model_keys() const {
  std::vector<std::string> keys;
  const auto keep = [&keys](ServiceKey key) {
    if (!key.value.empty()) keys.push_back(std::move(key.value));
  };
  for (const ModelDescription& model : models_) {
    if (!model.key_env.empty())
      keep(key_of_variable(model.key_env, environment_(model.key_env).value_or("")));
    // One that cannot be read is the error of every call of its model.
    if (model.key_file.empty()) continue;
    if (Result<ServiceKey> key = read_key_file(model.key_file)) keep(first_line(*std::move(key)));
  }
  return keys;
}

Result<EngineOptions> Config::engine_options() const {
  EngineOptions options;
  options.data_dir = data_dir_;
  options.trace.path = trace_path_.string();
  MUAI_TRY(options.trace.content, parse_trace_content(text("trace.content")));
  options.trace_keep_days = number("trace.keep_days");
  options.network = flag("network.offline") ? NetworkAccess::Offline : NetworkAccess::Online;
  options.robots = flag("network.respect_robots") ? RobotsRespect::Obeyed : RobotsRespect::Ignored;
  options.user_agent = text("network.user_agent");
  options.translate_url = text("tools.translator_url");
  options.embedding_model = text("rag.embedding_model");
  if (!is_patience(number("limits.deadline_s"))) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("{}: limits.deadline_s must be a number of seconds from 1 to {}",
                            setting("limits.deadline_s").origin, kPatienceMax));
  }
  options.deadline = std::chrono::seconds(number("limits.deadline_s"));
  MUAI_TRY(options.private_hosts,
           texts(json("network.private_hosts"), setting("network.private_hosts")));
  MUAI_TRY(const std::vector<std::string> files,
           texts(json("workflows.files"), setting("workflows.files")));
  options.workflow_files.assign(files.begin(), files.end());
  for (const json::value& entry : json("search.providers").as_array()) {
    MUAI_TRY(ProviderOptions provider,
             read_provider(entry, {.origin = setting("search.providers").origin,
                                   .home = environment_("HOME").value_or(""),
                                   .environment = environment_}));
    options.providers.push_back(std::move(provider));
  }
  for (const auto& entry : json("exec.programs").as_object()) {
    MUAI_TRY(ExecProgram program, program_of(entry.key(), entry.value(), setting("exec.programs")));
    options.programs.push_back(std::move(program));
  }
  MUAI_TRY(options.models, model_options());
  options.trace.secrets = model_keys();
  if (!options.translate_url.empty()) options.origins.push_back({.url = options.translate_url});
  return options;
}

Result<void> Config::trust(const fs::path& file) const {
  if (trust_path_.empty())
    return fail(ErrorCode::InvalidConfig,
                "HOME is not set; set it or MUAI_DATA_DIR to trust files");
  MUAI_TRY(const std::string bytes, read_file(file));
  std::error_code error;
  fs::create_directories(trust_path_.parent_path(), error);
  std::ofstream out(trust_path_, std::ios::app);
  out << trust_line(file, bytes) << '\n';
  out.flush();
  if (!out) return fail(ErrorCode::Io, fmt::format("cannot write {}", trust_path_.string()));
  return {};
}

}  // namespace muai
