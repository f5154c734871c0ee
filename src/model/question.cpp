#include "model/question.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <unordered_set>

#include "model/instruction.h"
#include "model/word_forms.h"
#include "muai/text/fold.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

// Word lists and shapes, no parsing: what a question asks for shows in its cue words ("how many",
// 谁), and what a sentence offers shows in digits, capitals and a few words of its language.

namespace muai {
namespace {

struct Cue {
  std::string_view words;
  AnswerKind kind;
};

// Longer cues stand before shorter ones that they contain.
constexpr std::array kEnglishCues = {
    Cue{"how many", AnswerKind::Number},      Cue{"how much", AnswerKind::Number},
    Cue{"how long", AnswerKind::Number},      Cue{"how old", AnswerKind::Number},
    Cue{"how far", AnswerKind::Number},       Cue{"how often", AnswerKind::Number},
    Cue{"how large", AnswerKind::Number},     Cue{"how big", AnswerKind::Number},
    Cue{"how tall", AnswerKind::Number},      Cue{"how fast", AnswerKind::Number},
    Cue{"how high", AnswerKind::Number},      Cue{"how wide", AnswerKind::Number},
    Cue{"how deep", AnswerKind::Number},      Cue{"what percent", AnswerKind::Number},
    Cue{"how heavy", AnswerKind::Number},     Cue{"what percentage", AnswerKind::Number},
    Cue{"what number", AnswerKind::Number},   Cue{"what year", AnswerKind::Time},
    Cue{"which year", AnswerKind::Time},      Cue{"what date", AnswerKind::Time},
    Cue{"what day", AnswerKind::Time},        Cue{"what month", AnswerKind::Time},
    Cue{"what century", AnswerKind::Time},    Cue{"what time", AnswerKind::Time},
    Cue{"what decade", AnswerKind::Time},     Cue{"when", AnswerKind::Time},
    Cue{"whom", AnswerKind::Person},          Cue{"whose", AnswerKind::Person},
    Cue{"who", AnswerKind::Person},           Cue{"where", AnswerKind::Place},
    Cue{"what country", AnswerKind::Place},   Cue{"what city", AnswerKind::Place},
    Cue{"which country", AnswerKind::Place},  Cue{"which city", AnswerKind::Place},
    Cue{"why", AnswerKind::Reason},           Cue{"what reason", AnswerKind::Reason},
    Cue{"how do i", AnswerKind::Way},         Cue{"how to", AnswerKind::Way},
    Cue{"how can", AnswerKind::Way},          Cue{"how do you", AnswerKind::Way},
    Cue{"what is a", AnswerKind::Definition}, Cue{"what is an", AnswerKind::Definition},
    Cue{"what are", AnswerKind::Definition},  Cue{"what does", AnswerKind::Definition},
    Cue{"what is the", AnswerKind::Any},      Cue{"what is", AnswerKind::Definition},
};

constexpr std::array kChineseCues = {
    Cue{"为什么", AnswerKind::Reason},     Cue{"為什麼", AnswerKind::Reason},
    Cue{"为何", AnswerKind::Reason},       Cue{"為何", AnswerKind::Reason},
    Cue{"原因", AnswerKind::Reason},       Cue{"什么时候", AnswerKind::Time},
    Cue{"什麼時候", AnswerKind::Time},     Cue{"何时", AnswerKind::Time},
    Cue{"何時", AnswerKind::Time},         Cue{"哪年", AnswerKind::Time},
    Cue{"哪一年", AnswerKind::Time},       Cue{"几年", AnswerKind::Time},
    Cue{"幾年", AnswerKind::Time},         Cue{"哪一天", AnswerKind::Time},
    Cue{"哪天", AnswerKind::Time},         Cue{"几月", AnswerKind::Time},
    Cue{"多少", AnswerKind::Number},       Cue{"几个", AnswerKind::Number},
    Cue{"幾個", AnswerKind::Number},       Cue{"几", AnswerKind::Number},
    Cue{"幾", AnswerKind::Number},         Cue{"多长", AnswerKind::Number},
    Cue{"多長", AnswerKind::Number},       Cue{"多大", AnswerKind::Number},
    Cue{"多高", AnswerKind::Number},       Cue{"多久", AnswerKind::Number},
    Cue{"谁", AnswerKind::Person},         Cue{"誰", AnswerKind::Person},
    Cue{"何人", AnswerKind::Person},       Cue{"哪位", AnswerKind::Person},
    Cue{"哪里", AnswerKind::Place},        Cue{"哪裡", AnswerKind::Place},
    Cue{"哪儿", AnswerKind::Place},        Cue{"何处", AnswerKind::Place},
    Cue{"何處", AnswerKind::Place},        Cue{"哪个国家", AnswerKind::Place},
    Cue{"哪個國家", AnswerKind::Place},    Cue{"哪个城市", AnswerKind::Place},
    Cue{"怎么", AnswerKind::Way},          Cue{"怎麼", AnswerKind::Way},
    Cue{"怎样", AnswerKind::Way},          Cue{"如何", AnswerKind::Way},
    Cue{"是什么", AnswerKind::Definition}, Cue{"是什麼", AnswerKind::Definition},
    Cue{"什么是", AnswerKind::Definition}, Cue{"什麼是", AnswerKind::Definition},
};

// "When should I use an index?" asks for a condition, not for a date.
bool asks_for_condition(std::string_view folded) {
  static constexpr std::string_view kCues[] = {
      "when should", "when to ",   "when can ",  "when must", "when do i ",
      "when do you", "when would", "when is it", "时候应",    "时候该",
      "时候可",      "时候需",     "时候用",     "时候使",    "时候要",
      "何时应",      "何时使",     "何时用",     "何时需"};
  return std::any_of(std::begin(kCues), std::end(kCues), [&](std::string_view cue) {
    return folded.find(cue) != std::string_view::npos;
  });
}

AnswerKind kind_of(std::string_view text) {
  const std::string folded = fold(text);
  if (has_cjk(folded)) {
    for (const Cue& cue : kChineseCues)
      if (folded.find(cue.words) != std::string::npos)
        return cue.kind == AnswerKind::Time && asks_for_condition(folded) ? AnswerKind::Any
                                                                          : cue.kind;
    return AnswerKind::Any;
  }
  // The earliest cue that stands as whole words decides; at one place, the first of the table.
  std::size_t best_at = std::string::npos;
  AnswerKind best = AnswerKind::Any;
  const std::string padded = " " + folded + " ";
  for (const Cue& cue : kEnglishCues) {
    const std::size_t at = padded.find(" " + std::string(cue.words) + " ");
    if (at < best_at) {
      best_at = at;
      best = cue.kind;
    }
  }
  return best == AnswerKind::Time && asks_for_condition(padded) ? AnswerKind::Any : best;
}

// "What are the steps", "which isolation levels are there", 有哪些步骤.
bool wants_list(std::string_view text, AnswerKind kind) {
  if (kind == AnswerKind::Way) return true;
  static constexpr std::string_view kEnglish[] = {
      " what are ", " which are ", " steps ",   " ways ",     " types of ",
      " kinds of ", " options ",   " list of ", " list the ", " levels "};
  static constexpr std::string_view kChinese[] = {"哪些", "哪几", "步骤", "步驟", "几种", "幾種"};
  const std::string folded = " " + fold(text) + " ";
  const auto holds = [&](std::string_view cue) { return folded.find(cue) != std::string::npos; };
  return has_cjk(text) ? std::any_of(std::begin(kChinese), std::end(kChinese), holds)
                       : std::any_of(std::begin(kEnglish), std::end(kEnglish), holds);
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A word that names something in particular, wherever it stands except at the start of a sentence
// (where every word is capitalised).
bool names_something(std::string_view word, bool starts_sentence) {
  if (std::any_of(word.begin(), word.end(), is_digit)) return true;
  if (word.find_first_of("_.") != std::string_view::npos) return true;  // os.path, max_wal_size
  const auto inner = word.substr(1);
  if (std::any_of(inner.begin(), inner.end(), is_upper)) return true;  // camelCase, SQL
  return !starts_sentence && !word.empty() && is_upper(word[0]);
}

// Terms without the parts of identifiers: max_connections counts once, not three times. A part is a
// token inside the one before it.
std::vector<std::string> whole_terms(std::string_view text) {
  std::vector<std::string> terms;
  std::size_t whole_end = 0;
  for_each_token(text,
                 [&](const Token& token) {
                   if (token.span.end <= whole_end) return;
                   whole_end = token.span.end;
                   terms.emplace_back(base_form(token.term));
                 },
                 {.stop_words = StopWords::Drop});
  return terms;
}

void add_names(std::string_view text, Question& question) {
  std::size_t begin = 0;
  bool starts_sentence = true;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    while (!word.empty() && std::string_view("\"'([{`").contains(word.front()))
      word.remove_prefix(1);
    while (!word.empty() && std::string_view("\"')]}`.,;:?!").contains(word.back()))
      word.remove_suffix(1);
    if (word.empty()) continue;
    const bool named = !has_cjk(word) && names_something(word, starts_sentence);
    starts_sentence = false;
    if (!named) continue;
    std::vector<std::string> terms = whole_terms(word);
    if (!terms.empty()) question.names.push_back({std::move(terms)});
  }
}

constexpr std::array<std::string_view, 24> kMonths = {
    "january",   "february", "march",    "april",    "may ",    "june",   "july",    "august",
    "september", "october",  "november", "december", "century", "monday", "tuesday", "wednesday",
    "thursday",  "friday",   "saturday", "sunday",   "years",   "era",    "decade",  "today"};

constexpr std::array<std::string_view, 22> kNumberWords = {
    "one",  "two",   "three",  "four",   "five",    "six",      "seven",   "eight",
    "nine", "ten",   "twelve", "twenty", "hundred", "thousand", "million", "billion",
    "half", "dozen", "once",   "twice",  "percent", "several"};

constexpr std::array<std::string_view, 9> kMeasures = {"year",   "month",  "week",    "day", "hour",
                                                       "minute", "second", "percent", "%"};

bool holds_word(std::string_view folded, std::string_view word) {
  for (std::size_t at = folded.find(word); at != std::string_view::npos;
       at = folded.find(word, at + 1)) {
    const bool starts = at == 0 || !std::isalnum(static_cast<unsigned char>(folded[at - 1]));
    const std::size_t after = at + word.size();
    const bool ends =
        after >= folded.size() || !std::isalnum(static_cast<unsigned char>(folded[after]));
    if (starts && ends) return true;
  }
  return false;
}

bool holds_any(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

bool holds_year(std::string_view text) {
  std::size_t run = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_digit(text[i])) {
      ++run;
      continue;
    }
    if (run == 4 || (run == 3 && i < text.size())) return true;
    run = 0;
  }
  return false;
}

// A capitalised word that does not start the sentence.
bool holds_name(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i)
    if (is_upper(text[i]) && text[i - 1] == ' ' &&
        (std::islower(static_cast<unsigned char>(text[i + 1])) || text[i + 1] == '.'))
      return true;
  return false;
}

