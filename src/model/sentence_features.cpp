#include "model/sentence_features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/answer_spans.h"
#include "model/frequent_terms.h"
#include "model/word_forms.h"
#include "muai/text/fold.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

// Everything that depends on the question alone, or on all sentences together, is measured once;
// a row then costs time linear in its sentence (and for Chinese in sentence times question).

namespace muai {
namespace {

float share(double part, double whole) {
  return whole > 0 ? static_cast<float>(part / whole) : 0.0F;
}

// Characters that are words of grammar rather than of content.
constexpr std::u32string_view kEmptyCharacters =
    U"的了是在和与與及或也都就而但被把对對从從到为為以于於之其这這那哪谁誰我你他她它们們吗嗎呢么麼"
    U"着著过過很请請什何个個有"
    U"多少几幾如怎样樣年月日一";

bool is_content_character(char32_t c) {
  return is_cjk(c) && kEmptyCharacters.find(c) == kEmptyCharacters.npos;
}

// Letters, digits and CJK characters, folded; all else dropped.
std::u32string characters_of(std::string_view text) {
  std::u32string out;
  const std::string folded = fold(text);
  for (Utf8Cursor at(folded); !at.done(); at.next()) {
    const char32_t c = at.value();
    const bool ascii = c < 0x80 && std::isalnum(static_cast<int>(c)) != 0;
    if (ascii || is_cjk(c)) out += c;
  }
  return out;
}

// Common runs of two texts: greedily the longest from each place of `asked`.
struct SharedRuns {
  double squares = 0;  // sum of length^1.5 of runs of two and more
  double longest = 0;
};

SharedRuns shared_runs(std::u32string_view asked, std::u32string_view text) {
  SharedRuns runs;
  for (std::size_t i = 0; i < asked.size();) {
    std::size_t length = 0;
    for (std::size_t at = text.find(asked[i]); at != text.npos; at = text.find(asked[i], at + 1)) {
      std::size_t same = 1;
      while (i + same < asked.size() && at + same < text.size() &&
             asked[i + same] == text[at + same])
        ++same;
      length = std::max(length, same);
    }
    const bool empty_pair =
        length == 2 && !is_content_character(asked[i]) && !is_content_character(asked[i + 1]);
    if (length >= 2 && !empty_pair) {
      const auto size = static_cast<double>(length);
      runs.squares += size * std::sqrt(size);
      runs.longest = std::max(runs.longest, size);
    }
    i += std::max<std::size_t>(1, length);
  }
  return runs;
}

bool begins_alike(std::string_view a, std::string_view b) {
  constexpr std::size_t kSameMin = 4;
  const std::size_t shorter = std::min(a.size(), b.size());
  if (shorter < kSameMin || static_cast<unsigned char>(a[0]) >= 0x80) return false;
  const auto [left, right] =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shorter), b.begin());
  const auto same = static_cast<std::size_t>(left - a.begin());
  return same >= kSameMin && 10 * same >= 6 * shorter;
}

}  // namespace

bool starts_dangling(std::string_view text) {
  static constexpr std::string_view kStarts[] = {
      "It ",  "They ",  "He ",  "She ", "This ", "These ", "That ", "Those ",  "Such ",
      "Its ", "Their ", "His ", "Her ", "But ",  "And ",   "So ",   "However", "Therefore",
      "Also", "他",     "她",   "它",   "其",    "这",     "這",    "那",      "该",
      "該",   "此",     "但",   "因此", "所以",  "而且",   "并",    "並"};
  constexpr std::size_t kLookedAt = 16;
  std::string start(text.substr(0, kLookedAt));
  if (!start.empty())
    start[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(start[0])));
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view word) { return start.starts_with(word); });
}

// A word that points back, among the first words.
bool has_anaphora(std::string_view text) {
  constexpr std::size_t kFirstBytes = 48;
  static constexpr std::string_view kPointing[] = {
      " it ",    " this ", " these ", " they ",  " he ",   " she ", " his ",
      " their ", " its ",  " such ",  " other ", " that ", "该",    "該",
      "此",      "其",     "他",      "她",      "它",     "这",    "這"};
  const std::string_view start = text.substr(0, kFirstBytes);
  return std::any_of(std::begin(kPointing), std::end(kPointing),
                     [&](std::string_view word) { return start.contains(word); });
}

