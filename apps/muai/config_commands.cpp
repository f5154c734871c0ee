// `muai config show|trust|path`: which settings hold, and where each came from.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/core/json.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/width.h"

namespace muai {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

// What Config reads in a working folder.
constexpr std::array<std::string_view, 3> kFilesHere = {"config/system.yaml", "config/models.yaml",
                                                        "config/phase_b/models.yaml"};

Result<ExitCode> show_config(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) {
    json::array settings;
    for (const SettingValue& setting : session.config().settings()) {
      MUAI_TRY(json::value value, parse_json(setting.value));
      settings.push_back({{"name", setting.name},
                          {"value", std::move(value)},
                          {"origin", setting.origin},
                          {"meaning", setting.meaning}});
    }
    print_json(terminal, json::object{{"settings", std::move(settings)}});
    return ExitCode::Ok;
  }
  std::size_t width = 0;
  for (const SettingValue& setting : session.config().settings())
    width = std::max(width, setting.name.size());
  for (const SettingValue& setting : session.config().settings()) {
    terminal.print(
        fmt::format("{}  {}\n", pad_to_width(setting.name, width), shown_line(setting.value)));
    if (!invocation.arguments.has("--origin")) continue;
    const std::string line =
        fmt::format("{}  from {}", std::string(width, ' '), shown_line(setting.origin));
    terminal.print(terminal.styled(Style::Dim, line) + '\n');
  }
  return ExitCode::Ok;
}

Result<ExitCode> show_paths(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  const Config& config = session.config();
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) {
    json::array files;
    for (const fs::path& file : config.files()) files.emplace_back(file.string());
    print_json(terminal, json::object{{"files", std::move(files)},
                                      {"data_dir", config.data_dir().string()},
                                      {"trace", config.trace_path().string()}});
    return ExitCode::Ok;
  }
  for (const fs::path& file : config.files())
    terminal.print(fmt::format("config  {}\n", shown_line(file.string())));
  if (config.files().empty())
    terminal.print("config  none: everything is built in (`muai config show`)\n");
  terminal.print(fmt::format("data    {}\n", shown_line(config.data_dir().string())));
  terminal.print(fmt::format("trace   {}\n", shown_line(config.trace_path().string())));
  return ExitCode::Ok;
}

Result<ExitCode> trust_config(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  std::error_code error;
  const fs::path folder = fs::current_path(error);
  json::array trusted;
  for (const std::string_view name : kFilesHere) {
    const fs::path file = folder / name;
    if (!fs::exists(file, error)) continue;
    MUAI_TRY_VOID(session.config().trust(file));
    trusted.emplace_back(file.string());
    if (!invocation.wants_json())
      invocation.terminal.print(fmt::format(
          "{} may now set everything, as long as it stays as it is\n", shown_line(file.string())));
  }
  if (trusted.empty()) {
    return fail(ErrorCode::NotFound, fmt::format("there is no {} in this folder; nothing to trust",
                                                 fmt::join(kFilesHere, " and no ")));
  }
  if (invocation.wants_json())
    print_json(invocation.terminal, json::object{{"trusted", std::move(trusted)}});
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> config_commands() {
  return {
      {.name = "config show",
       .summary = "Show every setting",
       .detail = "Strongest first: flags, MUAI_* variables, --config FILE, ./config/system.yaml, "
                 "$XDG_CONFIG_HOME/muai/config.yaml, /etc/muai/config.yaml, built in.",
       .flags = {{.names = "--origin", .meaning = "say where each value came from"}},
       .run = show_config},
      {.name = "config path",
       .summary = "Say which files are read and where data and traces lie",
       .run = show_paths},
      {.name = "config trust",
       .summary = "Let this folder's configuration set everything",
       .detail = "config/system.yaml and models files found in the working directory may not name "
                 "programs, servers, models or workflow files before you trust them. Read them "
                 "first. When a file changes, its trust is gone.",
       .run = trust_config},
  };
}

}  // namespace muai