// "what country", "what is the capital of", "how many wheels": the first word of content after the
// question word, unless a verb stands between.
void add_english_focus(std::string_view text, Question& question) {
  static constexpr std::array<std::string_view, 12> kBetween = {
      "is", "are", "was", "were", "the", "a", "an", "many", "much", "of", "kind", "type"};
  enum class Seen : std::uint8_t { Nothing, QuestionWord, Done } seen = Seen::Nothing;
  for_each_token(text, [&](const Token& token) {
    const std::string word = fold(text.substr(token.span.begin, token.span.size()));
    if (word == "what" || word == "which" || (word == "how" && seen == Seen::Nothing)) {
      seen = Seen::QuestionWord;
      return true;
    }
    if (seen == Seen::Nothing) return true;
    if (std::find(kBetween.begin(), kBetween.end(), word) != kBetween.end()) return true;
    if (!is_stop_word(word)) question.focus.emplace_back(base_form(token.term));
    return false;
  });
}

// The bigrams right after the question word, or before it where nothing follows.
void add_chinese_focus(std::string_view text, Question& question) {
  static constexpr std::string_view kAsking[] = {"什么", "什麼", "哪个", "哪個", "哪些", "哪种",
                                                 "哪種", "哪一", "哪位", "何种", "何種", "多少",
                                                 "几个", "幾個", "哪",   "几",   "幾",   "何"};
  for (const std::string_view word : kAsking) {
    const std::size_t at = text.find(word);
    if (at == text.npos) continue;
    const std::size_t end = at + word.size();
    std::string before;
    for_each_token(text,
                   [&](const Token& token) {
                     if (token.span.end <= at) before = base_form(token.term);
                     if (token.span.begin < end || token.span.begin > end + 3) return;
                     question.focus.emplace_back(base_form(token.term));
                   },
                   {.stop_words = StopWords::Drop});
    if (question.focus.empty() && !before.empty()) question.focus.push_back(before);
    return;
  }
}

}  // namespace

