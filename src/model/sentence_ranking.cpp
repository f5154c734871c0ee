#include "model/sentence_ranking.h"

#include <algorithm>

#include "model/frequent_terms.h"
#include "model/instruction.h"
#include "model/sentence_features.h"
#include "model/sentence_trees.h"
#include "model/word_forms.h"

namespace muai {
namespace {

// Weights of the parts of the first score, relative to the sentence's own BM25 over the weight of
// the question, so that they mean the same for short and long questions.
constexpr double kNeighbourWeight = 0.15;
constexpr double kParagraphWeight = 0.30;
constexpr double kPairWeight = 0.35;
constexpr double kNamePenalty = 0.15;  // none of the question's names in sentence or topic
constexpr double kKindWeight = 0.12;

// The trees' score in units of the first.
constexpr double kTreeWeight = 0.14;

// In both scores.
constexpr double kTopicWeight = 0.45;    // share of the question that heading and title name
constexpr double kRankWeight = 0.08;     // first source before later ones, as searches rank them
constexpr double kSubjectWeight = 0.15;  // definitions begin with what they define
constexpr double kDefinitionWeight = 0.5;
constexpr double kOwnHeadingWeight = 0.3;  // first under a heading that is what is asked for
constexpr double kNamedAboveWeight = 0.3;  // the heading has the names of the question
constexpr double kWayWeight = 0.1;
constexpr double kNoWayPenalty = 0.3;
constexpr double kPurposeWeight = 0.5;
constexpr double kActionAboveWeight = 0.2;
constexpr double kToldWeight = 0.15;
constexpr double kBesidePenalty = 0.25;
constexpr double kCommandWeight = 0.15;  // below the sentence
constexpr double kNoCompoundPenalty = 0.25;
constexpr double kRowWeight = 0.8;
constexpr double kRowFitMin = 0.25;
constexpr double kListWeight = 0.3;
constexpr double kStartWeight = 0.03;
constexpr double kDanglingPenalty = 0.06;
constexpr double kReferencePenalty = 0.3;
constexpr double kOtherLanguagePenalty = 0.25;

// "PostgreSQL" above a sentence tells nothing, "max_connections" does.
constexpr double kNameRareness = 0.95;

// So many sentences are measured in full; the trees were trained on as many.
constexpr std::size_t kMeasuredMax = 30;

// "To back up a database, run ...", "使用 apt 命令".
bool shows_way(std::string_view text) {
  static constexpr std::string_view kWords[] = {
      " use ",   " run ", "Use ", "Run ", " command", " you can ", " call ",
      " option", "使用",  "命令", "运行", "执行",     "可以用"};
  return text.starts_with("To ") ||
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return text.contains(word); });
}

}  // namespace

void sort_best_first(std::vector<ScoredSentence>& sentences) {
  std::sort(sentences.begin(), sentences.end(),
            [](const ScoredSentence& a, const ScoredSentence& b) {
              return a.score != b.score ? a.score > b.score : a.number < b.number;
            });
}

bool may_be_chosen(const SentenceTable& table, std::size_t number) {
  const Sentence& sentence = table.sentences()[number];
  const std::span<const ByteSpan> allowed = table.source_of(sentence).allowed;
  if (allowed.empty() || !sentence.is_quotable) return sentence.is_quotable;
  return std::any_of(allowed.begin(), allowed.end(), [&](const ByteSpan& span) {
    return span.begin == sentence.span.begin && span.end == sentence.span.end;
  });
}

SentenceRanking::SentenceRanking(std::string_view question_text, const SentenceTable& table)
    : table_(table),
      question_(read_question(question_text)),
      language_(language_of(question_text)),
      terms_(question_.terms.begin(), question_.terms.end()) {
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
  for (const SourceText& source : table.sources()) titles_.push_back(content_terms(source.title));
}

std::vector<ScoredSentence> SentenceRanking::ranked() const {
  std::vector<ScoredSentence> all;
  for (std::size_t i = 0; i < table_.sentences().size(); ++i)
    if (may_be_chosen(table_, i)) all.push_back({i, first_score(i)});
  sort_best_first(all);
  if (all.empty() || all.front().score <= 0) return all;

  const SentenceFeatures features(question_, table_);
  const SentenceTrees trees =
      features.is_chinese() ? chinese_sentence_trees() : english_sentence_trees();
  const std::size_t measured = std::min(kMeasuredMax, all.size());
  double last = 0;  // the lowest score of those measured
  const double first_last = all[measured - 1].score;
  for (std::size_t i = 0; i < measured; ++i) {
    const std::size_t number = all[i].number;
    all[i].score = kTreeWeight * tree_score(trees, features.row(number)) + context_score(number);
    last = i == 0 ? all[i].score : std::min(last, all[i].score);
  }
  // The rest comes after them, in its own order.
  for (std::size_t i = measured; i < all.size(); ++i) all[i].score += last - first_last;
  sort_best_first(all);
  return all;
}