SentenceFeatures::SentenceFeatures(const Question& question, const SentenceTable& table)
    : question_(question), table_(table) {
  const std::vector<std::string>& terms = question.terms;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    term_number_.emplace(terms[i], i);
    chinese_ = chinese_ || has_cjk(terms[i]);
    idf_.push_back(table.by_sentence().idf(terms[i]));
    rare_.push_back(rareness_of(terms[i]));
    if (table.by_sentence().passages_with(terms[i]) > 0) weight_ += idf_[i];
    idf_sum_ += idf_[i];
    rare_sum_ += rare_[i];
    if (rare_[i] > rare_[rarest_]) rarest_ = i;
  }
  weight_ = std::max(weight_, 1e-9);
  scores_ = table.by_sentence().scores(terms);
  paragraph_scores_ = table.by_paragraph().scores(terms);
  for (const double score : scores_) best_ = std::max(best_, score);
  for (const double score : paragraph_scores_) paragraph_best_ = std::max(paragraph_best_, score);

  std::vector<std::uint32_t> order(scores_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : a < b;
  });
  rank_.resize(scores_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;

  for (const Sentence& sentence : table.sentences()) {
    std::vector<bool> held(terms.size());
    for (const std::string& term : sentence.terms)
      if (const auto found = term_number_.find(term); found != term_number_.end())
        held[found->second] = true;
    holds_.push_back(std::move(held));
  }
  if (chinese_) {
    asked_characters_ = characters_of(question.text);
    for (const char32_t c : asked_characters_)
      if (is_content_character(c)) character_idf_[c] = 0;
    for (const Sentence& sentence : table.sentences())
      characters_.push_back(characters_of(table.text_of(sentence)));
    for (auto& [c, idf] : character_idf_) {
      std::size_t with = 0;
      for (const std::u32string& text : characters_) with += text.find(c) != text.npos;
      const auto all = static_cast<double>(characters_.size());
      const auto some = static_cast<double>(with);
      idf = std::log1p((all - some + 0.5) / (some + 0.5));
    }
  }
  for (std::size_t i = 0; i < table.sentences().size(); ++i) {
    own_.push_back(measure(i));
    if (!table.sentences()[i].is_quotable) continue;
    max_.covered_rare = std::max(max_.covered_rare, own_[i].covered_rare);
    max_.characters = std::max(max_.characters, own_[i].characters);
    max_.runs = std::max(max_.runs, own_[i].runs);
    max_.together = std::max(max_.together, own_[i].together);
  }
}

bool SentenceFeatures::holds(std::size_t number, std::size_t term) const {
  return holds_[number][term];
}

SentenceFeatures::Own SentenceFeatures::measure(std::size_t number) const {
  Own own;
  for (std::size_t i = 0; i < rare_.size(); ++i) {
    if (!holds(number, i)) continue;
    own.covered += idf_[i];
    own.covered_rare += rare_[i];
  }
  own.covered = share(own.covered, idf_sum_);
  own.covered_rare = share(own.covered_rare, rare_sum_);
  own.together = own.covered_rare;
  if (table_.before(number) != nullptr) own.together += missed_covered_by(number, number - 1);
  if (!chinese_) return own;
  double all = 0;
  for (const auto& [c, idf] : character_idf_) {
    all += idf;
    if (characters_[number].find(c) != std::u32string::npos) own.characters += idf;
  }
  own.characters = share(own.characters, all);
  const SharedRuns runs = shared_runs(asked_characters_, characters_[number]);
  const auto length = std::max(1.0, static_cast<double>(asked_characters_.size()));
  own.runs = runs.squares / (length * std::sqrt(length));
  own.longest_run = runs.longest / length;
  return own;
}

std::vector<SentenceFeatures::Word> SentenceFeatures::words_of(std::string_view text) const {
  std::vector<Word> words;
  std::uint32_t position = 0;
  for_each_token(text, [&](const Token& token) {
    if (!token.same_position) ++position;
    words.push_back({.term = std::string(base_form(token.term)),
                     .span = token.span,
                     .position = position,
                     .content = !is_stop_word(token.term)});
    const auto found = term_number_.find(words.back().term);
    if (found != term_number_.end()) words.back().asked = static_cast<int>(found->second);
  });
  return words;
}

double SentenceFeatures::missed_covered_by(std::size_t number, std::size_t other) const {
  double sum = 0;
  for (std::size_t i = 0; i < rare_.size(); ++i)
    if (!holds(number, i) && holds(other, i)) sum += rare_[i];
  return share(sum, rare_sum_);
}

