#include "steps/evidence.h"

#include <algorithm>

#include "muai/steps/cited_answer.h"
#include "muai/text/sentences.h"
#include "muai/text/tokens.h"
#include "steps/negation.h"

// Words become numbers once for all sources; a claim's words become bits, so that a window of
// sentences is judged by a few bit operations, and only a promising one is read for its numbers,
// names and negations.

namespace muai {
namespace {

constexpr std::size_t kWindowMax = 3;

// Four fifths of the words, rounded up.
std::size_t enough(std::size_t terms) { return (terms * 4 + 4) / 5; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || (static_cast<unsigned char>(c) >= 0x80);
}

std::size_t number_end(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.' || text[end] == ',')) ++end;
  while (end > at && !is_digit(text[end - 1])) --end;
  return end;
}

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_word(text[at]) || text[at] == '-' || text[at] == '_')) ++at;
  return at;
}

std::vector<std::string> terms_in(std::string_view text) {
  std::vector<std::string> terms = analyse(text, {.stop_words = StopWords::Drop});
  std::ranges::sort(terms);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

}  // namespace

std::vector<std::string> hard_words(std::string_view claim) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < claim.size();) {
    if (is_digit(claim[at])) {
      const std::size_t end = number_end(claim, at);
      words.emplace_back(claim.substr(at, end - at));
      at = end;
      continue;
    }
    if (!is_word(claim[at])) {
      ++at;
      continue;
    }
    const std::size_t end = word_end(claim, at);
    // The first word of a sentence is written large whatever it is.
    const bool inner =
        at >= 2 && claim[at - 1] == ' ' && (is_word(claim[at - 2]) || claim[at - 2] == ',');
    if (inner && is_upper(claim[at]) && end - at > 1)
      words.emplace_back(claim.substr(at, end - at));
    at = end;
  }
  return words;
}

bool holds_word(std::string_view text, std::string_view word) {
  const bool number = is_digit(word[0]);
  const auto continues = [&](char c) { return number ? is_digit(c) : is_letter(c) || is_digit(c); };
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !continues(text[at - 1]);
    const std::size_t end = at + word.size();
    const bool decimal = number && end + 1 < text.size() &&
                         (text[end] == '.' || text[end] == ',') && is_digit(text[end + 1]);
    if (begins && !decimal && (end == text.size() || !continues(text[end]))) return true;
  }
  return false;
}

EvidenceIndex::EvidenceIndex(std::span<const CitableSource> sources, std::string_view question)
    : sources_(sources) {
  for (const CitableSource& source : sources) {
    Source read;
    for (const ByteSpan& span : split_sentences(source.text))
      read.sentences.push_back(
          {span, ids_of(std::string_view(source.text).substr(span.begin, span.size()))});
    read.title = ids_of(source.title);
    read_.push_back(std::move(read));
  }
  question_ = ids_of(question);
}

std::vector<std::uint32_t> EvidenceIndex::ids_of(std::string_view text) {
  std::vector<std::uint32_t> ids;
  for (std::string& term : terms_in(text))
    ids.push_back(
        ids_.try_emplace(std::move(term), static_cast<std::uint32_t>(ids_.size())).first->second);
  std::ranges::sort(ids);
  return ids;
}

// Nothing for a claim without content words: nothing can uphold it.
std::optional<EvidenceIndex::Claim> EvidenceIndex::read_claim(std::string_view text) const {
  const std::vector<std::string> terms = terms_in(text);
  if (terms.empty() || terms.size() > kClaimTermsMax) return std::nullopt;
  Claim claim{.text = text, .terms = terms.size(), .hard = hard_words(text)};
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (const auto id = ids_.find(terms[i]); id != ids_.end()) claim.bits.emplace(id->second, i);
  return claim;
}

EvidenceIndex::Terms EvidenceIndex::terms_of(const Claim& claim,
                                             const std::vector<std::uint32_t>& ids) const {
  Terms terms;
  for (const std::uint32_t id : ids)
    if (const auto bit = claim.bits.find(id); bit != claim.bits.end()) terms.set(bit->second);
  return terms;
}