Question read_question(std::string_view text) {
  Question question;
  question.text = text;
  question.kind = kind_of(text);
  question.cues = cues_asked(text);
  question.wants_list = wants_list(text, question.kind);
  std::vector<std::string> terms = whole_terms(text);
  if (terms.empty()) {
    for (const std::string& term : analyse(text)) terms.emplace_back(base_form(term));
  }
  std::unordered_set<std::string> seen;
  for (std::string& term : terms)
    if (seen.insert(term).second) question.terms.push_back(std::move(term));
  add_names(text, question);
  // "What is the GIL?": with one term alone nothing else can be meant.
  if (question.kind == AnswerKind::Any && question.terms.size() == 1 &&
      fold(text).starts_with("what is"))
    question.kind = AnswerKind::Definition;
  has_cjk(text) ? add_chinese_focus(text, question) : add_english_focus(text, question);
  read_task(text, question);
  return question;
}

bool holds_answer_kind(std::string_view sentence, AnswerKind kind) {
  if (kind == AnswerKind::Any) return true;
  const bool chinese = has_cjk(sentence);
  const std::string folded = fold(sentence);
  const bool digits = std::any_of(folded.begin(), folded.end(), is_digit);
  static constexpr std::array<std::string_view, 8> kChineseTimes = {"年",   "月",   "日",   "世纪",
                                                                    "世紀", "时期", "時期", "代"};
  static constexpr std::array<std::string_view, 12> kChineseNumbers = {
      "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "两"};
  static constexpr std::array<std::string_view, 9> kChinesePlaces = {
      "省", "市", "县", "縣", "国", "國", "区", "位于", "位於"};
  static constexpr std::array<std::string_view, 8> kChineseReasons = {
      "因为", "因為", "由于", "由於", "所以", "因此", "为了", "導致"};
  static constexpr std::array<std::string_view, 7> kReasons = {
      "because", "due to", "in order to", "so that", "since ", "caused", "therefore"};
  switch (kind) {
    case AnswerKind::Any: return true;
    case AnswerKind::Time:
      if (chinese) return digits ? holds_any(folded, kChineseTimes) : false;
      return holds_year(folded) || holds_any(folded, kMonths);
    case AnswerKind::Number:
      if (digits) return true;
      if (chinese) return holds_any(folded, kChineseNumbers);
      return std::any_of(kNumberWords.begin(), kNumberWords.end(),
                         [&](std::string_view word) { return holds_word(folded, word); });
    case AnswerKind::Person: return chinese || holds_name(sentence);
    case AnswerKind::Place:
      return chinese ? holds_any(folded, kChinesePlaces) : holds_name(sentence);
    case AnswerKind::Reason:
      return chinese ? holds_any(folded, kChineseReasons) : holds_any(folded, kReasons);
    case AnswerKind::Way:
    case AnswerKind::Definition: return true;
  }
  return true;
}

namespace {

// "The difference between A and B", A 和 B 有什么区别; not 颜色差异.
bool asks_difference(std::string_view folded) {
  static constexpr std::string_view kEnglish[] = {"difference between", "differences between",
                                                  "differ from", " vs ", " versus "};
  static constexpr std::string_view kBoth[] = {"和", "与", "與", "跟"};
  static constexpr std::string_view kChinese[] = {"区别", "區別", "差别", "差別",
                                                  "差异", "差異", "不同"};
  return holds_any(folded, kEnglish) || (holds_any(folded, kBoth) && holds_any(folded, kChinese));
}

// "When did", not "what happens when".
bool asks_point_in_time(std::string_view folded) {
  static constexpr std::string_view kStarts[] = {"when did ",     "when was ",  "when were ",
                                                 "in what year ", "what year ", "in which year "};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return folded.starts_with(start); });
}

