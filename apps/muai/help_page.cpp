#include "muai/help_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "muai/commands.h"
#include "muai/text/width.h"

namespace muai {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLeftMax = 26;  // a longer left side gets a line of its own

using Row = std::pair<std::string, std::string>;

std::string two_columns(const std::vector<Row>& rows) {
  std::size_t left = 0;
  for (const Row& row : rows) left = std::max(left, std::min(row.first.size(), kLeftMax));
  const std::string margin(left + 4, ' ');
  std::string page;
  for (const Row& row : rows) {
    const std::vector<std::string> lines = wrap_to_width(row.second, kColumns - margin.size());
    page += fmt::format("  {:<{}}", row.first, left);
    if (row.first.size() > left) page += "\n" + margin.substr(2);
    for (std::size_t i = 0; i < lines.size(); ++i)
      page += (i == 0 ? "  " : "\n" + margin) + lines[i];
    page += '\n';
  }
  return page;
}

std::string flag_text(const Flag& flag) {
  std::string text;
  for (const char c : flag.names) {
    text += c;
    if (c == ',') text += ' ';
  }
  if (!flag.names.starts_with("--") && flag.names.find(',') == std::string_view::npos)
    return flag.value.empty() ? text : fmt::format("{} {}", text, flag.value);
  return flag.value.empty() ? text : fmt::format("{} {}", text, flag.value);
}

std::vector<Row> flag_rows(std::span<const Flag> flags) {
  std::vector<Row> rows;
  for (const Flag& flag : flags) {
    const std::string_view again = flag.repeat == Repeat::Many ? " (may be repeated)" : "";
    rows.emplace_back(flag_text(flag), fmt::format("{}{}", flag.meaning, again));
  }
  return rows;
}

std::string usage_of(const Command& command) {
  std::string usage = fmt::format("muai {}", command.name);
  for (const Positional& positional : command.positionals) {
    std::string name(positional.name);
    if (positional.repeat == Repeat::Many) name += "...";
    usage += positional.presence == Presence::Required ? " " + name : fmt::format(" [{}]", name);
  }
  return usage;
}

}  // namespace

std::string overview_page() {
  std::vector<Row> rows;
  for (const Command& command : all_commands())
    rows.emplace_back(command.name, std::string(command.summary));
  return fmt::format(
      "Answers from your documents or the web, every sentence cited.\n\n"
      "usage: muai \"QUESTION\"\n"
      "       muai COMMAND [ARGUMENTS]\n\n{}\n"
      "`muai COMMAND --help` says more; `muai --version` says which version this is.\n",
      two_columns(rows));
}

std::string group_page(std::string_view group) {
  std::vector<Row> rows;
  for (const Command& command : all_commands())
    if (command.name.starts_with(fmt::format("{} ", group)))
      rows.emplace_back(usage_of(command), std::string(command.summary));
  return two_columns(rows);
}

std::string command_page(const Command& command) {
  std::string page = fmt::format("{}.\n\nusage: {}{}\n", command.summary, usage_of(command),
                                 command.flags.empty() ? "" : " [FLAGS]");
  if (!command.detail.empty()) {
    page += '\n';
    for (const std::string& line : wrap_to_width(command.detail, kColumns)) page += line + '\n';
  }
  std::vector<Row> positionals;
  for (const Positional& positional : command.positionals)
    if (!positional.meaning.empty())
      positionals.emplace_back(positional.name, std::string(positional.meaning));
  if (!positionals.empty()) page += "\n" + two_columns(positionals);
  if (!command.flags.empty()) page += "\nflags:\n" + two_columns(flag_rows(command.flags));
  return page + "\nflags of every command:\n" + two_columns(flag_rows(flags_of_every_command()));
}

}  // namespace muai
