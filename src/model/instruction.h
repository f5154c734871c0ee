#pragma once

// What makes a sentence an instruction: an answer to "how do I ...". Private to the extractive
// backend.

#include <string>
#include <string_view>

#include "model/question.h"

namespace muai {

// Reads what a "how do I" question wants done; sets `asks_how`, `action` and `compounds`.
void read_task(std::string_view text, Question& question);

// What the sentence says of the deed that is asked for.
enum class ActionUse {
  None,
  Beside,  // as something that is done: "installed packages", "when installing", 已安装的
  Told,    // as something to do
};
ActionUse action_use(std::string_view sentence, const Question& question);

// How plainly a sentence tells a way, whatever the way leads to: 0 where it does not ("Creates an
// environment"), 1 where it names a command, a tool or a step ("is done by", "run", 可以用 apt).
double instructs(std::string_view sentence, const Question& question);

// The way as texts that are no manuals tell it: what should, must or had better be done, an order
// ("Spread a paste over the inside"), one thing after the other (先…再).
bool advises(std::string_view sentence);

// How much of the question is the purpose of the sentence: "To create a virtual environment, run",
// 要安装软件包，请使用. From 0, which is also the answer where it states no purpose, to 1.
double purpose_share(std::string_view sentence, const Question& question);

// "For more information, see section 6.2", 请参阅: where an answer may stand, not what it is.
bool only_refers(std::string_view sentence);

// A line of a terminal: "$ ls", "# apt update", ">>> import os", "(env) $ pip list".
bool is_prompt_line(std::string_view line);

}  // namespace muai