void SentenceFeatures::add_terms(std::size_t number, const std::vector<Word>& words,
                                 Row& row) const {
  const Own& own = own_[number];
  row.set(Feature::Own, scores_[number] / weight_);
  row.set(Feature::OwnOfBest, share(scores_[number], best_));
  row.set(Feature::OwnRank, 1.0 / (1.0 + rank_[number]));
  row.set(Feature::Covered, own.covered);
  row.set(Feature::CoveredRare, own.covered_rare);
  row.set(Feature::CoveredOfMax, own.covered_rare - max_.covered_rare);
  std::size_t held = 0;
  double missed = 0;
  for (std::size_t i = 0; i < rare_.size(); ++i) {
    held += holds(number, i);
    if (!holds(number, i)) missed = std::max(missed, rare_[i]);
  }
  const auto all = static_cast<double>(rare_.size());
  row.set(Feature::CoveredCount, share(static_cast<double>(held), all));
  row.set(Feature::MissedRarest, missed);
  row.set(Feature::HasRarest, !rare_.empty() && holds(number, rarest_) ? 1 : 0);
  row.set(Feature::QuestionLength, std::log1p(all));

  double similar = 0;
  for (std::size_t i = 0; i < rare_.size(); ++i) {
    if (holds(number, i)) continue;
    const bool found = std::any_of(words.begin(), words.end(), [&](const Word& word) {
      return begins_alike(word.term, question_.terms[i]);
    });
    if (found) similar += rare_[i];
  }
  row.set(Feature::Similar, share(similar, rare_sum_));

  std::size_t named = 0;
  for (const Question::Name& name : question_.names)
    named += std::any_of(name.terms.begin(), name.terms.end(), [&](const std::string& term) {
      const auto found = term_number_.find(term);
      return found != term_number_.end() && holds(number, found->second);
    });
  row.set(Feature::Names,
          question_.names.empty()
              ? -1
              : share(static_cast<double>(named), static_cast<double>(question_.names.size())));
}

// What depends on where the terms stand in the sentence.
void SentenceFeatures::add_places(const std::vector<Word>& words, Row& row) const {
  std::vector<std::vector<std::uint32_t>> at(rare_.size());
  std::size_t content = 0;
  std::size_t fresh = 0;
  for (const Word& word : words) {
    content += word.content;
    fresh += word.content && word.asked < 0;
    if (word.asked >= 0) at[static_cast<std::size_t>(word.asked)].push_back(word.position);
  }
  double pairs = 0;
  double near = 0;
  for (std::size_t i = 0; i + 1 < at.size(); ++i) {
    std::uint32_t distance = UINT32_MAX;
    bool next = false;
    for (const std::uint32_t a : at[i]) {
      for (const std::uint32_t b : at[i + 1]) {
        distance = std::min(distance, a > b ? a - b : b - a);
        next = next || b == a + 1;
      }
    }
    const double weight = (idf_[i] + idf_[i + 1]) / 2;
    if (next) pairs += weight;
    if (distance != UINT32_MAX) near += weight / std::max(1.0, static_cast<double>(distance));
  }
  row.set(Feature::Pairs, share(pairs, idf_sum_));
  row.set(Feature::Near, share(near, idf_sum_));

  // Longest chain of terms in the question's order (patience sorting over first places).
  std::vector<std::uint32_t> tails;
  std::size_t held = 0;
  std::uint32_t first = UINT32_MAX;
  std::uint32_t last = 0;
  for (const auto& places : at) {
    if (places.empty()) continue;
    ++held;
    first = std::min(first, places.front());
    last = std::max(last, places.front());
    const auto slot = std::lower_bound(tails.begin(), tails.end(), places.front());
    if (slot == tails.end()) {
      tails.push_back(places.front());
    } else {
      *slot = places.front();
    }
  }
  const auto all = static_cast<double>(at.size());
  row.set(Feature::Order, share(static_cast<double>(tails.size()), all));
  row.set(Feature::Density, share(static_cast<double>(held), static_cast<double>(content)));
  row.set(Feature::Tightness, held > 1 ? static_cast<double>(held) / (1.0 + last - first)
                                       : static_cast<double>(held) / 2);
  row.set(Feature::NewWords, std::log1p(static_cast<double>(fresh)));
  row.set(Feature::Length, std::log1p(words.empty() ? 0.0 : words.back().position));
  add_focus(words, row);
}

