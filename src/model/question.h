#pragma once

// What a question asks for, read from its words. Private to the extractive backend.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/answer_cues.h"

namespace muai {

// The kind of thing that would answer it.
enum class AnswerKind {
  Any,
  Person,
  Place,
  Time,
  Number,
  Reason,
  Way,         // how to do something
  Definition,  // what is X
};

struct Question {
  std::string text;
  AnswerKind kind = AnswerKind::Any;
  // Content terms in order, as the tokenizer gives them; without stop words unless nothing else
  // is left. Repeats are dropped.
  std::vector<std::string> terms;
  // The words of the question that name something in particular: capitalised inside a sentence,
  // holding a digit, or an identifier.
  struct Name {
    std::vector<std::string> terms;
  };
  std::vector<Name> names;
  // The terms of what a "which", "how many" or 哪个 asks for: "which COUNTRY", 什么引擎.
  std::vector<std::string> focus;
  AnswerCues cues;        // what it asks for by its words
  bool asks_how = false;  // by someone who wants to do it: "how do I", 如何 at the beginning
  // What is to be done, of "how do I INSTALL a package": the terms of the verb.
  std::vector<std::string> action;
  // Nouns that stand together and mean something only so: "database user". English only.
  std::vector<std::pair<std::string, std::string>> compounds;
  bool wants_list = false;  // steps, kinds, all of something: a list answers as a whole
};

Question read_question(std::string_view text);

// True when `sentence` holds something of that kind: a year for Time, a digit or number word for
// Number, a capitalised name for Person, and so on. Any is always true.
bool holds_answer_kind(std::string_view sentence, AnswerKind kind);

// Whether `passage` can answer at all: a point in time where one is asked for, a number for "how
// many", a word of contrast for a difference. True for other questions.
bool can_answer(std::string_view passage, const Question& question);

// "X is ...", "X means ...", "X是..." with X of the question, near the start of the sentence.
bool defines(std::string_view sentence, const Question& question);

// How well a sentence says what the thing asked for is or does: 1 when exactly that is its subject
// ("A tablespace allows ...", "VACUUM reclaims ..."), less for verbs that promise less ("can"), 0.5
// when it `defines` in a looser way, below 0 when it goes on from a definition ("also"), else 0.
double definition_strength(std::string_view sentence, const Question& question);

}  // namespace muai