bool SentenceRanking::speaks(std::size_t number) const {
  return own_[number] > 0 || paragraphs_[table_.sentences()[number].paragraph] > 0;
}

double SentenceRanking::first_score(std::size_t number) const {
  if (!speaks(number)) return 0;
  const Sentence& sentence = table_.sentences()[number];
  double score = own_[number] + kParagraphWeight * paragraphs_[sentence.paragraph];
  if (table_.before(number)) score += kNeighbourWeight * own_[number - 1];
  if (table_.after(number)) score += kNeighbourWeight * own_[number + 1];
  score += kPairWeight * pairs(sentence);
  const double strange = strangeness(sentence, topic_terms(sentence));
  return score / weight_ - kNamePenalty * strange + kind_score(number) + context_score(number);
}

// What the trees cannot know.
double SentenceRanking::context_score(std::size_t number) const {
  const Sentence& sentence = table_.sentences()[number];
  const std::string_view text = table_.text_of(sentence);
  double score = kTopicWeight * topic(topic_terms(sentence));
  score += kNamedAboveWeight * named_above(sentence);
  if (question_.kind == AnswerKind::Definition) {
    if (begins_with_subject(sentence)) score += kSubjectWeight;
    score += kDefinitionWeight * definition_strength(text, question_);
    if (is_under_own_heading(number)) score += kOwnHeadingWeight;
  }
  if (question_.asks_how) {
    score += way_score(number);
  } else if (question_.kind == AnswerKind::Way && shows_way(text)) {
    score += kWayWeight;
  }
  if (sentence.part.shape == QuoteShape::Row)
    score += kRowWeight * (row_fit(sentence) - kRowFitMin);
  if (sentence.part.introduces && question_.wants_list) score += kListWeight * list_fit(sentence);
  score += kStartWeight / (1.0 + sentence.place);
  score += kRankWeight / (1.0 + sentence.source);
  if (starts_dangling(text)) score -= kDanglingPenalty;
  if (only_refers(text)) score -= kReferencePenalty;
  if (language_of(text) != language_) score -= kOtherLanguagePenalty;
  return score;
}

// Not RAID-10 where RAID is asked for.
bool SentenceRanking::begins_with_subject(const Sentence& sentence) const {
  if (sentence.terms.empty() || !terms_.contains(sentence.terms[0])) return false;
  const std::string_view text = table_.text_of(sentence);
  const std::string_view word = text.substr(0, text.find(' '));
  return word.find('-') == word.npos || question_.text.contains(word);
}

bool SentenceRanking::tells_way(std::size_t number) const {
  const Sentence& sentence = table_.sentences()[number];
  const std::string_view text = table_.text_of(sentence);
  if (instructs(text, question_) > 0) return true;
  constexpr double kPurposeMin = 0.3;
  if (purpose_share(text, question_) >= kPurposeMin) return true;
  const SentenceList* list = table_.list_of(sentence);
  if (list == nullptr || !sentence.part.introduces) return false;
  return list->is_commands || text.contains("xample") || text.contains("例");
}

// A heading that names what is to be done: "6.2.2. Installing and removing".
bool SentenceRanking::is_under_action(const Sentence& sentence) const {
  if (sentence.heading < 0 || question_.action.empty()) return false;
  const auto& above = table_.sentences()[static_cast<std::size_t>(sentence.heading)].terms;
  return std::any_of(question_.action.begin(), question_.action.end(), [&](const auto& term) {
    return std::find(above.begin(), above.end(), term) != above.end();
  });
}

// "Database user" as it stands, in the sentence, what it introduces or the heading above.
bool SentenceRanking::holds_compounds(const Sentence& sentence) const {
  const auto holds = [](const std::vector<std::string>& terms, const auto& pair) {
    for (std::size_t i = 0; i + 1 < terms.size(); ++i)
      if (terms[i] == pair.first && terms[i + 1] == pair.second) return true;
    return false;
  };
  return std::all_of(question_.compounds.begin(), question_.compounds.end(), [&](const auto& pair) {
    if (holds(sentence.terms, pair)) return true;
    return sentence.heading >= 0 &&
           holds(table_.sentences()[static_cast<std::size_t>(sentence.heading)].terms, pair);
  });
}

