// Ranking of sentences. All parts of a score are in units of the question's own weight, so that
// the constants below mean the same for short and long questions.

#include "muai/model/extractive.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "model/question.h"
#include "model/sentence_table.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// Weights of the parts of a score, relative to the sentence's own BM25.
constexpr double kNeighbourWeight = 0.15;
constexpr double kParagraphWeight = 0.30;
constexpr double kPairWeight = 0.35;
constexpr double kTopicWeight = 0.45;  // share of the question that heading and title name
constexpr double kRankWeight = 0.08;   // first source before later ones, as searches rank them
constexpr double kNamePenalty = 0.15;  // none of the question's names in sentence or topic
constexpr double kKindWeight = 0.12;
constexpr double kSubjectWeight = 0.15;  // definitions begin with what they define
constexpr double kDefinitionWeight = 0.25;
constexpr double kStartWeight = 0.03;
constexpr double kDanglingPenalty = 0.06;
constexpr double kOtherLanguagePenalty = 0.25;

// An answer needs this share of the question's weight in the best sentence's surroundings.
// Chinese bigrams cross word borders, so some of a question's bigrams are no words at all. On
// questions put to the wrong article (bench/answer_eval.cpp, abstain) 1 to 3 in 100 are answered;
// on the right one 87 to 92 in 100.
constexpr double kCoverageMin = 0.5;
constexpr double kCoverageMinCjk = 0.28;

// A question of one or two words has none to spare: "capital of Mongolia" needs both.
constexpr std::size_t kShortQuestionTerms = 2;

// And at most this share of the names in the question may be unknown to the source.
constexpr double kMissingNamesMax = 0.4;

// Later sentences of an answer must reach this share of the best one's score.
constexpr double kFollowerShare = 0.75;
constexpr double kRepeatMax = 0.6;  // share of terms that two chosen sentences may have in common

using Terms = std::unordered_set<std::string_view>;

Terms as_set(const std::vector<std::string>& terms) { return Terms(terms.begin(), terms.end()); }

bool starts_dangling(std::string_view text) {
  static constexpr std::string_view kStarts[] = {
      "It ",  "They ", "He ", "She ",    "This ",     "These ", "That ", "Those ", "Such ",
      "But ", "And ",  "So ", "However", "Therefore", "Also",   "他",    "她",     "它",
      "这",   "這",    "那",  "但",      "因此",      "所以",   "此外",  "而且"};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return text.starts_with(start); });
}

// "X is ...", "X are ...", "X是..." with X from the question, near the start of the sentence.
bool defines(std::string_view text, const Terms& question_terms) {
  static constexpr std::string_view kVerbs[] = {
      " is ",     " are ",      " means ",   " refers to ", " was ",        " allow ",
      " allows ", " provides ", " provide ", " creates ",   " represents ", "是",
      "指",       "为一",       "用于",      "定义"};
  constexpr std::size_t kSubjectBytesMax = 80;
  for (const std::string_view verb : kVerbs) {
    const std::size_t at = text.find(verb);
    if (at == text.npos || at > kSubjectBytesMax) continue;
    const std::vector<std::string> subject =
        analyse(text.substr(0, at), {.stop_words = StopWords::Drop});
    if (subject.empty() || !question_terms.contains(subject[0])) continue;
    const auto known = std::count_if(subject.begin(), subject.end(), [&](const std::string& term) {
      return question_terms.contains(term);
    });
    if (2 * known >= static_cast<std::ptrdiff_t>(subject.size())) return true;
  }
  return false;
}

// Scores all sentences of a table for one question.
class Ranking {
 public:
  Ranking(std::string_view question_text, const SentenceTable& table)
      : table_(table),
        question_(read_question(question_text)),
        language_(language_of(question_text)),
        terms_(as_set(question_.terms)) {
    own_ = table.by_sentence().scores(question_.terms);
    paragraphs_ = table.by_paragraph().scores(question_.terms);
    // The largest BM25 any passage could reach is idf * (k1 + 1) per term; idf alone is the scale.
    for (const std::string& term : question_.terms) {
      const double idf = table.by_sentence().idf(term);
      idf_.emplace(term, idf);
      weight_ += table.by_sentence().passages_with(term) > 0 ? idf : 0;
    }
    weight_ = std::max(weight_, 1e-9);
    for (const Question::Name& name : question_.names)
      name_terms_.insert(name.terms.begin(), name.terms.end());
    for (const SourceText& source : table.sources())
      titles_.push_back(analyse(source.title, {.stop_words = StopWords::Drop}));
  }

