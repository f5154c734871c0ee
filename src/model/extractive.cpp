// From an order of sentences to an answer: is the best one an answer at all, which others belong
// to it, and which sentence has to stand before it to be understood.

#include "muai/model/extractive.h"

#include <algorithm>
#include <unordered_set>

#include "model/chosen_sentences.h"
#include "model/instruction.h"
#include "model/sentence_features.h"
#include "model/sentence_ranking.h"
#include "model/sentence_table.h"
#include "model/word_forms.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"

namespace muai {
namespace {

// An answer needs this share of the question's weight in the best sentence's surroundings.
// Chinese bigrams cross word borders, so some of a question's bigrams are no words at all. On
// questions put to the wrong article (bench/answer_eval.cpp, abstain) 1 to 3 in 100 are answered;
// on the right one 87 to 92 in 100.
constexpr double kCoverageMin = 0.5;
constexpr double kCoverageMinCjk = 0.28;

// How to do something, by the sentence itself.
constexpr double kWayCoverageMin = 0.5;
constexpr double kWayCoverageMinCjk = 0.4;

// A question of one or two words has none to spare: "capital of Mongolia" needs both.
constexpr std::size_t kShortQuestionTerms = 2;

// And at most this share of the names in the question may be unknown to the source.
constexpr double kMissingNamesMax = 0.4;

// Later sentences of an answer may score so much less than the best one.
constexpr double kFollowerDistance = 0.14;

// And speak of so much of the question themselves.
constexpr double kFollowerCoverageMin = 0.4;
constexpr double kFollowerCoverageMinCjk = 0.15;
constexpr double kDefinitionMin = 0.5;

using Terms = std::unordered_set<std::string_view>;

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

  // By the whole paragraph.
  double of(std::size_t number) const { return share(surroundings(number, Width::Paragraph)); }

  // Whether the sentence alone says enough to follow another one.
  bool speaks_itself(std::size_t number) const {
    const std::vector<std::string>& terms = table_.sentences()[number].terms;
    const double least = is_cjk() ? kFollowerCoverageMinCjk : kFollowerCoverageMin;
    return share(Terms(terms.begin(), terms.end())) >= least;
  }

  // By the sentence itself, what it points back to or introduces, and what stands above it.
  double close(std::size_t number) const { return share(surroundings(number, Width::Sentence)); }

  // A way is told by the sentence that is quoted: that others around it speak of the matter is not
  // enough.
  bool is_told(std::size_t number) const {
    if (question_.kind != AnswerKind::Way) return true;
    return close(number) >= (is_cjk() ? kWayCoverageMinCjk : kWayCoverageMin);
  }

  // Whether a list of which one item fits is about what is to be done.
  bool is_of_task(const SentenceList& list) const {
    if (!question_.asks_how) return true;
    const std::string_view intro = table_.text_of(table_.sentences()[list.intro]);
    return action_use(intro, question_) == ActionUse::Told || acts_above(list.intro);
  }

  // Whether what is to be done is named by the sentence, what it introduces or what stands above
  // it, and its source knows the things by the names of the question ("database user").
  bool names_task(std::size_t number) const {
    if (!question_.asks_how) return true;
    const bool acts = question_.action.empty() || acts_itself(number) || acts_above(number);
    return acts && std::all_of(question_.compounds.begin(), question_.compounds.end(),
                               [&](const auto& pair) { return is_together(number, pair); });
  }

  // Whether what stands above says all that is to be done: "Cleaning the oven". Then whatever
  // stands below tells how.
  bool is_headed_by_task(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    if (!question_.asks_how || question_.action.empty()) return false;
    std::vector<std::string> above = content_terms(table_.source_of(sentence).title);
    const std::span<const std::string> heading = heading_of(sentence);
    above.insert(above.end(), heading.begin(), heading.end());
    return holds_action(above) &&
           std::all_of(question_.terms.begin(), question_.terms.end(),
                       [&](const auto& term) { return is_action(term) || is_in(above, term); });
  }

  // Of texts that are no manuals: advice, or the whole task in one sentence ("Tomatoes are watered
  // in the morning").
  bool advises_task(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    if (advises(table_.text_of(sentence))) return true;
    return std::all_of(question_.terms.begin(), question_.terms.end(),
                       [&](const auto& term) { return is_in(sentence.terms, term); });
  }