// A year, a month, a century; not "1,000 people may".
bool holds_point_in_time(std::string_view text) {
  static constexpr std::string_view kWords[] = {
      "January",  "February",  "March ",  "April",    "May ",      "June",     "July",
      "August",   "September", "October", "November", "December",  "entury",   "enturies",
      "decade",   "yesterday", "Monday",  "Tuesday",  "Wednesday", "Thursday", "Friday",
      "Saturday", "Sunday",    " era",    "ancient",  " ago",      "midnight", " o'clock"};
  if (holds_any(text, kWords)) return true;
  const std::string folded = fold(text);
  std::size_t run = 0;
  for (std::size_t i = 0; i <= folded.size(); ++i) {
    if (i < folded.size() && is_digit(folded[i])) {
      ++run;
      continue;
    }
    const std::string_view after = std::string_view(folded).substr(i, 3);
    const bool era = after == " bc" || after == " ad" || after == " ce";
    if (run == 4 || (run > 0 && run < 4 && era)) return true;
    run = 0;
  }
  return false;
}

bool holds_chinese_time(std::string_view text) {
  static constexpr std::string_view kTimes[] = {"年", "月", "日", "世纪", "世紀", "朝", "代", "期",
                                                "时", "時", "岁", "歲",   "汉",   "漢", "唐", "宋",
                                                "元", "明", "清", "后",   "後",   "前"};
  return std::any_of(text.begin(), text.end(), is_digit) || holds_any(text, kTimes);
}

