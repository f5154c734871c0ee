// `muai doctor`: each part of the set-up is looked at on its own, so that one that is broken does
// not hide the others. A finding that needs action names the setting or the command for it.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/commands.h"
#include "muai/finding.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/store/database.h"
#include "muai/text/fold.h"
#include "muai/text/utf8.h"
#include "muai/text/width.h"
#include "muai/tool/tool.h"

namespace muai {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr double kDiskBytesMin = 200e6;
// Larger collections are opened and counted only, so that the whole takes less than a second.
constexpr std::uintmax_t kWholeCheckBytesMax = 20'000'000;
constexpr std::int64_t kTraceLinesMax = 1000;
constexpr auto kProviderPatience = std::chrono::seconds(10);
constexpr double kYear2025 = 1735689600;  // Unix seconds
constexpr double kClockSlackSeconds = 300;

std::string_view health_name(Health health) {
  switch (health) {
    case Health::Good: return "ok";
    case Health::Skipped: return "skipped";
    case Health::Warning: return "warning";
    case Health::Bad: return "failed";
  }
  return "";
}

class Doctor {
 public:
  Doctor(Invocation& invocation, const Session& session)
      : invocation_(invocation), session_(session), config_(session.config()) {}

  std::vector<Finding> findings() && {
    look_at_config();
    look_at_data_folder();
    look_at_collections();
    look_at_trace();
    look_at_engine();
    look_at_providers();
    look_at_models();
    look_at_clock();
    add({"versions", Health::Good,
         fmt::format("muai {}, SQLite {}, ICU {}", MUAI_VERSION, sqlite_version(), icu_version()),
         ""});
    return std::move(findings_);
  }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

  void look_at_config() {
    std::string files;
    for (const fs::path& file : config_.files())
      files += (files.empty() ? "" : ", ") + file.string();
    if (files.empty()) files = "no file: everything is built in";
    if (config_.warnings().empty()) {
      add({"configuration", Health::Good, files, ""});
    } else {
      add({"configuration", Health::Warning,
           fmt::format("{}: {}, the first: {}", files,
                       count_text(config_.warnings().size(), "warning"), config_.warnings()[0]),
           "`muai config show --origin` shows what holds"});
    }
  }

  // The folder or, while it is not there, the nearest one above it.
  static fs::path existing_folder(fs::path folder) {
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_parent_path() && folder != folder.parent_path())
      folder = folder.parent_path();
    return folder;
  }

