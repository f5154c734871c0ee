// Which sentences may be quoted, and what stands above and around each.

#include "model/sentence_table.h"

#include <algorithm>

#include "model/word_forms.h"
#include "muai/text/language.h"
#include "muai/text/sentences.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

bool ends_with_any(std::string_view text, std::span<const std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return text.ends_with(end); });
}

// "... is valued.[citation needed]": notes of editors after the final mark.
std::string_view without_notes(std::string_view text) {
  constexpr std::size_t kNoteBytesMax = 40;
  while (text.ends_with(']')) {
    const std::size_t open = text.rfind('[');
    if (open == text.npos || open == 0 || text.size() - open > kNoteBytesMax) break;
    if (!std::string_view(".!?]\"').").contains(text[open - 1])) break;
    text = text.substr(0, open);
  }
  return text;
}

bool ends_as_statement(std::string_view text) {
  text = without_notes(text);
  static constexpr std::string_view kClosing[] = {"\"", "'", ")", "]", "”", "’", "」", "』", "）"};
  static constexpr std::string_view kFinal[] = {".", "!", "。", "！", "；", "…"};
  bool trimmed = true;
  while (trimmed) {
    trimmed = false;
    for (const std::string_view closing : kClosing) {
      if (text.size() > closing.size() && text.ends_with(closing)) {
        text.remove_suffix(closing.size());
        while (text.ends_with(' ')) text.remove_suffix(1);
        trimmed = true;
      }
    }
  }
  return ends_with_any(text, kFinal);
}

// Share of ASCII characters that are neither letters, digits, blanks nor ordinary punctuation.
double symbol_share(std::string_view text) {
  static constexpr std::string_view kOrdinary = " \t\r\n.,;:'\"()-!?%/";
  std::size_t symbols = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte) && !kOrdinary.contains(c)) ++symbols;
  }
  return text.empty() ? 0 : static_cast<double>(symbols) / static_cast<double>(text.size());
}

// "where X is ..." goes on from a formula above it; "pg_dump extracts ..." is a sentence.
bool continues_another(std::string_view text) {
  if (text.empty() || text[0] < 'a' || text[0] > 'z') return false;
  const std::size_t end = std::min(text.find_first_of(" ,"), text.size());
  return is_stop_word(text.substr(0, end)) || (end < text.size() && text[end] == ',');
}

// "VACUUM [ ( option [, ..." is a piece of a synopsis.
bool has_open_bracket(std::string_view text) {
  return std::count(text.begin(), text.end(), '[') != std::count(text.begin(), text.end(), ']') ||
         std::count(text.begin(), text.end(), '(') > std::count(text.begin(), text.end(), ')');
}

bool is_letter_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

// "Package: x\nVersion: 2\nDepends: y": fields below each other.
bool is_record(std::string_view text) {
  constexpr std::size_t kFieldsMin = 3;
  std::size_t fields = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t colon = line.find(": ");
    if (colon != line.npos && line.substr(0, colon).find(' ') == line.npos) ++fields;
    begin = end + 1;
  }
  return fields >= kFieldsMin;
}

// Chats and texts of corpora are often written without capitals.
enum class Capitals { Used, Unused };

