#pragma once

// Command: one row of the table that the command line, the help pages and the completions of the
// shells are made from. To add a command: write its file, declare its rows in commands.h, and list
// them in commands.cpp.
//
// Rows are plain values that live as long as the program.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/interrupt.h"
#include "muai/core/result.h"
#include "muai/exit_code.h"
#include "muai/terminal.h"

namespace muai {

enum class Repeat { Once, Many };

// What the shells complete after a flag or in place of an argument.
enum class Completes { Nothing, Path, Collection, Workflow };

struct Flag {
  std::string_view names;       // "-n,--limit"; the last is the one it is asked for by
  std::string_view value = {};  // "N", "PATH", "text|json"; empty: a switch
  std::string_view meaning = {};
  Repeat repeat = Repeat::Once;
  Completes completes = Completes::Nothing;
};

enum class Presence { Required, Optional };

struct Positional {
  std::string_view name;  // "QUESTION"
  std::string_view meaning = {};
  Presence presence = Presence::Required;
  Repeat repeat = Repeat::Once;
  Completes completes = Completes::Nothing;
};

// What was given on the command line, by the names of the rows.
class Arguments {
 public:
  bool has(std::string_view name) const { return values_.contains(name); }
  // The last value given; empty when there is none.
  std::string value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  // InvalidInput when it is not a whole number in the range.
  Result<std::int64_t> number(std::string_view name, std::int64_t fallback, std::int64_t least = 1,
                              std::int64_t most = 1'000'000) const;

  void add(std::string_view name, std::string value);
  void add_switch(std::string_view name);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Invocation {
  const Arguments& arguments;
  Terminal& terminal;
  Interrupt& interrupt;

  bool wants_json() const { return arguments.has("--json"); }
};

struct Command {
  std::string_view name;         // "kb add": at most two words
  std::string_view summary;      // one line, without a final stop
  std::string_view detail = {};  // further paragraphs of the help page
  std::vector<Positional> positionals = {};
  std::vector<Flag> flags = {};
  // An error is printed by the caller, once, and decides the exit code.
  Result<ExitCode> (*run)(Invocation& invocation) = nullptr;
};

}  // namespace muai