void SentenceFeatures::add_focus(const std::vector<Word>& words, Row& row) const {
  if (question_.focus.empty()) {
    row.set(Feature::Focus, -1);
    row.set(Feature::FocusNear, -1);
    return;
  }
  std::size_t found = 0;
  double nearest = 0;
  for (const std::string& focus : question_.focus) {
    bool held = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].term != focus) continue;
      held = true;
      for (std::size_t j = i >= 3 ? i - 3 : 0; j < std::min(words.size(), i + 4); ++j) {
        if (!words[j].content || words[j].asked >= 0 || j == i) continue;
        const double distance = j > i ? static_cast<double>(j - i) : static_cast<double>(i - j);
        nearest = std::max(nearest, 1 / distance);
      }
    }
    found += held;
  }
  row.set(Feature::Focus,
          share(static_cast<double>(found), static_cast<double>(question_.focus.size())));
  row.set(Feature::FocusNear, nearest);
}

void SentenceFeatures::add_surroundings(std::size_t number, Row& row) const {
  const std::span<const Sentence> all = table_.sentences();
  const Sentence& sentence = all[number];
  const bool dangling = starts_dangling(table_.text_of(sentence));
  double before_missed = 0;
  if (table_.before(number) != nullptr) {
    before_missed = missed_covered_by(number, number - 1);
    row.set(Feature::Before, scores_[number - 1] / weight_);
    row.set(Feature::BeforeMissed, before_missed);
  }
  if (table_.after(number) != nullptr) {
    row.set(Feature::After, scores_[number + 1] / weight_);
    row.set(Feature::AfterMissed, missed_covered_by(number, number + 1));
  }
  row.set(Feature::Together, own_[number].together);
  row.set(Feature::TogetherOfMax, own_[number].together - max_.together);
  const bool anaphora = dangling || has_anaphora(table_.text_of(sentence));
  row.set(Feature::Anaphora, anaphora ? 1 : 0);
  row.set(Feature::AnaphoraBefore, anaphora ? before_missed : 0);
  if (const Sentence* before = table_.before(number); before != nullptr) {
    std::size_t repeated = 0;
    for (const std::string& term : sentence.terms)
      repeated +=
          std::find(before->terms.begin(), before->terms.end(), term) != before->terms.end();
    row.set(Feature::RepeatsBefore,
            share(static_cast<double>(repeated), static_cast<double>(sentence.terms.size())));
  }
  if (const Sentence* after = table_.after(number); after != nullptr)
    row.set(Feature::AfterDangling, starts_dangling(table_.text_of(*after)) ? 1 : 0);
  row.set(Feature::Dangling, dangling ? 1 : 0);
  row.set(Feature::DanglingBefore, dangling ? before_missed : 0);

  std::size_t first = number;
  while (table_.before(first) != nullptr) --first;
  std::size_t end = number + 1;
  while (end < all.size() && all[end].paragraph == sentence.paragraph) ++end;
  double elsewhere = 0;
  double covered = 0;
  for (std::size_t i = 0; i < rare_.size(); ++i) {
    bool found = false;
    for (std::size_t j = first; j < end && !found; ++j) found = holds(j, i);
    if (found) covered += rare_[i];
    if (found && !holds(number, i)) elsewhere += rare_[i];
  }
  row.set(Feature::ParagraphMissed, share(elsewhere, rare_sum_));
  row.set(Feature::ParagraphCovered, share(covered, rare_sum_));
  row.set(Feature::Paragraph, paragraph_scores_[sentence.paragraph] / weight_);
  row.set(Feature::ParagraphOfBest, share(paragraph_scores_[sentence.paragraph], paragraph_best_));
  const auto size = static_cast<double>(end - first);
  const auto place = static_cast<double>(number - first);
  row.set(Feature::Place, std::min(place, 8.0));
  row.set(Feature::PlaceShare, size > 1 ? place / (size - 1) : 0.5);
  row.set(Feature::Sentences, std::log1p(size));
}

