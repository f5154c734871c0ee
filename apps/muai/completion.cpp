// `muai completion SHELL`: scripts for bash, zsh and fish, made from the table of commands.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "muai/commands.h"

namespace muai {
namespace {

// "-n,--limit" -> "-n --limit".
std::string spaced(std::string_view names) {
  std::string text(names);
  for (char& c : text)
    if (c == ',') c = ' ';
  return text;
}

std::vector<const Flag*> all_flags(const Command& command) {
  std::vector<const Flag*> flags;
  flags.reserve(command.flags.size() + flags_of_every_command().size());
  for (const Flag& flag : command.flags) flags.push_back(&flag);
  for (const Flag& flag : flags_of_every_command()) flags.push_back(&flag);
  return flags;
}

std::string flag_words(const Command& command) {
  std::string words;
  for (const Flag* flag : all_flags(command)) words += spaced(flag->names) + ' ';
  return words;
}

std::string command_words() {
  std::string words;
  for (const Command& command : all_commands()) {
    const std::string word(command.name.substr(0, command.name.find(' ')));
    if ((' ' + words).find(' ' + word + ' ') == std::string::npos) words += word + ' ';
  }
  return words;
}

std::string second_words(std::string_view group) {
  std::string words;
  for (const Command& command : all_commands())
    if (command.name.starts_with(fmt::format("{} ", group)))
      words += fmt::format("{} ", command.name.substr(group.size() + 1));
  return words;
}

// First words of the commands of two words, each once.
std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const Command& command : all_commands()) {
    const std::size_t blank = command.name.find(' ');
    const std::string name(command.name.substr(0, blank));
    if (blank != std::string_view::npos &&
        std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  return names;
}

// bash looks the command up by its first two words, then by its first.
std::string bash_script() {
  std::string cases;
  for (const Command& command : all_commands())
    cases += fmt::format("    '{}') words='{}' ;;\n", command.name, flag_words(command));
  std::string groups;
  for (const std::string& group : group_names())
    groups += fmt::format("      {}) COMPREPLY+=($(compgen -W '{}' -- \"$word\")) ;;\n", group,
                          second_words(group));
  return fmt::format(
      R"(# bash completion of muai: source this file, or put it where bash-completion looks.
_muai() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ] && [[ $word != -* ]]; then
    COMPREPLY=($(compgen -W '{}' -- "$word"))
    return
  fi
  if [ "$COMP_CWORD" = 2 ] && [[ $word != -* ]]; then
    case ${{COMP_WORDS[1]}} in
{}    esac
  fi
  case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}" in
{}    *) case ${{COMP_WORDS[1]}} in
{}    esac ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY+=($(compgen -W "$words" -- "$word"))
  else
    COMPREPLY+=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _muai muai
)",
      command_words(), groups, cases, cases);
}

std::string zsh_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else if (c == '[' || c == ']' || c == ':')
      quoted += std::string("\\") + c;
    else
      quoted += c;
  }
  return quoted;
}

std::string zsh_flags(const Command& command) {
  std::string lines;
  for (const Flag* flag : all_flags(command)) {
    std::string_view names = flag->names;
    while (true) {
      const std::size_t comma = names.find(',');
      lines +=
          fmt::format(" \\\n        '*{}[{}]{}'", names.substr(0, comma), zsh_quoted(flag->meaning),
                      flag->value.empty() ? "" : fmt::format(":{}:_files", flag->value));
      if (comma == std::string_view::npos) break;
      names.remove_prefix(comma + 1);
    }
  }
  return lines;
}

std::string zsh_script() {
  std::string cases;
  for (const Command& command : all_commands())
    cases += fmt::format("    '{}') _arguments{} '*:argument:_files' ;;\n", command.name,
                         zsh_flags(command));
  std::string groups;
  for (const std::string& group : group_names())
    groups += fmt::format("    {}) group_words=({}) ;;\n", group, second_words(group));
  return fmt::format(R"(#compdef muai
# zsh completion of muai: put this file as _muai into a folder of $fpath.
_muai() {{
  local name="$words[2]"
  if (( CURRENT == 2 )); then
    compadd -- {}
    return
  fi
  local group_words=()
  case $name in
{}  esac
  if (( CURRENT == 3 )) && (( $#group_words )); then
    compadd -- $group_words
  fi
  [[ -n ${{group_words[(r)$words[3]]}} ]] && name="$name $words[3]"
  case $name in
{}  esac
}}
_muai "$@"
)",
                     command_words(), groups, cases);
}

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("\\'") : std::string(1, c);
  return quoted + "'";
}

std::string fish_flag(std::string_view condition, const Flag& flag) {
  std::string line = fmt::format("complete -c muai -n {}", fish_quoted(condition));
  std::string_view names = flag.names;
  while (true) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    line += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                   : fmt::format(" -s {}", name.substr(1));
    if (comma == std::string_view::npos) break;
    names.remove_prefix(comma + 1);
  }
  return fmt::format("{}{} -d {}\n", line, flag.value.empty() ? "" : " -r",
                     fish_quoted(flag.meaning));
}

std::string fish_script() {
  std::string script = "# fish completion of muai: put this file into a completions folder.\n";
  for (const Command& command : all_commands()) {
    const std::size_t blank = command.name.find(' ');
    const std::string_view first = command.name.substr(0, blank);
    std::string condition = fmt::format("__fish_seen_subcommand_from {}", first);
    if (blank == std::string_view::npos) {
      script += fmt::format("complete -c muai -n __fish_use_subcommand -a {} -d {}\n", first,
                            fish_quoted(command.summary));
    } else {
      const std::string_view second = command.name.substr(blank + 1);
      script += fmt::format("complete -c muai -n __fish_use_subcommand -a {}\n", first);
      script += fmt::format("complete -c muai -n {} -a {} -d {}\n", fish_quoted(condition), second,
                            fish_quoted(command.summary));
      condition += fmt::format("; and __fish_seen_subcommand_from {}", second);
    }
    for (const Flag& flag : command.flags) script += fish_flag(condition, flag);
  }
  for (const Flag& flag : flags_of_every_command()) script += fish_flag("true", flag);
  return script;
}

Result<ExitCode> run_completion(Invocation& invocation) {
  const std::string shell = invocation.arguments.value("SHELL");
  if (shell == "bash") {
    invocation.terminal.print(bash_script());
  } else if (shell == "zsh") {
    invocation.terminal.print(zsh_script());
  } else if (shell == "fish") {
    invocation.terminal.print(fish_script());
  } else {
    return fail(ErrorCode::InvalidInput,
                fmt::format("no completion for '{}'; there are bash, zsh and fish", shell));
  }
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> completion_commands() {
  return {
      {.name = "completion",
       .summary = "Print the completion script of a shell",
       .detail =
           "For example: muai completion bash > ~/.local/share/bash-completion/completions/muai",
       .positionals = {{.name = "SHELL", .meaning = "bash, zsh or fish"}},
       .run = run_completion}};
}

}  // namespace muai
