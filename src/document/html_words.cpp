#include "document/html_words.h"

#include <algorithm>
#include <charconv>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::size_t kWordBytesMin = 2;
constexpr std::size_t kWordBytesMax = 20;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kWordsOfNamesMax = 16;
constexpr std::size_t kTextBytesMax = 160;
constexpr std::size_t kFirstWordsMax = 12;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

void add_word(std::string_view word, std::vector<std::string>& words) {
  if (word.size() < kWordBytesMin || word.size() > kWordBytesMax) return;
  if (words.size() >= kWordsOfNamesMax) return;
  std::string lower = ascii_lower(word);
  if (std::ranges::find(words, lower) == words.end()) words.push_back(std::move(lower));
}

// "postBody main-col2" has the words post, body, main, col.
void add_words_of_name(std::string_view name, std::vector<std::string>& words) {
  name = name.substr(0, kNameBytesMax);
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= name.size(); ++at) {
    const bool is_letter = at < name.size() && ascii_is_letter(name[at]);
    const bool is_hump =
        is_letter && at > begin && is_capital(name[at]) && !is_capital(name[at - 1]);
    if (is_letter && !is_hump) continue;
    add_word(name.substr(begin, at - begin), words);
    begin = is_hump ? at : at + 1;
  }
}

WordWeights read_lines(std::span<const std::string_view> lines) {
  WordWeights out;
  out.reserve(lines.size() * 16);
  for (std::string_view line : lines) {
    while (!line.empty()) {
      const std::string_view entry = line.substr(0, line.find(' '));
      const std::size_t equals = std::min(entry.find('='), entry.size() - 1);
      int weight = 0;
      std::from_chars(entry.data() + equals + 1, entry.data() + entry.size(), weight);
      out.emplace(entry.substr(0, equals), static_cast<float>(weight) / 100);
      line.remove_prefix(std::min(line.size(), entry.size() + 1));
    }
  }
  return out;
}

}  // namespace

void WordSummary::add(float weight) {
  sum += weight;
  least = count == 0 ? weight : std::min(least, weight);
  most = count == 0 ? weight : std::max(most, weight);
  ++count;
}

const WordWeights& weights_of_names() {
  static const WordWeights weights = read_lines(name_word_lines());
  return weights;
}

const WordWeights& weights_of_text() {
  static const WordWeights weights = read_lines(text_word_lines());
  return weights;
}

std::vector<std::string> name_words(const HtmlTree& tree, NodeId id) {
  std::vector<std::string> words;
  if (tree[id].tag != Tag::Unknown) words.push_back('<' + std::string(name_of(tree[id].tag)));
  if (tree[id].attributes_count == 0) return words;
  for (const Attribute attribute :
       {Attribute::Class, Attribute::Id, Attribute::Role, Attribute::ItemProp})
    add_words_of_name(tree.attribute(id, attribute), words);
  return words;
}

std::vector<std::string> first_words(std::string_view text) {
  std::vector<std::string> words;
  const std::size_t end = std::min(text.size(), kTextBytesMax);
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= end && words.size() < kFirstWordsMax; ++at) {
    // A word that goes on behind the end is none.
    if (at < text.size() &&
        (ascii_is_letter(text[at]) || static_cast<unsigned char>(text[at]) >= 0x80))
      continue;
    const std::string_view word = text.substr(begin, at - begin);
    if (word.size() >= kWordBytesMin && word.size() <= kWordBytesMax)
      words.push_back(ascii_lower(word));
    begin = at + 1;
  }
  return words;
}

std::vector<NodeId> named_elements(const HtmlTree& tree, NodeId id) {
  std::vector<NodeId> out;
  for (; id != kNoNode && out.size() < kNamesMax; id = tree[id].parent) {
    if (tree[id].tag == Tag::Body || tree[id].tag == Tag::Html) break;
    out.push_back(id);
  }
  return out;
}

const std::vector<float>& LearnedWords::weights_of(NodeId id) {
  const auto [at, is_new] = known_.try_emplace(id);
  if (is_new)
    for (const std::string& word : name_words(page_.tree, id))
      if (const auto weight = weights_of_names().find(word); weight != weights_of_names().end())
        at->second.push_back(weight->second);
  return at->second;
}

void LearnedWords::append(const PageBlock& block, std::vector<float>& row) {
  WordSummary all, own, near;
  std::size_t level = 0;
  for (const NodeId id : named_elements(page_.tree, block.node)) {
    for (const float weight : weights_of(id)) {
      all.add(weight);
      if (level == 0) own.add(weight);
      if (level < 3) near.add(weight);
    }
    ++level;
  }
  WordSummary text;
  for (const std::string& word : first_words(block.text))
    if (const auto weight = weights_of_text().find(word); weight != weights_of_text().end())
      text.add(weight->second);
  for (const float value : {own.mean(), near.mean(), near.least, near.most, all.mean(), all.least,
                            all.most, text.mean(), text.least, text.most, text.sum, heading_.mean(),
                            heading_.least, heading_.most})
    row.push_back(value);
  if (block.kind == BlockKind::Heading) heading_ = text;
}

}  // namespace muai