// Whether the number at `begin` has a measure of its own: "18 to 24 months", "in 2014", "5 %".
bool has_measure(std::string_view folded, std::size_t begin, std::size_t end) {
  const std::string_view digits = folded.substr(begin, end - begin);
  if (digits.size() == 4 && digits >= "1700" && digits <= "2099") return true;
  const std::string_view after = folded.substr(end);
  if (after.starts_with(" to ") && after.size() > 4 && is_digit(after[4])) return true;
  return std::any_of(kMeasures.begin(), kMeasures.end(),
                     [&](std::string_view word) { return after.find(word) <= 1; });
}

// "Debian 9", "Section 1.6": the number belongs to the name before it.
bool is_of_name(std::string_view text, std::size_t begin) {
  if (begin == 0) return false;
  const char before = text[begin - 1];
  if (before != ' ')
    return before == '-' || before == '/' || before == '+' ||
           std::isalpha(static_cast<unsigned char>(before));
  std::size_t word = begin - 1;
  while (word > 0 && std::isalpha(static_cast<unsigned char>(text[word - 1]))) --word;
  return is_upper(text[word]) && !is_stop_word(fold(text.substr(word, begin - 1 - word)));
}

// A number that counts what is asked for, as far as can be told: any but one with a measure that
// the question does not ask for.
bool holds_count(std::string_view passage, const Question& question) {
  static constexpr std::array<std::string_view, 3> kVague = {"several", "once", "one"};
  if (holds_any(fold(question.text), kMeasures))
    return holds_answer_kind(passage, AnswerKind::Number);
  const auto continues = [&](std::size_t at) {
    return is_digit(passage[at]) || passage[at] == ',' || passage[at] == '.';
  };
  for (std::size_t at = 0; at < passage.size();) {
    std::size_t end = at;
    while (is_digit(passage[at]) && end < passage.size() && continues(end)) ++end;
    while (end > at && !is_digit(passage[end - 1])) --end;
    if (end > at && !has_measure(passage, at, end) && !is_of_name(passage, at)) return true;
    at = std::max(end, at + 1);
  }
  const std::string folded = fold(passage);
  return std::any_of(kNumberWords.begin(), kNumberWords.end(), [&](std::string_view word) {
    return std::find(kVague.begin(), kVague.end(), word) == kVague.end() &&
           holds_word(folded, word);
  });
}