// Among the windows of that width with at least `terms_min` of the claim's words, the one with most
// of them, then with most of the question's, then the first. The title speaks for every sentence,
// but not alone: half of the words must stand in the window.
std::optional<EvidenceIndex::Window> EvidenceIndex::best_window(const Claim& claim,
                                                                std::size_t source,
                                                                std::size_t width,
                                                                std::size_t terms_min) const {
  const std::vector<Sentence>& sentences = read_[source].sentences;
  std::vector<Terms> terms;
  for (const Sentence& sentence : sentences) terms.push_back(terms_of(claim, sentence.terms));
  const Terms title = terms_of(claim, read_[source].title);
  std::optional<Window> best;
  for (std::size_t i = 0; i + width <= sentences.size(); ++i) {
    Window window{.first = i, .count = width};
    for (std::size_t k = i; k < i + width; ++k) window.terms |= terms[k];
    if (window.terms.count() * 2 < claim.terms) continue;
    window.terms |= title;
    if (window.terms.count() < terms_min) continue;
    std::size_t asked = 0;
    for (std::size_t k = i; k < i + width; ++k)
      for (const std::uint32_t id : question_)
        asked += std::ranges::binary_search(sentences[k].terms, id) ? 1U : 0U;
    window.rank = window.terms.count() * 1000 + asked;
    if ((best && best->rank >= window.rank) || !is_upheld_in(claim, source, window)) continue;
    best = window;
  }
  return best;
}

std::string EvidenceIndex::text_of(std::size_t source, const Window& window) const {
  const ByteSpan span = evidence_of(source, window).span;
  return sources_[source].text.substr(span.begin, span.size()) + "\n" + sources_[source].title;
}

// Numbers, names and negation; a claim that is upheld by several sources is looked at as a whole.
bool EvidenceIndex::is_upheld_in(const Claim& claim, std::size_t source,
                                 const Window& window) const {
  const std::string text = text_of(source, window);
  return std::ranges::all_of(claim.hard,
                             [&](const std::string& word) { return holds_word(text, word); }) &&
         !contradicts(text, claim.text);
}

Evidence EvidenceIndex::evidence_of(std::size_t source, const Window& window) const {
  const std::vector<Sentence>& sentences = read_[source].sentences;
  return {.source = source,
          .span = {sentences[window.first].span.begin,
                   sentences[window.first + window.count - 1].span.end}};
}

std::optional<Evidence> EvidenceIndex::find(std::string_view claim, std::size_t source) const {
  const std::optional<Claim> read = read_claim(claim);
  if (!read || read->bits.empty()) return std::nullopt;
  for (std::size_t width = 1; width <= kWindowMax; ++width)
    if (const auto window = best_window(*read, source, width, enough(read->terms)))
      return evidence_of(source, *window);
  return std::nullopt;
}

std::vector<Evidence> EvidenceIndex::find_together(std::string_view claim,
                                                   std::span<const std::size_t> sources) const {
  std::optional<Claim> read = read_claim(claim);
  if (!read || read->bits.empty()) return {};
  // Each part may lack numbers and names that the others hold.
  Claim part = *read;
  part.hard.clear();
  std::vector<Evidence> together;
  Terms covered;
  std::string text;
  for (const std::size_t source : sources) {
    std::optional<Window> window;
    const std::vector<Sentence>& sentences = read_[source].sentences;
    std::size_t gained = 0;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      const Terms terms = terms_of(part, sentences[i].terms);
      const std::size_t gain = (terms & ~covered).count();
      if (gain > gained) {
        gained = gain;
        window = Window{.first = i, .count = 1, .terms = terms};
      }
    }
    if (!window || gained * 5 < read->terms) return {};
    covered |= window->terms;
    text += text_of(source, *window) + "\n";
    together.push_back(evidence_of(source, *window));
  }
  const bool whole = covered.count() >= enough(read->terms) &&
                     std::ranges::all_of(read->hard, [&](const std::string& word) {
                       return holds_word(text, word);
                     });
  if (!whole || contradicts(text, claim)) return {};
  return together;
}

bool is_upheld_by(std::string_view claim, std::span<const CitableSource> sources) {
  const EvidenceIndex index(sources, {});
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (index.find(claim, i)) return true;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    for (std::size_t k = i + 1; k < sources.size(); ++k) {
      const std::size_t two[] = {i, k};
      if (!index.find_together(claim, two).empty()) return true;
    }
  }
  return false;
}

}  // namespace muai
