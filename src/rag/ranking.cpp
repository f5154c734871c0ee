// One pass over the index does everything: the text of a passage is not read before it has won.
// A passage is scored fully only when its best possible score could still enter the list.

#include "rag/ranking.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <map>
#include <utility>

#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t kQueryBytesMax = 4096;  // what follows is ignored
constexpr std::size_t kTermsMax = 96;         // later terms of a very long query are ignored
constexpr std::uint32_t kProximityWindow = 8;

struct ScoredTerm {
  std::string term;
  double weight = 1;      // how often the query says it
  bool is_extra = false;  // a CJK character that also stands in a bigram of the query
  std::size_t passages = 0;
  double idf = 0;
};

struct Pair {
  std::size_t first;  // numbers of two terms that are neighbours in the query
  std::size_t second;
};

struct AnalysedQuery {
  std::vector<ScoredTerm> terms;
  std::vector<Pair> pairs;
};

bool is_single_cjk(std::string_view term) {
  const CodePoint first = decode_utf8(term, 0);
  return first.size == term.size() && is_cjk(first.value);
}

struct QueryToken {
  std::string term;
  ByteSpan span;
  bool same_position;
};

// The tokens that say something. A Chinese stop word such as 什么 also takes the bigrams that
// begin or end inside it: they are accidents of its neighbours.
std::vector<QueryToken> telling_tokens(std::string_view query) {
  std::vector<QueryToken> tokens;
  std::vector<ByteSpan> stop_spans;
  for_each_token(
      query,
      [&](const Token& token) {
        if (!is_stop_word(token.term)) {
          tokens.push_back({std::string(token.term), token.span, token.same_position});
        } else if (has_cjk(token.term) && !is_single_cjk(token.term)) {
          stop_spans.push_back(token.span);
        }
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  std::erase_if(tokens, [&](const QueryToken& token) {
    return std::ranges::any_of(stop_spans, [&](const ByteSpan& stop) {
      return token.span.begin < stop.end && stop.begin < token.span.end;
    });
  });
  return tokens;
}

std::vector<QueryToken> all_tokens(std::string_view query) {
  std::vector<QueryToken> tokens;
  for_each_token(
      query,
      [&](const Token& token) {
        tokens.push_back({std::string(token.term), token.span, token.same_position});
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  return tokens;
}

// Terms in order of their first occurrence, each once; neighbours once as a pair.
AnalysedQuery analyse_query(std::string_view query) {
  std::vector<QueryToken> tokens = telling_tokens(query);
  if (tokens.empty()) tokens = all_tokens(query);
  AnalysedQuery analysed;
  std::map<std::string, std::size_t, std::less<>> numbers;
  std::vector<std::size_t> sequence;
  for (const QueryToken& token : tokens) {
    const auto known = numbers.find(token.term);
    if (known == numbers.end() && analysed.terms.size() >= kTermsMax) continue;
    const bool extra = token.same_position && is_single_cjk(token.term);
    std::size_t number = analysed.terms.size();
    if (known == numbers.end()) {
      numbers.emplace(token.term, number);
      analysed.terms.push_back({token.term, 1, extra, 0, 0});
    } else {
      number = known->second;
      if (!extra) analysed.terms[number].weight += 1;
    }
    if (!token.same_position) sequence.push_back(number);
  }
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    const Pair pair{sequence[i - 1], sequence[i]};
    const bool known = std::ranges::any_of(analysed.pairs, [&](const Pair& other) {
      return other.first == pair.first && other.second == pair.second;
    });
    const bool is_cjk =
        has_cjk(analysed.terms[pair.first].term) || has_cjk(analysed.terms[pair.second].term);
    if (pair.first != pair.second && !known && !is_cjk) analysed.pairs.push_back(pair);
  }
  return analysed;
}

// Keeps the terms that `keep` says, and the pairs between them.
template <class Keep>
AnalysedQuery filtered(const AnalysedQuery& query, Keep keep) {
  AnalysedQuery kept;
  std::vector<std::size_t> new_number(query.terms.size(), query.terms.size());
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    if (!keep(query.terms[i])) continue;
    new_number[i] = kept.terms.size();
    kept.terms.push_back(query.terms[i]);
  }
  for (const Pair& pair : query.pairs) {
    const Pair renumbered{new_number[pair.first], new_number[pair.second]};
    if (renumbered.first < query.terms.size() && renumbered.second < query.terms.size()) {
      kept.pairs.push_back(renumbered);
    }
  }
  return kept;
}

// The rarest terms select passages until their number would be too large. The rarest always does,
// and a second word does unless it is frequent indeed.
std::vector<MatchTerm> match_terms(const AnalysedQuery& query, const RankingModel& model) {
  std::vector<std::size_t> rarest_first;
  for (std::size_t i = 0; i < query.terms.size(); ++i) rarest_first.push_back(i);
  std::ranges::sort(rarest_first, {},
                    [&](std::size_t i) { return std::pair(query.terms[i].passages, i); });
  std::vector<MatchTerm> terms;
  for (const ScoredTerm& term : query.terms) terms.push_back({term.term, false});
  std::size_t visits = 0;
  std::size_t words = 0;
  for (const std::size_t number : rarest_first) {
    const ScoredTerm& term = query.terms[number];
    const bool is_word = !term.is_extra;
    const bool is_needed =
        words == 0 || (words == 1 && is_word && term.passages <= 3 * model.visits_max);
    if (visits + term.passages > model.visits_max && !is_needed) continue;
    visits += term.passages;
    words += is_word ? 1 : 0;
    terms[number].selects = true;
  }
  return terms;
}

// Scores rows and keeps the best.
class Scorer {
 public:
  Scorer(const AnalysedQuery& query, const IndexSizes& sizes, std::size_t limit,
         const RankingModel& model)
      : query_(query),
        model_(model),
        mean_length_(std::max(1.0, sizes.mean_length[static_cast<std::size_t>(Field::Body)])),
        limit_(limit),
        frequencies_(query.terms.size()),
        positions_(query.terms.size()) {
    for (const ScoredTerm& term : query.terms) idf_sum_ += term.weight * term.idf;
    for (const Pair& pair : query.pairs) {
      pair_weights_.push_back(pair_weight(pair));
      pair_sum_ += pair_weights_.back();
    }
  }

  void visit(const MatchRow& row) {
    read_frequencies(row);
    const double bonus_max = coverage() + (model_.k1 + 1) * pair_sum_;
    if (is_full() && bm25(0) + bonus_max <= worst()) return;
    const std::uint32_t length = row.length(Field::Body);
    const double score = bm25(length);
    if (is_full() && score + bonus_max <= worst()) return;
    keep(row.passage_id(), score, coverage(), proximity(row, length), length);
  }

  std::vector<RankedPassage> take_best() {
    std::ranges::sort(best_, better);
    return std::move(best_);
  }

 private:
  static bool better(const RankedPassage& a, const RankedPassage& b) {
    return a.score != b.score ? a.score > b.score : a.passage_id < b.passage_id;
  }

  bool is_full() const { return best_.size() >= limit_; }
  double worst() const { return best_.front().score; }

  double pair_weight(const Pair& pair) const {
    return model_.proximity_weight *
           std::min(query_.terms[pair.first].idf, query_.terms[pair.second].idf);
  }

  void read_frequencies(const MatchRow& row) {
    for (std::size_t i = 0; i < frequencies_.size(); ++i) {
      const auto counts = row.frequencies(i);
      frequencies_[i] = model_.title_weight * counts[0] + model_.heading_weight * counts[1] +
                        static_cast<double>(counts[2]);
      in_body_[i] = counts[2] > 0;
    }
  }

  double norm(std::uint32_t length) const {
    return model_.k1 * (1 - model_.b + model_.b * static_cast<double>(length) / mean_length_);
  }

  double term_score(std::size_t term, std::uint32_t length) const {
    const double frequency = frequencies_[term];
    const ScoredTerm& scored = query_.terms[term];
    return scored.weight * scored.idf * frequency * (model_.k1 + 1) / (frequency + norm(length));
  }

  double bm25(std::uint32_t length) const {
    double score = 0;
    for (std::size_t i = 0; i < frequencies_.size(); ++i) score += term_score(i, length);
    return score;
  }

  double coverage() const {
    double present = 0;
    for (std::size_t i = 0; i < frequencies_.size(); ++i) {
      if (frequencies_[i] > 0) present += query_.terms[i].weight * query_.terms[i].idf;
    }
    return idf_sum_ > 0 ? model_.coverage_weight * present * present / idf_sum_ : 0;
  }

  double proximity(const MatchRow& row, std::uint32_t length) {
    if (query_.pairs.empty()) return 0;
    have_positions_.reset();
    double score = 0;
    for (std::size_t i = 0; i < query_.pairs.size(); ++i) {
      const Pair& pair = query_.pairs[i];
      if (!in_body_[pair.first] || !in_body_[pair.second]) continue;
      const double close = closeness(positions(row, pair.first), positions(row, pair.second));
      score += pair_weights_[i] * close * (model_.k1 + 1) / (close + norm(length));
    }
    return score;
  }

  const std::vector<std::uint32_t>& positions(const MatchRow& row, std::size_t term) {
    if (!have_positions_[term]) {
      row.positions(term, Field::Body, positions_[term]);
      have_positions_[term] = true;
    }
    return positions_[term];
  }

  // Sum over occurrences of the second term of 1 / d^2, d the distance to the nearest first term
  // before it; behind it counts half.
  static double closeness(std::span<const std::uint32_t> firsts,
                          std::span<const std::uint32_t> seconds) {
    double sum = 0;
    std::size_t next = 0;
    for (const std::uint32_t second : seconds) {
      while (next < firsts.size() && firsts[next] < second) ++next;
      double nearest = 0;
      if (next > 0 && second - firsts[next - 1] <= kProximityWindow) {
        const double distance = second - firsts[next - 1];
        nearest = 1 / (distance * distance);
      }
      if (next < firsts.size() && firsts[next] > second &&
          firsts[next] - second <= kProximityWindow) {
        const double distance = firsts[next] - second;
        nearest = std::max(nearest, 0.5 / (distance * distance));
      }
      sum += nearest;
    }
    return sum;
  }

  void keep(std::int64_t id, double bm25_score, double coverage_score, double proximity_score,
            std::uint32_t length) {
    RankedPassage passage;
    passage.passage_id = id;
    passage.score = bm25_score + coverage_score + proximity_score;
    if (is_full() && passage.score <= worst()) return;
    passage.why.coverage = coverage_score;
    passage.why.proximity = proximity_score;
    for (std::size_t i = 0; i < frequencies_.size(); ++i) {
      const ScoredTerm& term = query_.terms[i];
      passage.why.terms.push_back(
          {"", term.idf, frequencies_[i], term_score(i, length), term.passages});
    }
    best_.push_back(std::move(passage));
    std::ranges::push_heap(best_, better);
    if (best_.size() <= limit_) return;
    std::ranges::pop_heap(best_, better);
    best_.pop_back();
  }

  const AnalysedQuery& query_;
  const RankingModel& model_;
  double mean_length_;
  std::size_t limit_;
  double idf_sum_ = 0;
  double pair_sum_ = 0;
  std::vector<double> pair_weights_;
  std::vector<double> frequencies_;  // of each term in the current row, fields weighted
  std::bitset<kTermsMax> in_body_;
  std::bitset<kTermsMax> have_positions_;
  std::vector<std::vector<std::uint32_t>> positions_;
  std::vector<RankedPassage> best_;  // a heap whose front is the worst
};

Result<void> count_terms(PassageStore& store, AnalysedQuery& query, std::size_t passages) {
  std::vector<std::string> names;
  for (const ScoredTerm& term : query.terms) names.push_back(term.term);
  MUAI_TRY(const std::vector<std::size_t> counts, store.count_passages_with(names));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto n = static_cast<double>(counts[i]);
    query.terms[i].passages = counts[i];
    query.terms[i].idf =
        std::log(1 + (std::max(static_cast<double>(passages), n) - n + 0.5) / (n + 0.5));
  }
  return {};
}

}  // namespace

