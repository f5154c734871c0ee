// The only source that knows CLI11. The command is found first, from the table; CLI11 then parses
// the rest of the line with the flags of that command alone.

#include "muai/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <limits>
#include <list>
#include <utility>

#include "muai/commands.h"
#include "muai/core/nearest.h"
#include "muai/help_page.h"

namespace muai {
namespace {

constexpr std::string_view kQuestionCommand = "ask";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

const Command* find_command(std::string_view name) {
  for (const Command& command : all_commands())
    if (command.name == name) return &command;
  return nullptr;
}

// The second words of the commands that begin with `group`.
std::vector<std::string_view> words_of_group(std::string_view group) {
  std::vector<std::string_view> words;
  for (const Command& command : all_commands())
    if (command.name.starts_with(group) && command.name.substr(group.size()).starts_with(' '))
      words.push_back(command.name.substr(group.size() + 1));
  return words;
}

std::vector<std::string_view> first_words() {
  std::vector<std::string_view> words;
  for (const Command& command : all_commands()) {
    const std::string_view word = command.name.substr(0, command.name.find(' '));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

bool takes_value(std::string_view name) {
  const auto is_valued = [&](const Flag& flag) {
    if (flag.value.empty()) return false;
    const std::vector<std::string_view> names = split(flag.names, ',');
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (std::ranges::any_of(flags_of_every_command(), is_valued)) return true;
  return std::ranges::any_of(all_commands(), [&](const Command& command) {
    return std::ranges::any_of(command.flags, is_valued);
  });
}

// Positions of the first two words that are neither flags nor values of flags, as far as there are.
std::vector<std::size_t> first_positionals(std::span<const std::string_view> arguments) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < arguments.size() && found.size() < 2; ++i) {
    if (arguments[i] == "--") break;
    if (arguments[i].size() < 2 || arguments[i][0] != '-') {
      found.push_back(i);
    } else if (takes_value(arguments[i])) {
      ++i;
    }
  }
  return found;
}

struct FoundCommand {
  const Command* command = nullptr;
  std::vector<std::string> rest;  // the line without the words of the command
  std::optional<std::string> help;
};

std::vector<std::string> without(std::span<const std::string_view> arguments,
                                 std::span<const std::size_t> positions) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (std::find(positions.begin(), positions.end(), i) == positions.end())
      rest.emplace_back(arguments[i]);
  return rest;
}

bool asks_for_help(std::span<const std::string_view> arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

Result<FoundCommand> find_in_group(std::span<const std::string_view> arguments,
                                   std::string_view group, std::span<const std::string_view> words,
                                   std::span<const std::size_t> positions) {
  if (asks_for_help(arguments)) return FoundCommand{.help = group_page(group)};
  if (positions.size() < 2) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("`muai {}` needs one of: {}", group, fmt::join(words, ", ")));
  }
  const std::string_view word = arguments[positions[1]];
  return fail(ErrorCode::InvalidInput, fmt::format("there is no command `muai {} {}`; {}", group,
                                                   word, did_you_mean(word, words)));
}

// `muai help [COMMAND]`.
Result<FoundCommand> find_help(std::span<const std::string_view> arguments) {
  if (arguments.empty()) return FoundCommand{.help = overview_page()};
  const std::string name = fmt::format("{}", fmt::join(arguments, " "));
  if (const Command* command = find_command(name))
    return FoundCommand{.help = command_page(*command)};
  if (!words_of_group(name).empty()) return FoundCommand{.help = group_page(name)};
  return fail(ErrorCode::InvalidInput,
              fmt::format("there is no command '{}'; {}", name, did_you_mean(name, first_words())));
}

// Whether `second` is, or nearly is, a word of the group that `first` may have meant.
bool is_mistyped_pair(std::string_view first, std::string_view second) {
  for (const std::string& group : nearest(first, first_words())) {
    const std::vector<std::string_view> words = words_of_group(group);
    if (!nearest(second, words).empty()) return true;
  }
  return false;
}

// What looks like a mistyped command is not taken for a question.
Result<void> check_question(std::span<const std::string_view> words) {
  const std::string_view first = words[0];
  if (first.find_first_of(" ?") != std::string_view::npos) return {};
  if (words.size() > 1 && !is_mistyped_pair(first, words[1])) return {};
  const std::vector<std::string_view> known = first_words();
  if (nearest(first, known).empty()) return {};
  return fail(ErrorCode::InvalidInput,
              fmt::format("there is no command '{0}'; {1} (to ask it as a question: muai ask {0})",
                          first, did_you_mean(first, known)));
}

Result<FoundCommand> find_command_in(std::span<const std::string_view> arguments) {
  const std::vector<std::size_t> positions = first_positionals(arguments);
  const std::span<const std::size_t> all(positions);
  if (!positions.empty()) {
    const std::string_view first = arguments[positions[0]];
    if (first == "help") return find_help(arguments.subspan(positions[0] + 1));
    if (positions.size() == 2) {
      const std::string two = fmt::format("{} {}", first, arguments[positions[1]]);
      if (const Command* command = find_command(two))
        return FoundCommand{command, without(arguments, all), {}};
    }
    if (const Command* command = find_command(first))
      return FoundCommand{command, without(arguments, all.first(1)), {}};
    if (const auto words = words_of_group(first); !words.empty())
      return find_in_group(arguments, first, words, all);
    std::vector<std::string_view> two_words = {first};
    if (positions.size() > 1) two_words.push_back(arguments[positions[1]]);
    MUAI_TRY_VOID(check_question(two_words));
  } else if (asks_for_help(arguments)) {
    return FoundCommand{.help = overview_page()};
  }
  return FoundCommand{find_command(kQuestionCommand), without(arguments, {}), {}};
}

// The name that a command asks for: the last of "-n,--limit".
std::string_view main_name(const Flag& flag) { return split(flag.names, ',').back(); }

Result<void> check_choice(std::string_view name, std::string_view choices,
                          const std::vector<std::string>& given) {
  if (choices.find('|') == std::string_view::npos) return {};
  const std::vector<std::string_view> known = split(choices, '|');
  for (const std::string& value : given) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      return fail(ErrorCode::InvalidInput,
                  fmt::format("{} '{}': {}", name, value, did_you_mean(value, known)));
  }
  return {};
}