  void look_at_data_folder() {
    const fs::path& folder = config_.data_dir();
    const fs::path there = existing_folder(folder);
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
      add({"data folder", Health::Bad, fmt::format("{} cannot be written to", there.string()),
           "set storage.data_dir, or MUAI_DATA_DIR, to a folder of yours"});
      return;
    }
    add({"data folder", Health::Good,
         there == folder ? folder.string() : folder.string() + " (made when it is needed)", ""});
    std::error_code error;
    const fs::space_info space = fs::space(there, error);
    const auto free_bytes = static_cast<double>(space.available);
    if (error) {
      add({"disk", Health::Warning, error.message(), ""});
    } else if (free_bytes < kDiskBytesMin) {
      add({"disk", Health::Warning, bytes_text(free_bytes) + " are free",
           "free some space, or set storage.data_dir to a larger disk"});
    } else {
      add({"disk", Health::Good, bytes_text(free_bytes) + " are free", ""});
    }
  }

  void look_at_collections() {
    const Result<std::vector<std::string>> names = list_collections(config_.data_dir());
    if (!names) {
      add({"collections", Health::Bad, names.error().message(), ""});
      return;
    }
    if (names->empty())
      add({"collections", Health::Good, "none yet: `muai kb add PATH` makes one", ""});
    for (const std::string& name : *names) look_at_collection(name);
  }

  void look_at_collection(const std::string& name) {
    const std::string what = "collection " + name;
    const std::string again = fmt::format(
        "`muai kb remove --all --in {0}` and `muai kb add --in {0} PATH` make it anew", name);
    Result<Collection> collection =
        Collection::open(config_.data_dir(), name, CollectionAccess::Read);
    if (!collection) {
      add({what, Health::Bad, collection.error().message(), again});
      return;
    }
    const auto documents = collection->list();
    if (!documents) {
      add({what, Health::Bad, documents.error().message(), again});
      return;
    }
    std::error_code error;
    const fs::path file = config_.data_dir() / "collections" / (name + ".db");
    const std::uintmax_t bytes = fs::file_size(file, error);
    std::string detail = fmt::format("{}, {}", count_text(documents->size(), "document"),
                                     bytes_text(error ? 0 : static_cast<double>(bytes)));
    const bool whole = invocation_.arguments.has("--deep") || bytes <= kWholeCheckBytesMax;
    if (whole) {
      if (const Result<void> checked = collection->check_integrity(); !checked) {
        add({what, Health::Bad, checked.error().message(), again});
        return;
      }
      detail += ", every page read";
    } else {
      detail += "; --deep reads every page";
    }
    add({what, Health::Good, detail, ""});
  }

  void look_at_trace() {
    std::int64_t lines = 0;
    const Result<ReadCounts> counts =
        session_.traces().walk(WalkOrder::NewestFirst, [&](TraceRecord&& record) {
          if (lines == 0) newest_trace_ = record.timestamp;
          return ++lines < kTraceLinesMax ? Walk::Continue : Walk::Stop;
        });
    const std::string path = config_.trace_path().string();
    if (!counts) {
      add({"trace", Health::Bad, counts.error().message(),
           "set storage.traces_path to a folder of yours"});
    } else if (counts->damaged > 0) {
      add({"trace", Health::Warning,
           fmt::format("{}: {} cannot be read; the others can", path,
                       count_text(static_cast<std::size_t>(counts->damaged), "line")),
           ""});
    } else {
      add({"trace", Health::Good,
           fmt::format("{}: {}{}", path, lines == kTraceLinesMax ? "newest " : "",
                       count_text(static_cast<std::size_t>(lines), "line")),
           ""});
    }
  }

  // Opening finds workflow files and programs that are wrong.
  void look_at_engine() {
    Result<EngineOptions> options = session_.engine_options();
    if (!options) {
      add({"settings", Health::Bad, options.error().message(), ""});
      return;
    }
    options->trace.path.clear();
    const auto engine = Engine::open(*options);
    if (!engine) {
      add({"engine", Health::Bad, engine.error().message(), ""});
      return;
    }
    add({"engine", Health::Good,
         fmt::format("{}, {}, {}", count_text((*engine)->workflows().size(), "workflow"),
                     count_text((*engine)->steps().size(), "step"),
                     count_text((*engine)->tools().names().size(), "tool")),
         ""});
    if (options->providers.empty()) {
      add({"search", Health::Warning, "no provider is configured: only collections are searched",
           "name one under search.providers"});
    }
    options_ = *std::move(options);
    is_open_ = true;
  }

  void look_at_providers() {
    for (const ProviderOptions& provider : options_.providers) {
      const std::string what = "search " + provider.kind;
      const std::string place =
          provider.url.empty() ? std::string(default_provider_url(provider.kind)) : provider.url;
      if (options_.network == NetworkAccess::Offline && !is_on_this_machine(provider)) {
        add({what, Health::Skipped, place + ": not asked, because network.offline is true", ""});
        continue;
      }
      ask_provider(what, place, provider);
    }
  }

  // One small search, with nothing of the user's in it.
  void ask_provider(const std::string& what, const std::string& place,
                    const ProviderOptions& provider) {
    EngineOptions options = options_;
    options.providers = {provider};
    options.collections.clear();
    options.workflow_files.clear();
    options.deadline = kProviderPatience;
    options.on_notice = {};
    options.on_disclosure = [](std::string_view) {};
    const auto engine = Engine::open(std::move(options));
    if (!engine) {
      add({what, Health::Bad, engine.error().message(), "correct search.providers"});
      return;
    }
    const Result<json::value> answer =
        (*engine)->call_tool("web_search", json::object{{"query", "Debian"}, {"max_results", 1}},
                             invocation_.interrupt.token());
    if (!answer) {
      add({what, Health::Bad, fmt::format("{}: {}", place, answer.error().message()),
           remedy_of(answer.error(), provider)});
    } else {
      add({what, Health::Good,
           provider.key.place.empty()
               ? place + " answers"
               : fmt::format("{} answers; its key is in {}", place, provider.key.place),
           ""});
    }
  }

  // Messages of services name the setting; what remains is what a person may do besides.
  static std::string remedy_of(const Error& error, const ProviderOptions& provider) {
    switch (error.code()) {
      case ErrorCode::InvalidConfig:
        if (provider.kind == "searxng")
          return "in the server's settings.yml add json to search.formats; or correct the url";
        return provider.key.place.empty() ? "correct its entry under search.providers"
                                          : "put the key into " + provider.key.place;
      case ErrorCode::Refused:
      case ErrorCode::Upstream:
        return provider.kind == "searxng"
                   ? "if the server limits, set server.limiter: false in its settings.yml; or take "
                     "it out of search.providers"
                   : "wait, or name another provider under search.providers";
      case ErrorCode::Network:
      case ErrorCode::Timeout:
        return provider.url.empty() ? "check the connection; without one set network.offline: true"
                                    : "start the server, or correct its url under search.providers";
      default: return "correct its entry under search.providers";
    }
  }

  void look_at_models() {
    if (is_open_)
      for (Finding& finding : model_findings(options_, invocation_.interrupt.token()))
        add(std::move(finding));
  }

  void look_at_clock() {
    const double now = AsioLoop().unix_seconds();
    const std::string time = time_text(now) + " UTC";
    if (now < kYear2025) {
      add({"clock", Health::Bad, time + " is long ago: certificates will not be accepted",
           "set the clock"});
    } else if (newest_trace_ > now + kClockSlackSeconds) {
      add({"clock", Health::Warning, time + " is before the newest trace", "check the clock"});
    } else {
      add({"clock", Health::Good, time, ""});
    }
  }

  Invocation& invocation_;
  const Session& session_;
  const Config& config_;
  EngineOptions options_;
  bool is_open_ = false;  // the engine could be opened with the options
  double newest_trace_ = 0;
  std::vector<Finding> findings_;
};