  const Question& question() const { return question_; }

  double score(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    const double paragraph = paragraphs_[sentence.paragraph];
    if (own_[number] <= 0 && paragraph <= 0) return 0;
    double score = own_[number] + kParagraphWeight * paragraph;
    if (table_.before(number)) score += kNeighbourWeight * own_[number - 1];
    if (table_.after(number)) score += kNeighbourWeight * own_[number + 1];
    score += kPairWeight * pairs(sentence);
    const Terms named = topic_terms(sentence);
    return score / weight_ + kTopicWeight * topic(named) -
           kNamePenalty * strangeness(sentence, named) + shape(number);
  }

 private:
  // Weight of the question's neighbouring terms that are neighbours in the sentence too.
  double pairs(const Sentence& sentence) const {
    double sum = 0;
    for (std::size_t q = 0; q + 1 < question_.terms.size(); ++q) {
      const std::string& first = question_.terms[q];
      const std::string& second = question_.terms[q + 1];
      for (std::size_t i = 0; i + 1 < sentence.terms.size(); ++i) {
        if (sentence.terms[i] != first || sentence.terms[i + 1] != second) continue;
        sum += (idf_.at(first) + idf_.at(second)) / 2;
        break;
      }
    }
    return sum;
  }

  // The terms of the heading above the sentence and of the title of its source.
  Terms topic_terms(const Sentence& sentence) const {
    Terms named = as_set(titles_[sentence.source]);
    if (sentence.heading >= 0) {
      const Sentence& heading = table_.sentences()[static_cast<std::size_t>(sentence.heading)];
      named.insert(heading.terms.begin(), heading.terms.end());
    }
    return named;
  }

  // Share of the question in the topic, names counted twice. "max_connections (integer)" above
  // "The default is 100" makes it an answer. Not weighed by idf: what all sources speak of, since
  // they were found by it, is what matters here.
  double topic(const Terms& named) const {
    double covered = 0;
    double all = 0;
    for (const std::string& term : question_.terms) {
      const double weight = name_terms_.contains(term) ? 2 : 1;
      all += weight;
      if (named.contains(term)) covered += weight;
    }
    return all > 0 ? covered / all : 0;
  }

  // Share of the question's names that neither the sentence nor its topic speaks of.
  double strangeness(const Sentence& sentence, const Terms& named) const {
    if (question_.names.empty()) return 0;
    const Terms own = as_set(sentence.terms);
    const auto strange =
        std::count_if(question_.names.begin(), question_.names.end(), [&](const auto& name) {
          return std::none_of(name.terms.begin(), name.terms.end(), [&](const auto& term) {
            return own.contains(term) || named.contains(term);
          });
        });
    return static_cast<double>(strange) / static_cast<double>(question_.names.size());
  }

  // What does not depend on the question's terms: kind of answer, place, wording.
  double shape(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    const std::string_view text = table_.text_of(sentence);
    double score = 0;
    if (question_.kind != AnswerKind::Any && holds_answer_kind(text, question_.kind))
      score += kKindWeight;
    if (question_.kind == AnswerKind::Definition) {
      if (!sentence.terms.empty() && terms_.contains(sentence.terms[0])) score += kSubjectWeight;
      if (defines(text, terms_)) score += kDefinitionWeight;
    }
    score += kStartWeight / (1.0 + sentence.place);
    score += kRankWeight / (1.0 + sentence.source);
    if (starts_dangling(text)) score -= kDanglingPenalty;
    if (language_of(text) != language_) score -= kOtherLanguagePenalty;
    return score;
  }

  const SentenceTable& table_;
  Question question_;
  Language language_;
  Terms terms_;
  std::vector<double> own_;
  std::vector<double> paragraphs_;
  std::unordered_map<std::string_view, double> idf_;
  std::vector<std::vector<std::string>> titles_;  // terms, by source
  Terms name_terms_;
  double weight_ = 0;
};

struct Scored {
  std::size_t number;
  double score;
};

// Equal scores keep the order of the sources.
void sort_best_first(std::vector<Scored>& all) {
  std::sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  });
}

bool may_be_chosen(const SentenceTable& table, const Sentence& sentence) {
  const std::span<const ByteSpan> allowed = table.source_of(sentence).allowed;
  if (allowed.empty() || !sentence.is_quotable) return sentence.is_quotable;
  return std::any_of(allowed.begin(), allowed.end(), [&](const ByteSpan& span) {
    return span.begin == sentence.span.begin && span.end == sentence.span.end;
  });
}