  bool fits(std::size_t number) const {
    return is_enough(of(number)) && knows_names(number) && is_told(number);
  }

  // Whether the surroundings or the source speak of the names in the question.
  bool knows_names(std::size_t number) const {
    if (question_.names.empty()) return true;
    Terms around = surroundings(number, Width::Paragraph);
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
    if (is_cjk()) return coverage >= kCoverageMinCjk;
    constexpr double kAll = 0.999;
    return coverage >= (question_.terms.size() <= kShortQuestionTerms ? kAll : kCoverageMin);
  }

 private:
  enum class Width { Sentence, Paragraph };

  static constexpr double kIdfMax = 4;

  static bool is_in(std::span<const std::string> terms, const std::string& term) {
    return std::find(terms.begin(), terms.end(), term) != terms.end();
  }

  bool is_action(const std::string& term) const { return is_in(question_.action, term); }

  bool holds_action(std::span<const std::string> terms) const {
    return std::any_of(terms.begin(), terms.end(),
                       [&](const std::string& term) { return is_action(term); });
  }

  // Nothing where no heading stands above.
  std::span<const std::string> heading_of(const Sentence& sentence) const {
    if (sentence.heading < 0) return {};
    return table_.sentences()[static_cast<std::size_t>(sentence.heading)].terms;
  }

  // The heading names one of the things.
  bool is_below_thing(const Sentence& sentence) const {
    const std::span<const std::string> above = heading_of(sentence);
    return std::any_of(question_.terms.begin(), question_.terms.end(),
                       [&](const auto& term) { return !is_action(term) && is_in(above, term); });
  }

  // In the sentence, or what it is an item of.
  bool acts_itself(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    const ActionUse use = action_use(table_.text_of(sentence), question_);
    if (use == ActionUse::Told) return true;
    // "Bread: knead the dough and bake it": the thing is named above.
    if (use == ActionUse::None && holds_action(sentence.terms) && is_below_thing(sentence))
      return true;
    const SentenceList* list = table_.list_of(sentence);
    return list != nullptr && !sentence.part.introduces &&
           action_use(table_.text_of(table_.sentences()[list->intro]), question_) ==
               ActionUse::Told;
  }

  // In the heading, or in a title that names more of the question than the deed.
  bool acts_above(std::size_t number) const {
    const Sentence& sentence = table_.sentences()[number];
    if (holds_action(heading_of(sentence))) return true;
    const std::vector<std::string> title = content_terms(table_.source_of(sentence).title);
    const auto named = std::count_if(title.begin(), title.end(), [&](const std::string& term) {
      return is_in(question_.terms, term);
    });
    return holds_action(title) && named >= 2;
  }

  bool is_together(std::size_t number, const std::pair<std::string, std::string>& pair) const {
    const std::uint32_t source = table_.sentences()[number].source;
    return std::any_of(table_.sentences().begin(), table_.sentences().end(), [&](const auto& one) {
      if (one.source != source) return false;
      for (std::size_t i = 0; i + 1 < one.terms.size(); ++i)
        if (one.terms[i] == pair.first && one.terms[i + 1] == pair.second) return true;
      return false;
    });
  }

  bool is_cjk() const {
    return std::any_of(question_.terms.begin(), question_.terms.end(),
                       [](const std::string& term) { return has_cjk(term); });
  }

  bool is_deed(std::string_view term) const {
    return !question_.action.empty() && question_.action.front() == term;
  }
  bool does(const Terms& around) const {
    return std::any_of(question_.action.begin(), question_.action.end(),
                       [&](const std::string& term) { return around.contains(term); });
  }

  double share(const Terms& around) const {
    double covered = 0;
    double all = 0;
    for (const std::string& term : question_.terms) {
      const double weight = 1 + std::min(table_.by_sentence().idf(term), kIdfMax) / kIdfMax;
      all += weight;
      if (around.contains(term) || (is_deed(term) && does(around))) covered += weight;
    }
    return all > 0 ? covered / all : 0;
  }