Style style_of(Health health) {
  switch (health) {
    case Health::Good: return Style::Green;
    case Health::Skipped: return Style::Dim;
    case Health::Warning: return Style::Yellow;
    case Health::Bad: return Style::Red;
  }
  return Style::Plain;
}

void print_findings(Terminal& terminal, const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.what.size());
  for (const Finding& finding : findings) {
    const std::string health = pad_to_width(health_name(finding.health), 7);
    terminal.print(fmt::format("{}  {}  {}\n", terminal.styled(style_of(finding.health), health),
                               pad_to_width(shown_line(finding.what), width),
                               shown_line(finding.detail)));
    std::string_view remedy = finding.remedy;
    for (std::string_view arrow = "->"; !remedy.empty(); arrow = "  ") {
      const std::size_t end = std::min(remedy.find('\n'), remedy.size());
      terminal.print(fmt::format("{}  {} {}\n", std::string(9 + width, ' '), arrow,
                                 shown_line(remedy.substr(0, end))));
      remedy.remove_prefix(std::min(end + 1, remedy.size()));
    }
  }
}

json::value findings_json(const std::vector<Finding>& findings, bool healthy) {
  json::array checks;
  for (const Finding& finding : findings) {
    json::object check{{"name", to_valid_utf8(finding.what)},
                       {"status", health_name(finding.health)},
                       {"detail", to_valid_utf8(finding.detail)}};
    if (!finding.remedy.empty()) check["remedy"] = to_valid_utf8(finding.remedy);
    checks.push_back(std::move(check));
  }
  return {{"healthy", healthy}, {"checks", std::move(checks)}};
}

// Without settings nothing else can be looked at, but what is wrong with them is a finding, too.
std::vector<Finding> broken_config(const Error& error) {
  return {{"configuration", Health::Bad, error.message(), "correct it there; then run this again"}};
}

Result<ExitCode> run_doctor(Invocation& invocation) {
  const Result<Session> session = Session::open(invocation);
  const std::vector<Finding> findings =
      session ? Doctor(invocation, *session).findings() : broken_config(session.error());
  const bool healthy = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.health == Health::Bad; });
  if (invocation.wants_json()) {
    print_json(invocation.terminal, findings_json(findings, healthy));
  } else {
    print_findings(invocation.terminal, findings);
  }
  if (!session) return exit_code_of(session.error().code());
  return healthy ? ExitCode::Ok : ExitCode::Failed;
}

}  // namespace

std::vector<Command> doctor_commands() {
  return {{.name = "doctor",
           .summary = "Check the set-up and say what to change",
           .detail =
               "Configuration, folders, disk, collections, traces, search providers, models, "
               "clock. Each provider gets one small search, each endpoint of a model is asked "
               "what it offers; offline only those of this machine are asked. Exit code 1 when "
               "something is broken.",
           .flags = {{.names = "--deep", .meaning = "read every page of large collections, too"}},
           .run = run_doctor}};
}

}  // namespace muai