// Sentences that may be quoted, best first; equal scores in source order.
std::vector<Scored> ranked(const SentenceTable& table, const Ranking& ranking) {
  std::vector<Scored> all;
  for (std::size_t i = 0; i < table.sentences().size(); ++i)
    if (may_be_chosen(table, table.sentences()[i])) all.push_back({i, ranking.score(i)});
  sort_best_first(all);
  return all;
}

double share_in_common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const Terms left = as_set(a);
  const Terms right = as_set(b);
  const auto both = std::count_if(left.begin(), left.end(),
                                  [&](std::string_view term) { return right.contains(term); });
  const std::size_t smaller = std::max<std::size_t>(1, std::min(left.size(), right.size()));
  return static_cast<double>(both) / static_cast<double>(smaller);
}

RankedSentence as_result(const SentenceTable& table, const Scored& scored) {
  const Sentence& sentence = table.sentences()[scored.number];
  return {sentence.source, sentence.span, scored.score};
}

// The words of an address: "kb://manuals/python3.11/open.html" speaks of python.
std::string letters_of(std::string_view url) {
  std::string words;
  for (const char c : url) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
    words += letter ? c : ' ';
  }
  return words;
}

// How much of a question the surroundings of a sentence speak of: its paragraph, the heading
// above, the title and the address of its source.
class Coverage {
 public:
  Coverage(const Question& question, const SentenceTable& table)
      : question_(question), table_(table) {}

  double of(std::size_t number) const {
    const Terms around = surroundings(number);
    double covered = 0;
    double all = 0;
    for (const std::string& term : question_.terms) {
      const double weight = 1 + std::min(table_.by_sentence().idf(term), kIdfMax) / kIdfMax;
      all += weight;
      if (around.contains(term)) covered += weight;
    }
    return all > 0 ? covered / all : 0;
  }

  // Whether the surroundings or the source speak of the names in the question.
  bool knows_names(std::size_t number) const {
    if (question_.names.empty()) return true;
    Terms around = surroundings(number);
    const std::uint32_t source = table_.sentences()[number].source;
    for (const Sentence& sentence : table_.sentences())
      if (sentence.source == source) around.insert(sentence.terms.begin(), sentence.terms.end());
    std::size_t missing = 0;
    for (const Question::Name& name : question_.names) {
      missing += std::none_of(name.terms.begin(), name.terms.end(),
                              [&](const auto& term) { return around.contains(term); });
    }
    return static_cast<double>(missing) <=
           kMissingNamesMax * static_cast<double>(question_.names.size());
  }

  bool is_enough(double coverage) const {
    const bool cjk = std::any_of(question_.terms.begin(), question_.terms.end(),
                                 [](const std::string& term) { return has_cjk(term); });
    if (cjk) return coverage >= kCoverageMinCjk;
    constexpr double kAll = 0.999;
    return coverage >= (question_.terms.size() <= kShortQuestionTerms ? kAll : kCoverageMin);
  }

 private:
  static constexpr double kIdfMax = 4;

  Terms surroundings(std::size_t number) const {
    const std::span<const Sentence> all = table_.sentences();
    const Sentence& sentence = all[number];
    Terms around;
    const auto add = [&](const std::vector<std::string>& terms) {
      around.insert(terms.begin(), terms.end());
    };
    for (std::size_t i = number; i < all.size() && all[i].paragraph == sentence.paragraph; ++i)
      add(all[i].terms);
    for (std::size_t i = number; i-- > 0 && all[i].paragraph == sentence.paragraph;)
      add(all[i].terms);
    if (sentence.heading >= 0) add(all[static_cast<std::size_t>(sentence.heading)].terms);
    const SourceText& source = table_.source_of(sentence);
    titles_.push_back(analyse(source.title));
    add(titles_.back());
    titles_.push_back(analyse(letters_of(source.url)));
    add(titles_.back());
    return around;
  }

  const Question& question_;
  const SentenceTable& table_;
  mutable std::vector<std::vector<std::string>> titles_;  // keeps the terms that sets point to
};

std::size_t length_of(const SentenceTable& table, std::size_t number) {
  return count_code_points(table.text_of(table.sentences()[number]));
}