  Terms surroundings(std::size_t number, Width width) const {
    const std::span<const Sentence> all = table_.sentences();
    const Sentence& sentence = all[number];
    Terms around;
    const auto add = [&](const std::vector<std::string>& terms) {
      around.insert(terms.begin(), terms.end());
    };
    // A row speaks for itself, below its header; other rows speak of other things.
    if (sentence.part.shape == QuoteShape::Row) {
      add(sentence.terms);
      if (sentence.part.header >= 0) add(all[static_cast<std::size_t>(sentence.part.header)].terms);
    } else if (width == Width::Sentence) {
      add(sentence.terms);
      if (table_.before(number) && starts_dangling(table_.text_of(sentence)))
        add(all[number - 1].terms);
      const SentenceList* list = table_.list_of(sentence);
      for (std::size_t i = list ? list->begin : 0; list && i < list->end; ++i) add(all[i].terms);
    } else {
      for (std::size_t i = number; i < all.size() && all[i].paragraph == sentence.paragraph; ++i)
        add(all[i].terms);
      for (std::size_t i = number; i-- > 0 && all[i].paragraph == sentence.paragraph;)
        add(all[i].terms);
    }
    if (const SentenceList* list = table_.list_of(sentence)) add(all[list->intro].terms);
    if (sentence.heading >= 0) add(all[static_cast<std::size_t>(sentence.heading)].terms);
    const SourceText& source = table_.source_of(sentence);
    titles_.push_back(content_terms(source.title));
    add(titles_.back());
    titles_.push_back(content_terms(letters_of(source.url)));
    add(titles_.back());
    return around;
  }

  const Question& question_;
  const SentenceTable& table_;
  mutable std::vector<std::vector<std::string>> titles_;  // keeps the terms that sets point to
};

// "This handbook is ..." to who wrote a handbook: nothing has to stand before it. To "what is the
// process called", "this process" says nothing alone.
bool points_at_question(std::string_view text, const Question& question) {
  if (!text.starts_with("This ") && !text.starts_with("These ")) return false;
  const std::size_t begin = text.find(' ') + 1;
  const std::size_t end = std::min(text.find(' ', begin), text.size());
  const std::vector<std::string> thing = content_terms(text.substr(begin, end - begin));
  const auto has = [&](const std::vector<std::string>& terms) {
    return std::find(terms.begin(), terms.end(), thing[0]) != terms.end();
  };
  return !thing.empty() && has(question.terms) && !has(question.focus);
}

// The best sentences within the budget that do not repeat each other, and before one that points
// back ("It was ...") the sentence that it points to.
// What introduces a list brings its items along, a row its header. Where the question asks for all
// of something, an item brings the whole list.
std::vector<std::size_t> choose(const SentenceTable& table, std::span<const ScoredSentence> ranking,
                                const Question& question, const Coverage& coverage,
                                const AnswerOptions& options) {
  ChosenSentences chosen(table, {.code_points_max = options.code_points_max,
                                 .sentences_max = options.sentences_max,
                                 .list_code_points_max = options.list_code_points_max});
  // One sentence may be enough: of ways and definitions, only what goes on in the same one belongs
  // to it; else a sentence that itself speaks of most of the question.
  const auto continues = [&](std::size_t number) {
    const std::vector<std::size_t>& there = chosen.numbers();
    return table.before(number) != nullptr &&
           std::find(there.begin(), there.end(), number - 1) != there.end();
  };
  const auto adds = [&](std::size_t number) {
    const std::string_view text = table.text_of(table.sentences()[number]);
    if (question.asks_how) return false;
    if (question.kind == AnswerKind::Definition && question.terms.size() <= 2)
      return definition_strength(text, question) >= kDefinitionMin;
    // Chinese leaves the subject out: "体长可达33公分。" may speak of what stood far above.
    const std::uint32_t source = table.sentences()[chosen.numbers().front()].source;
    if (has_cjk(text) && table.sentences()[number].source == source) return true;
    return coverage.speaks_itself(number);
  };
  for (const ScoredSentence& next : ranking) {
    if (chosen.is_full()) break;
    if (next.score < ranking.front().score - kFollowerDistance) break;
    const Sentence& sentence = table.sentences()[next.number];
    const SentenceList* list = table.list_of(sentence);
    const bool first = chosen.numbers().empty();
    const bool whole = list != nullptr && (sentence.part.introduces ||
                                           (question.wants_list && coverage.is_of_task(*list)));
    if (!first && !coverage.fits(next.number)) continue;
    if (!first && !continues(next.number) && !adds(next.number)) continue;
    if (whole && first && chosen.add_list(*list)) break;
    if (sentence.part.introduces) continue;
    if (sentence.part.shape == QuoteShape::Row) {
      chosen.add_row(next.number);
    } else if (points_at_question(table.text_of(sentence), question)) {
      chosen.add(next.number);
    } else {
      chosen.add_with_antecedent(next.number);
    }
  }
  return chosen.numbers();
}

// The sentence, with what it points back to or introduces.
std::string_view passage_of(const SentenceTable& table, std::size_t number) {
  const std::span<const Sentence> all = table.sentences();
  const Sentence& sentence = all[number];
  ByteSpan span = sentence.span;
  if (const SentenceList* list = table.list_of(sentence); list && sentence.part.introduces)
    span.end = all[list->end - 1].span.end;
  if (table.before(number) && starts_dangling(table.text_of(sentence)))
    span.begin = all[number - 1].span.begin;
  return span.of(table.source_of(sentence).text);
}

bool is_way(const SentenceRanking& ranking, const Coverage& coverage, std::size_t number) {
  if (!ranking.question().asks_how || coverage.is_headed_by_task(number)) return true;
  return coverage.names_task(number) &&
         (ranking.tells_way(number) || coverage.advises_task(number));
}

std::vector<std::string> missing_words(std::string_view question, const SentenceTable& table) {
  std::vector<std::string> missing;
  for_each_token(
      question,
      [&](const Token& token) {
        if (token.same_position || table.by_sentence().passages_with(base_form(token.term)) > 0)
          return;
        missing.emplace_back(question.substr(token.span.begin, token.span.size()));
      },
      {.stop_words = StopWords::Drop});
  return missing;
}

RankedSentence as_result(const SentenceTable& table, const ScoredSentence& scored) {
  const Sentence& sentence = table.sentences()[scored.number];
  return {sentence.source, sentence.span, scored.score, sentence.part.shape};
}

}  // namespace