// In the widest sense: what "why" is answered with by more than chance.
bool gives_reason(std::string_view passage) {
  static constexpr std::string_view kWords[] = {
      "because",    " as ",      " to ",  "by ",    "due to",  "since", "in order", "so that",
      "cause",      "therefore", "thus",  "reason", "result",  "owing", "hence",    "led to",
      "means that", "allow",     "makes", "made ",  "prevent", "avoid", "so ",
  };
  return holds_any(fold(passage), kWords);
}

constexpr std::array<std::string_view, 8> kMaking = {
    "who wrote ",     "who created ", "who founded ",  "who invented ",
    "who developed ", "who started ", "who designed ", "who authored "};
constexpr std::array<std::string_view, 10> kMakingChinese = {
    "谁写", "谁创", "谁发明", "谁编写", "谁开发", "誰寫", "誰創", "誰發明", "誰編寫", "誰開發"};

bool asks_who_made(std::string_view folded) {
  return std::any_of(kMaking.begin(), kMaking.end(),
                     [&](std::string_view start) { return folded.starts_with(start); }) ||
         holds_any(folded, kMakingChinese);
}

// A word of making, and with it somebody: a work is by somebody, somebody writes it.
bool says_who_made(std::string_view passage) {
  static constexpr std::string_view kWords[] = {
      "writ",    "wrote",       "author",    "creat", "found", "invent", "develop", "start",
      "design",  "established", "introduc",  "built", "made",  "begun",  "began",   "launch",
      "publish", " by ",        "father of", "写",    "寫",    "著",     "作者",    "撰",
      "编",      "編",          "创",        "創",    "发明",  "發明",   "开发",    "開發",
      "建立",    "设计",        "設計",      "提出",  "成立"};
  return holds_any(fold(passage), kWords);
}

}  // namespace

bool can_answer(std::string_view passage, const Question& question) {
  constexpr auto kDifference = static_cast<std::size_t>(AnswerCue::Difference);
  const std::string folded = fold(question.text);
  if (asks_difference(folded)) {
    AnswerCues asked;
    asked.set(kDifference);
    if (cues_given(passage, asked).none()) return false;
  }
  if (folded.starts_with("why ") && !gives_reason(passage)) return false;
  if (asks_who_made(folded) && !says_who_made(passage)) return false;
  if (has_cjk(folded))
    return question.kind != AnswerKind::Time || !has_cjk(passage) || holds_chinese_time(passage);
  if (asks_point_in_time(folded)) return holds_point_in_time(passage);
  if (folded.starts_with("how many ")) return holds_count(passage, question);
  return true;
}