Result<Ranking> rank_passages(PassageStore& store, std::string_view text, std::size_t limit,
                              const RankingModel& model) {
  Ranking ranking;
  MUAI_TRY(const IndexSizes sizes, store.index_sizes());
  AnalysedQuery query = analyse_query(text.substr(0, boundary_before(text, kQueryBytesMax)));
  MUAI_TRY_VOID(count_terms(store, query, sizes.passages));
  query = filtered(query, [](const ScoredTerm& term) { return term.passages > 0; });

  const double common = std::max(static_cast<double>(model.common_min),
                                 model.common_share * static_cast<double>(sizes.passages));
  const auto is_telling = [&](const ScoredTerm& term) {
    return static_cast<double>(term.passages) <= common;
  };
  if (std::ranges::any_of(query.terms, is_telling)) {
    for (const ScoredTerm& term : query.terms) {
      if (!is_telling(term)) ranking.dropped_terms.push_back(term.term);
    }
    query = filtered(query, is_telling);
  }
  if (query.terms.empty() || limit == 0) return ranking;

  Scorer scorer(query, sizes, limit, model);
  MUAI_TRY_VOID(
      store.match(match_terms(query, model), [&](const MatchRow& row) { scorer.visit(row); }));
  ranking.passages = scorer.take_best();
  for (const ScoredTerm& term : query.terms) ranking.terms.push_back(term.term);
  return ranking;
}

}  // namespace muai