std::vector<RankedSentence> rank_sentences(std::string_view question,
                                           std::span<const SourceText> sources) {
  const SentenceTable table(sources);
  const SentenceRanking ranking(question, table);
  std::vector<RankedSentence> results;
  for (const ScoredSentence& scored : ranking.ranked()) results.push_back(as_result(table, scored));
  return results;
}

ExtractedAnswer extract_answer(std::string_view question, std::span<const SourceText> sources,
                               const AnswerOptions& options) {
  const SentenceTable table(sources);
  const SentenceRanking ranking(question, table);
  const std::vector<ScoredSentence> candidates = ranking.ranked();
  ExtractedAnswer answer;
  const Coverage coverage(ranking.question(), table);

  // The best sentence whose surroundings speak of the question. A look at the first few is
  // enough: what ranks lower covers less.
  constexpr std::size_t kTriedMax = 8;
  for (std::size_t i = 0; i < std::min(kTriedMax, candidates.size()); ++i) {
    if (!ranking.speaks(candidates[i].number) && !coverage.is_headed_by_task(candidates[i].number))
      continue;
    const double share = coverage.of(candidates[i].number);
    answer.coverage = std::max(answer.coverage, share);
    if (!coverage.is_enough(share)) continue;
    if (!coverage.knows_names(candidates[i].number)) continue;
    if (!coverage.is_told(candidates[i].number)) continue;
    if (!is_way(ranking, coverage, candidates[i].number)) continue;
    if (!can_answer(passage_of(table, candidates[i].number), ranking.question())) continue;
    const std::vector<std::size_t> chosen =
        choose(table, std::span(candidates).subspan(i), ranking.question(), coverage, options);
    if (chosen.empty()) continue;  // the list that it introduces is too long
    answer.coverage = share;
    const double score = candidates[i].score;
    for (const std::size_t number : chosen) {
      const auto scored =
          std::find_if(candidates.begin(), candidates.end(),
                       [&](const ScoredSentence& one) { return one.number == number; });
      const double own_score = scored == candidates.end() ? score : scored->score;
      answer.sentences.push_back(as_result(table, {number, own_score}));
    }
    return answer;
  }
  answer.missing = missing_words(question, table);
  return answer;
}

}  // namespace muai
