#pragma once

// What a sentence shows about a question, as the row of numbers that the ranker was trained on
// (tools/train_answers.py). Private to the extractive backend.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/question.h"
#include "model/sentence_table.h"

namespace muai {

// Columns of a row. Shares are of the question's weight, 0 to 1 unless said otherwise.
enum class Feature : std::size_t {
  // The sentence's own words.
  Own,           // BM25 over the weight of the question
  OwnOfBest,     // the same over that of the best sentence
  OwnRank,       // 1 / rank by BM25
  Covered,       // idf of the terms it holds
  CoveredRare,   // the same, rare words of the language counting more
  CoveredOfMax,  // CoveredRare less that of the sentence that covers most
  CoveredCount,  // terms, unweighted
  MissedRarest,  // how rare the rarest term is that it lacks
  HasRarest,     // holds the rarest term
  Pairs,         // neighbouring terms that are neighbours in it
  Near,          // neighbouring terms, by their distance in it
  Order,         // longest run of terms in the question's order
  Similar,       // terms it lacks, but of which it holds a word with the same beginning
  Density,       // terms it holds over its words
  Tightness,     // terms it holds over the stretch that holds them
  Names,         // of the names in the question
  Focus,         // of what the question word asks for ("which COUNTRY")
  FocusNear,     // 1 / distance of the focus to a word that the question does not have
  // Its surroundings.
  Before,
  After,
  BeforeMissed,  // CoveredRare of what it lacks, by the sentence before
  AfterMissed,
  Together,  // CoveredRare by it and the sentence before
  TogetherOfMax,
  Anaphora,        // a pronoun or "this", "these", "such" among its first words
  AnaphoraBefore,  // BeforeMissed where it has
  RepeatsBefore,   // of its content words, those of the sentence before
  AfterDangling,   // the next sentence begins with a pronoun or the like
  Dangling,        // begins with a pronoun or the like
  DanglingBefore,  // BeforeMissed where it does
  Paragraph,
  ParagraphOfBest,
  ParagraphMissed,  // CoveredRare of what it lacks, by the rest of its paragraph
  ParagraphCovered,
  // The kind of answer.
  Kind,        // of the question, the number of its enumerator
  HoldsKind,   // 1, 0
  KindCount,   // candidates of that kind that the question does not name
  KindNear,    // closeness of the best candidate to the question's terms
  Numbers,     // new ones
  Years,       // new ones
  NewNames,    // capitalised or quoted, new ones
  Places,      // new ones
  NewWords,    // log of content words that the question does not have
  CuesMet,     // cues of the question that it has words for ...
  CuesMissed,  // ... and that it lacks
  FirstCue,    // for each cue: 1 met, -1 missed, 0 not asked
  LastCue = FirstCue + kAnswerCueCount - 1,
  Defines,       // "X is ..." with X of the question
  SubjectFirst,  // begins with a term of the question
  // Shape and place.
  Length,      // log of words
  Place,       // in its paragraph: 0 first, 1 second ...
  PlaceShare,  // 0 first, 1 last
  Sentences,   // log of how many its paragraph has
  Colon,
  Comma,  // log of how many
  QuestionLength,
  // Chinese, by characters.
  Characters,       // rarer ones counting more
  CharactersOfMax,  // less that of the best
  LongestRun,       // longest common run of characters over the question's length
  Runs,             // all common runs, long ones counting more
  RunsOfMax,
  RunsOfBest,
  Chinese,  // 1, 0
  Count
};

inline constexpr std::size_t kFeatureCount = static_cast<std::size_t>(Feature::Count);

using FeatureRow = std::array<float, kFeatureCount>;

// "It was ...", "However, ...", 它..., 因此...: understood only with what stands before.
bool starts_dangling(std::string_view text);

// One question against one table; both must outlive it.
class SentenceFeatures {
 public:
  SentenceFeatures(const Question& question, const SentenceTable& table);

  bool is_chinese() const { return chinese_; }
  FeatureRow row(std::size_t number) const;

 private:
  struct Word {
    std::string term;
    ByteSpan span;
    std::uint32_t position = 0;
    bool content = false;
    int asked = -1;  // which term of the question it is
  };
  // Shares of the question that a sentence holds.
  struct Own {
    double covered = 0;
    double covered_rare = 0;
    double characters = 0;
    double runs = 0;
    double longest_run = 0;
    double together = 0;
  };
  struct Row {
    FeatureRow values{};
    void set(Feature feature, double value) {
      values[static_cast<std::size_t>(feature)] = static_cast<float>(value);
    }
  };

  Own measure(std::size_t number) const;
  void add_terms(std::size_t number, const std::vector<Word>& words, Row& row) const;
  void add_places(const std::vector<Word>& words, Row& row) const;
  void add_focus(const std::vector<Word>& words, Row& row) const;
  void add_surroundings(std::size_t number, Row& row) const;
  void add_kind(std::size_t number, const std::vector<Word>& words, Row& row) const;
  void add_shape(std::size_t number, Row& row) const;
  void add_cues(std::string_view text, Row& row) const;
  std::vector<Word> words_of(std::string_view text) const;
  std::vector<ByteSpan> fresh(std::vector<ByteSpan> spans, const std::vector<Word>& words) const;
  bool holds(std::size_t number, std::size_t term) const;
  double missed_covered_by(std::size_t number, std::size_t other) const;

  const Question& question_;
  const SentenceTable& table_;
  bool chinese_ = false;
  std::vector<double> idf_;   // by question term
  std::vector<double> rare_;  // by question term: how rare in its language, 0 to 1
  double weight_ = 0;         // of the question, in BM25
  double idf_sum_ = 0;
  double rare_sum_ = 0;
  std::size_t rarest_ = 0;
  std::unordered_map<std::string_view, std::size_t> term_number_;
  std::vector<double> scores_;
  std::vector<double> paragraph_scores_;
  std::vector<std::uint32_t> rank_;  // by BM25
  double best_ = 0;
  double paragraph_best_ = 0;
  std::vector<std::vector<bool>> holds_;  // by sentence, then term
  std::vector<Own> own_;
  Own max_;
  std::vector<std::u32string> characters_;  // by sentence, folded; Chinese questions only
  std::u32string asked_characters_;
  std::unordered_map<char32_t, double> character_idf_;
};

}  // namespace muai