// For who wants to do it: a sentence that tells a way, best one whose purpose is just that.
double SentenceRanking::way_score(std::size_t number) const {
  const Sentence& sentence = table_.sentences()[number];
  double score = kPurposeWeight * purpose_share(table_.text_of(sentence), question_);
  if (!holds_compounds(sentence)) score -= kNoCompoundPenalty;
  if (!tells_way(number)) return score - kNoWayPenalty;
  score += kWayWeight;
  const ActionUse use = action_use(table_.text_of(sentence), question_);
  if (use == ActionUse::Beside) score -= kBesidePenalty;
  if (use == ActionUse::Told) score += kToldWeight;
  if (use != ActionUse::Beside && is_under_action(sentence)) score += kActionAboveWeight;
  if (use != ActionUse::Beside && sentence.part.introduces) score += kCommandWeight;
  return score;
}

// How much of the question a row answers by its place: one of its cells says nothing but what is
// asked for, and the rest of the question stands in the row, its header or above the table.
double SentenceRanking::row_fit(const Sentence& sentence) const {
  Terms around = topic_terms(sentence);
  around.insert(sentence.terms.begin(), sentence.terms.end());
  const std::string_view text = table_.text_of(sentence);
  double best = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(" | ", begin), text.size());
    const std::vector<std::string> cell = content_terms(text.substr(begin, end - begin));
    const auto asked = std::count_if(cell.begin(), cell.end(),
                                     [&](const auto& term) { return terms_.contains(term); });
    if (asked > 0)
      best = std::max(best, static_cast<double>(asked) / static_cast<double>(cell.size()));
    begin = end + 3;
  }
  return best * topic(around);
}

// The share of the question that what introduces a list speaks of.
double SentenceRanking::list_fit(const Sentence& sentence) const {
  Terms around = topic_terms(sentence);
  around.insert(sentence.terms.begin(), sentence.terms.end());
  return topic(around);
}

// Glossaries and lists of parameters: "generator" above "A function which ...".
bool SentenceRanking::is_under_own_heading(std::size_t number) const {
  const std::int32_t heading = table_.sentences()[number].heading;
  if (heading < 0 || static_cast<std::size_t>(heading) + 1 != number) return false;
  const std::vector<std::string>& terms =
      table_.sentences()[static_cast<std::size_t>(heading)].terms;
  return !terms.empty() && terms.size() == question_.terms.size() &&
         std::all_of(terms.begin(), terms.end(),
                     [&](const std::string& term) { return terms_.contains(term); });
}

// Of the names in the question, those in the heading right above: of many parameters, each with a
// default, the one that is asked for.
double SentenceRanking::named_above(const Sentence& sentence) const {
  if (question_.names.empty() || sentence.heading < 0) return 0;
  const auto& above = table_.sentences()[static_cast<std::size_t>(sentence.heading)].terms;
  const auto named =
      std::count_if(question_.names.begin(), question_.names.end(), [&](const auto& name) {
        return std::any_of(name.terms.begin(), name.terms.end(), [&](const std::string& term) {
          return rareness_of(term) >= kNameRareness &&
                 std::find(above.begin(), above.end(), term) != above.end();
        });
      });
  return static_cast<double>(named) / static_cast<double>(question_.names.size());
}

double SentenceRanking::kind_score(std::size_t number) const {
  const std::string_view text = table_.text_of(table_.sentences()[number]);
  const bool holds = question_.kind != AnswerKind::Any && holds_answer_kind(text, question_.kind);
  return holds ? kKindWeight : 0;
}

// Weight of the question's neighbouring terms that are neighbours in the sentence too.
double SentenceRanking::pairs(const Sentence& sentence) const {
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
SentenceRanking::Terms SentenceRanking::topic_terms(const Sentence& sentence) const {
  Terms named = Terms(titles_[sentence.source].begin(), titles_[sentence.source].end());
  if (sentence.heading >= 0) {
    const Sentence& heading = table_.sentences()[static_cast<std::size_t>(sentence.heading)];
    named.insert(heading.terms.begin(), heading.terms.end());
  }
  if (sentence.part.header >= 0) {
    const Sentence& header = table_.sentences()[static_cast<std::size_t>(sentence.part.header)];
    named.insert(header.terms.begin(), header.terms.end());
  }
  return named;
}

// Share of the question in the topic, names counted twice. "max_connections (integer)" above
// "The default is 100" makes it an answer. Not weighed by idf: what all sources speak of, since
// they were found by it, is what matters here.
double SentenceRanking::topic(const Terms& named) const {
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
double SentenceRanking::strangeness(const Sentence& sentence, const Terms& named) const {
  if (question_.names.empty()) return 0;
  const Terms own = Terms(sentence.terms.begin(), sentence.terms.end());
  const auto strange =
      std::count_if(question_.names.begin(), question_.names.end(), [&](const auto& name) {
        return std::none_of(name.terms.begin(), name.terms.end(), [&](const auto& term) {
          return own.contains(term) || named.contains(term);
        });
      });
  return static_cast<double>(strange) / static_cast<double>(question_.names.size());
}

}  // namespace muai
