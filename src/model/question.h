#pragma once

// What a question asks for, read from its words. Private to the extractive backend.

#include <string>
#include <string_view>
#include <vector>

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
};

Question read_question(std::string_view text);

// True when `sentence` holds something of that kind: a year for Time, a digit or number word for
// Number, a capitalised name for Person, and so on. Any is always true.
bool holds_answer_kind(std::string_view sentence, AnswerKind kind);

}  // namespace muai