// The best sentences within the budget that do not repeat each other.
std::vector<Scored> choose(const SentenceTable& table, const std::vector<Scored>& ranking,
                           const AnswerOptions& options) {
  std::vector<Scored> chosen{ranking.front()};
  std::size_t used = length_of(table, chosen[0].number);
  for (const Scored& next : ranking) {
    if (chosen.size() >= options.sentences_max) break;
    if (next.score < kFollowerShare * chosen[0].score) break;
    const std::size_t length = length_of(table, next.number);
    if (used + length > options.code_points_max) continue;
    const bool repeats = std::any_of(chosen.begin(), chosen.end(), [&](const Scored& other) {
      return other.number == next.number ||
             share_in_common(table.sentences()[other.number].terms,
                             table.sentences()[next.number].terms) > kRepeatMax;
    });
    if (repeats) continue;
    used += length;
    chosen.push_back(next);
  }
  return chosen;
}

std::vector<std::string> missing_words(std::string_view question, const SentenceTable& table) {
  std::vector<std::string> missing;
  for_each_token(question,
                 [&](const Token& token) {
                   if (token.same_position || table.by_sentence().passages_with(token.term) > 0)
                     return;
                   missing.emplace_back(question.substr(token.span.begin, token.span.size()));
                 },
                 {.stop_words = StopWords::Drop});
  return missing;
}

// Mean similarity of a sentence to the whole text, by the weight of its terms in it: terms that
// many sentences share make a sentence central.
double centrality(const SentenceTable& table, const Sentence& sentence) {
  if (sentence.terms.empty()) return 0;
  double sum = 0;
  for (const std::string_view term : as_set(sentence.terms))
    sum += std::log1p(static_cast<double>(table.by_sentence().passages_with(term)));
  return sum / std::sqrt(static_cast<double>(sentence.terms.size()) + 4);
}

std::vector<Scored> by_centrality(const SentenceTable& table) {
  std::vector<Scored> all;
  for (std::size_t i = 0; i < table.sentences().size(); ++i) {
    const Sentence& sentence = table.sentences()[i];
    if (!sentence.is_quotable) continue;
    double score = centrality(table, sentence) * (1 + 1.0 / (1 + 0.5 * sentence.place));
    if (starts_dangling(table.text_of(sentence))) score *= 0.8;
    all.push_back({i, score});
  }
  sort_best_first(all);
  return all;
}

}  // namespace

std::vector<RankedSentence> rank_sentences(std::string_view question,
                                           std::span<const SourceText> sources) {
  const SentenceTable table(sources);
  const Ranking ranking(question, table);
  std::vector<RankedSentence> results;
  for (const Scored& scored : ranked(table, ranking)) results.push_back(as_result(table, scored));
  return results;
}

ExtractedAnswer extract_answer(std::string_view question, std::span<const SourceText> sources,
                               const AnswerOptions& options) {
  const SentenceTable table(sources);
  const Ranking ranking(question, table);
  const std::vector<Scored> candidates = ranked(table, ranking);
  ExtractedAnswer answer;
  const Coverage coverage(ranking.question(), table);

  // The best sentence whose surroundings speak of the question. A look at the first few is
  // enough: what ranks lower covers less.
  constexpr std::size_t kTriedMax = 8;
  for (std::size_t i = 0; i < std::min(kTriedMax, candidates.size()); ++i) {
    if (candidates[i].score <= 0) break;
    const double share = coverage.of(candidates[i].number);
    answer.coverage = std::max(answer.coverage, share);
    if (!coverage.is_enough(share)) continue;
    if (!coverage.knows_names(candidates[i].number)) continue;
    answer.coverage = share;
    const std::vector<Scored> rest(candidates.begin() + static_cast<std::ptrdiff_t>(i),
                                   candidates.end());
    for (const Scored& chosen : choose(table, rest, options))
      answer.sentences.push_back(as_result(table, chosen));
    return answer;
  }
  answer.missing = missing_words(question, table);
  return answer;
}

std::vector<RankedSentence> summarise(std::string_view question, const SourceText& source,
                                      const SummaryOptions& options) {
  const SentenceTable table(std::span(&source, 1));
  std::vector<Scored> candidates;
  if (!question.empty()) candidates = ranked(table, Ranking(question, table));
  if (candidates.empty() || candidates.front().score <= 0) candidates = by_centrality(table);
  if (candidates.empty()) return {};
  std::vector<Scored> chosen =
      choose(table, candidates,
             {.sentences_max = options.sentences_max, .code_points_max = options.code_points_max});
  std::sort(chosen.begin(), chosen.end(),
            [](const Scored& a, const Scored& b) { return a.number < b.number; });
  std::vector<RankedSentence> results;
  for (const Scored& scored : chosen) results.push_back(as_result(table, scored));
  return results;
}

}  // namespace muai