// Holds what CLI11 writes into while it parses one line.
class LineParser {
 public:
  explicit LineParser(const Command& command) : command_(command) {
    app_.set_help_flag();
    app_.allow_extras();
    for (const Flag& flag : command.flags) add(flag);
    for (const Flag& flag : flags_of_every_command()) add(flag);
    for (const Positional& positional : command.positionals) add(positional);
  }

  Result<Arguments> parse(std::vector<std::string> rest) {
    std::reverse(rest.begin(), rest.end());  // as CLI11 wants it
    try {
      app_.parse(std::move(rest));
    } catch (const CLI::ParseError& error) {
      return fail(ErrorCode::InvalidInput, fmt::format("{}; see {}", error.what(), help_line()));
    }
    MUAI_TRY_VOID(check_rest());
    Arguments arguments;
    for (const Slot& slot : slots_) {
      if (slot.option->count() == 0) continue;
      if (slot.is_switch) arguments.add_switch(slot.name);
      MUAI_TRY_VOID(check_choice(slot.name, slot.choices, slot.values));
      for (const std::string& value : slot.values) arguments.add(slot.name, value);
    }
    if (arguments.has("--help")) return arguments;
    for (const Positional& positional : command_.positionals) {
      if (positional.presence == Presence::Required && !arguments.has(positional.name))
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} is missing; see {}", positional.name, help_line()));
    }
    return arguments;
  }

 private:
  struct Slot {
    std::string name;
    std::string_view choices;
    bool is_switch = false;
    std::vector<std::string> values = {};
    CLI::Option* option = nullptr;
  };

  std::string help_line() const { return fmt::format("`muai {} --help`", command_.name); }

  void add(const Flag& flag) {
    Slot& slot = slots_.emplace_back(Slot{.name = std::string(main_name(flag)),
                                          .choices = flag.value,
                                          .is_switch = flag.value.empty()});
    if (slot.is_switch) {
      slot.option = app_.add_flag(std::string(flag.names));
    } else {
      slot.option = app_.add_option(std::string(flag.names), slot.values)
                        ->expected(1, std::numeric_limits<int>::max())
                        ->allow_extra_args(false);
    }
  }

  void add(const Positional& positional) {
    Slot& slot = slots_.emplace_back(Slot{.name = std::string(positional.name), .choices = {}});
    slot.option = app_.add_option(slot.name, slot.values);
    if (positional.repeat == Repeat::Once) slot.option->expected(1)->allow_extra_args(false);
  }

  // What belongs to no flag and no positional.
  Result<void> check_rest() const {
    const std::vector<std::string> rest = app_.remaining();
    if (rest.empty()) return {};
    const std::string& odd = rest.front();
    if (!odd.starts_with('-')) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("'{}' is one argument too many; see {}", odd, help_line()));
    }
    std::vector<std::string_view> known;
    for (const Slot& slot : slots_)
      if (slot.name.starts_with('-')) known.push_back(slot.name);
    return fail(ErrorCode::InvalidInput, fmt::format("`muai {}` has no flag {}; {}", command_.name,
                                                     odd, did_you_mean(odd, known)));
  }

  const Command& command_;
  CLI::App app_;
  std::list<Slot> slots_;  // CLI11 keeps references into them
};

}  // namespace

std::string Arguments::value(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() || it->second.empty() ? std::string() : it->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

Result<std::int64_t> Arguments::number(std::string_view name, std::int64_t fallback,
                                       std::int64_t least, std::int64_t most) const {
  if (!has(name)) return fallback;
  const std::string text = value(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("{} '{}': expected a whole number from {} to {}", name, text, least, most));
  }
  return number;
}

void Arguments::add(std::string_view name, std::string value) {
  values_[std::string(name)].push_back(std::move(value));
}

void Arguments::add_switch(std::string_view name) { values_[std::string(name)]; }

namespace {

// The earlier program's `--model-info [NAME]`: all models, or one.
std::vector<std::string_view> without_earlier_flags(std::span<const std::string_view> arguments) {
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  const auto flag = std::find(words.begin(), words.end(), "--model-info");
  if (flag == words.end()) return words;
  const auto name = flag + 1;
  const bool named = name != words.end() && !name->starts_with('-');
  *flag = named ? "show" : "list";
  words.insert(flag, "model");
  return words;
}

}  // namespace

Result<ParsedLine> parse_command_line(std::span<const std::string_view> given) {
  const std::vector<std::string_view> arguments = without_earlier_flags(given);
  MUAI_TRY(FoundCommand found, find_command_in(arguments));
  ParsedLine line{.command = found.command, .help = std::move(found.help)};
  if (line.help) return line;
  LineParser parser(*found.command);
  MUAI_TRY(line.arguments, parser.parse(std::move(found.rest)));
  if (line.arguments.has("--help")) line.help = command_page(*found.command);
  return line;
}

}  // namespace muai