bool defines(std::string_view sentence, const Question& question) {
  static constexpr std::string_view kVerbs[] = {
      " is ",     " are ",      " means ",   " refers to ", " was ",        " allow ",
      " allows ", " provides ", " provide ", " creates ",   " represents ", " specifies ",
      "是",       "指",         "为一",      "用于",        "定义"};
  constexpr std::size_t kSubjectBytesMax = 80;
  const auto is_asked = [&](const std::string& term) {
    return std::find(question.terms.begin(), question.terms.end(), term) != question.terms.end();
  };
  for (const std::string_view verb : kVerbs) {
    const std::size_t at = sentence.find(verb);
    if (at == sentence.npos || at > kSubjectBytesMax) continue;
    const std::vector<std::string> subject = content_terms(sentence.substr(0, at));
    if (subject.empty() || !is_asked(subject[0])) continue;
    const auto known = std::count_if(subject.begin(), subject.end(),
                                     [&](const std::string& term) { return is_asked(term); });
    if (2 * known >= static_cast<std::ptrdiff_t>(subject.size())) return true;
  }
  return false;
}

namespace {

// How much a verb promises a definition: "is", "means" and the like most, "can" little, since much
// can be done with anything; other words that look like verbs of the third person stand between.
double predicate_strength(std::string_view word, const Question& question) {
  static constexpr std::array<std::string_view, 15> kVerbs = {
      "is",       "are",       "was",        "were",   "means", "allow",  "allows", "provide",
      "provides", "represent", "represents", "define", "refer", "refers", "enable"};
  static constexpr std::array<std::string_view, 5> kWeak = {"can", "let", "consist", "contain",
                                                            "support"};
  constexpr double kOther = 0.8;
  constexpr double kLittle = 0.3;
  if (std::find(kVerbs.begin(), kVerbs.end(), word) != kVerbs.end()) return 1;
  if (std::find(kWeak.begin(), kWeak.end(), word) != kWeak.end()) return kLittle;
  constexpr std::size_t kVerbMin = 4;
  const bool lower =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  const bool verb =
      lower && word.size() >= kVerbMin && word.ends_with('s') && !word.ends_with("ss");
  if (!verb) return 0;
  return fold(question.text).starts_with("what does") ? 1 : kOther;
}

// When the sentence begins with the terms of the question and nothing else, but for an article, how
// much the verb after them promises; else 0.
double exact_subject(std::string_view sentence, const Question& question) {
  std::vector<std::string_view> seen;
  double predicate = 0;
  for_each_token(sentence, [&](const Token& token) {
    if (token.same_position) return true;
    const std::string_view base = base_form(token.term);
    const auto asked = std::find(question.terms.begin(), question.terms.end(), base);
    if (asked != question.terms.end()) {
      seen.push_back(*asked);
      return true;
    }
    const std::string_view word = sentence.substr(token.span.begin, token.span.size());
    const bool article = seen.empty() && (word == "A" || word == "An" || word == "The");
    if (!article) predicate = predicate_strength(word, question);
    return article;
  });
  const bool all = std::all_of(question.terms.begin(), question.terms.end(), [&](const auto& term) {
    return std::find(seen.begin(), seen.end(), term) != seen.end();
  });
  return all ? predicate : 0;
}

}  // namespace

double definition_strength(std::string_view sentence, const Question& question) {
  if (question.terms.empty()) return 0;
  // "A key can also refer to several columns" goes on from what it is.
  constexpr double kGoesOn = -0.2;
  if (sentence.contains(" also ") || sentence.contains("还")) return kGoesOn;
  const double exact = exact_subject(sentence, question);
  return exact > 0 ? exact : defines(sentence, question) ? 0.5 : 0;
}

}  // namespace muai