Capitals capitals_of(std::string_view text) {
  constexpr std::size_t kBytesLookedAt = 4000;
  const std::string_view start = text.substr(0, kBytesLookedAt);
  const bool used =
      std::any_of(start.begin(), start.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return used ? Capitals::Used : Capitals::Unused;
}

// Statements can be quoted; headings, table rows, code, questions and fragments cannot.
bool is_statement(std::string_view text, Capitals capitals) {
  constexpr double kSymbolShareMax = 0.12;
  constexpr std::size_t kCjkMin = 6;
  constexpr std::size_t kWordsMin = 4;
  if (text.starts_with("$ ") || text.starts_with("# ") || text.starts_with("--")) return false;
  if (text.find(" | ") != text.npos || symbol_share(text) > kSymbolShareMax) return false;
  if (text.ends_with('?') || text.ends_with("？") ||
      (capitals == Capitals::Used && continues_another(text)))
    return false;
  if (!ends_as_statement(text) || has_open_bracket(text) || is_record(text)) return false;
  if (has_cjk(text) && language_of(text) == Language::Chinese)
    return count_code_points(text) >= kCjkMin;
  const auto words = std::count(text.begin(), text.end(), ' ') + 1;
  return words >= static_cast<std::ptrdiff_t>(kWordsMin);
}

// A short line of its own without a final mark.
bool looks_like_heading(std::string_view text, bool alone) {
  constexpr std::size_t kHeadingMax = 120;
  return alone && count_code_points(text) <= kHeadingMax && !ends_as_statement(text) &&
         !text.ends_with(',') && text.find(" | ") == text.npos && symbol_share(text) < 0.2;
}

// Prose has little words, commands and output have none.
bool has_stop_word(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (is_stop_word(text.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

// What its place makes a statement of: an item need not end in a full stop, a row names what its
// cells are of.
bool speaks_by_place(std::string_view text, const SentencePart& part) {
  constexpr double kSymbolShareMax = 0.12;
  constexpr std::size_t kCjkMin = 6;
  constexpr std::ptrdiff_t kWordsMin = 4;
  if (part.introduces) return true;
  if (text.starts_with("$ ") || text.starts_with("# ") || text.starts_with(">>>")) return false;
  if (part.is_header || text.ends_with('?') || text.ends_with("？")) return false;
  if (part.shape == QuoteShape::Row) return std::any_of(text.begin(), text.end(), is_letter_byte);
  if (part.shape != QuoteShape::Item || symbol_share(text) > kSymbolShareMax) return false;
  if (has_open_bracket(text)) return false;
  if (has_cjk(text)) return count_code_points(text) >= kCjkMin;
  return std::count(text.begin(), text.end(), ' ') + 1 >= kWordsMin && has_stop_word(text);
}

}  // namespace

SentenceTable::SentenceTable(std::span<const SourceText> sources) : sources_(sources) {
  for (std::uint32_t i = 0; i < sources.size(); ++i) add_source(i);
  index();
}

void SentenceTable::add_source(std::uint32_t number) {
  const std::string_view text = sources_[number].text;
  const std::vector<ByteSpan> spans = split_sentences(text);
  const Capitals capitals = capitals_of(text);
  SentenceParts parts = find_sentence_parts(text, spans);
  add_lists(parts);
  std::int32_t heading = -1;
  ++paragraphs_;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::size_t end_before = i > 0 ? spans[i - 1].end : 0;
    const bool opens =
        i == 0 || has_blank_line(text.substr(end_before, spans[i].begin - end_before));
    const bool closes =
        i + 1 == spans.size() ||
        has_blank_line(text.substr(spans[i].end, spans[i + 1].begin - spans[i].end));
    if (opens && i > 0) ++paragraphs_;
    Sentence sentence;
    sentence.source = number;
    sentence.paragraph = paragraphs_ - 1;
    sentence.place = static_cast<std::uint32_t>(i);
    sentence.span = spans[i];
    const std::string_view words = text.substr(spans[i].begin, spans[i].size());
    sentence.part = parts.of[i];
    sentence.is_statement = is_statement(words, capitals);
    sentence.is_quotable = sentence.is_statement || speaks_by_place(words, sentence.part);
    sentence.is_heading = !sentence.is_quotable && sentence.part.shape == QuoteShape::Sentence &&
                          looks_like_heading(words, opens && closes);
    sentence.heading = heading;
    sentence.terms = content_terms(words);
    if (sentence.is_heading) heading = static_cast<std::int32_t>(sentences_.size());
    sentences_.push_back(std::move(sentence));
  }
}

// Numbers of one text become those of the table.
void SentenceTable::add_lists(SentenceParts& parts) {
  const auto lists = static_cast<std::int32_t>(lists_.size());
  const auto before = sentences_.size();
  for (SentencePart& part : parts.of) {
    if (part.list >= 0) part.list += lists;
    if (part.header >= 0) part.header += static_cast<std::int32_t>(before);
  }
  for (const SentenceList& list : parts.lists)
    lists_.push_back(
        {list.intro + before, list.begin + before, list.end + before, list.is_commands});
}

void SentenceTable::index() {
  std::vector<std::string> paragraph;
  for (std::size_t i = 0; i < sentences_.size(); ++i) {
    by_sentence_.add(sentences_[i].terms);
    paragraph.insert(paragraph.end(), sentences_[i].terms.begin(), sentences_[i].terms.end());
    const bool last =
        i + 1 == sentences_.size() || sentences_[i + 1].paragraph != sentences_[i].paragraph;
    if (!last) continue;
    // Keep paragraph numbers and passages in step, also where a source has no sentence.
    while (by_paragraph_.size() < sentences_[i].paragraph) by_paragraph_.add({});
    by_paragraph_.add(paragraph);
    paragraph.clear();
  }
}

const Sentence* SentenceTable::before(std::size_t number) const {
  if (number == 0) return nullptr;
  const Sentence& other = sentences_[number - 1];
  return other.paragraph == sentences_[number].paragraph ? &other : nullptr;
}

const Sentence* SentenceTable::after(std::size_t number) const {
  if (number + 1 >= sentences_.size()) return nullptr;
  const Sentence& other = sentences_[number + 1];
  return other.paragraph == sentences_[number].paragraph ? &other : nullptr;
}

}  // namespace muai