// Candidates that the question names itself do not answer it.
std::vector<ByteSpan> SentenceFeatures::fresh(std::vector<ByteSpan> spans,
                                              const std::vector<Word>& words) const {
  std::erase_if(spans, [&](const ByteSpan& span) {
    bool any = false;
    for (const Word& word : words) {
      if (word.span.begin >= span.end || word.span.end <= span.begin || !word.content) continue;
      any = true;
      if (word.asked < 0) return false;
    }
    return any;
  });
  return spans;
}

void SentenceFeatures::add_kind(std::size_t number, const std::vector<Word>& words,
                                Row& row) const {
  const std::string_view text = table_.text_of(table_.sentences()[number]);
  row.set(Feature::Kind, static_cast<double>(question_.kind));
  row.set(Feature::HoldsKind, holds_answer_kind(text, question_.kind) ? 1 : 0);
  const auto count = [&](std::vector<ByteSpan> spans) {
    return std::min(6.0, static_cast<double>(fresh(std::move(spans), words).size()));
  };
  row.set(Feature::Numbers, count(numbers_in(text)));
  row.set(Feature::Years, count(times_in(text)));
  row.set(Feature::NewNames, count(names_in(text)));
  row.set(Feature::Places, count(places_in(text)));

  const std::vector<ByteSpan> answers = fresh(answers_in(text, question_.kind), words);
  row.set(Feature::KindCount, std::min(6.0, static_cast<double>(answers.size())));
  double best = 0;
  for (const ByteSpan& answer : answers) {
    // Closeness of each term's nearest occurrence, in words.
    std::vector<double> close(rare_.size());
    std::uint32_t place = 0;
    for (const Word& word : words)
      if (word.span.begin <= answer.begin) place = word.position;
    for (const Word& word : words) {
      if (word.asked < 0) continue;
      const auto term = static_cast<std::size_t>(word.asked);
      const double distance = word.position > place ? word.position - place : place - word.position;
      close[term] = std::max(close[term], rare_[term] / (1 + distance / 4));
    }
    best = std::max(best, std::accumulate(close.begin(), close.end(), 0.0));
  }
  row.set(Feature::KindNear, share(best, rare_sum_));
  row.set(Feature::Defines, defines(text, question_) ? 1 : 0);
  const auto first =
      std::find_if(words.begin(), words.end(), [](const Word& word) { return word.content; });
  row.set(Feature::SubjectFirst, first != words.end() && first->asked >= 0 ? 1 : 0);
}

void SentenceFeatures::add_cues(std::string_view text, Row& row) const {
  if (question_.cues.none()) return;
  const AnswerCues given = cues_given(text, question_.cues);
  row.set(Feature::CuesMet, static_cast<double>((question_.cues & given).count()));
  row.set(Feature::CuesMissed, static_cast<double>((question_.cues & ~given).count()));
  for (std::size_t i = 0; i < kAnswerCueCount; ++i) {
    if (!question_.cues[i]) continue;
    row.values[static_cast<std::size_t>(Feature::FirstCue) + i] = given[i] ? 1.0F : -1.0F;
  }
}

void SentenceFeatures::add_shape(std::size_t number, Row& row) const {
  const std::string_view text = table_.text_of(table_.sentences()[number]);
  const bool colon = text.find(": ") != text.npos || text.find("：") != text.npos;
  row.set(Feature::Colon, colon ? 1 : 0);
  double commas = static_cast<double>(std::count(text.begin(), text.end(), ','));
  for (std::size_t at = text.find("，"); at != text.npos; at = text.find("，", at + 3)) ++commas;
  row.set(Feature::Comma, std::log1p(commas));
  row.set(Feature::Chinese, chinese_ ? 1 : 0);
  if (!chinese_) return;
  const Own& own = own_[number];
  row.set(Feature::Characters, own.characters);
  row.set(Feature::CharactersOfMax, own.characters - max_.characters);
  row.set(Feature::LongestRun, own.longest_run);
  row.set(Feature::Runs, own.runs);
  row.set(Feature::RunsOfMax, own.runs - max_.runs);
  row.set(Feature::RunsOfBest, share(own.runs, max_.runs));
}

FeatureRow SentenceFeatures::row(std::size_t number) const {
  Row row;
  const std::vector<Word> words = words_of(table_.text_of(table_.sentences()[number]));
  add_terms(number, words, row);
  add_places(words, row);
  add_surroundings(number, row);
  add_kind(number, words, row);
  add_shape(number, row);
  add_cues(table_.text_of(table_.sentences()[number]), row);
  return row.values;
}

}  // namespace muai
