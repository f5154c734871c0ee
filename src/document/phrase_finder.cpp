#include "document/phrase_finder.h"

namespace muai {

PhraseFinder::PhraseFinder(std::initializer_list<std::span<const std::string_view>> groups) {
  std::uint32_t group = 0;
  for (const auto& phrases : groups) {
    for (const std::string_view phrase : phrases) add(phrase, group);
    ++group;
  }
}

void PhraseFinder::add(std::string_view phrase, std::uint32_t group) {
  if (phrase.size() < 2) return;
  begins_.set(pair_of(phrase[0], phrase[1]));
  by_first_byte_[static_cast<unsigned char>(phrase[0])].push_back({phrase, group, count_++});
}

template <class Sink>
void PhraseFinder::for_each_in(std::string_view text, Sink sink) const {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (!begins_.test(pair_of(text[at], text[at + 1]))) continue;
    for (const Phrase& phrase : by_first_byte_[static_cast<unsigned char>(text[at])])
      if (text[at + 1] == phrase.text[1] && text.substr(at).starts_with(phrase.text)) sink(phrase);
  }
}

std::uint32_t PhraseFinder::groups_in(std::string_view text) const {
  std::uint32_t found = 0;
  for_each_in(text, [&](const Phrase& phrase) { found |= 1U << phrase.group; });
  return found;
}

std::size_t PhraseFinder::count_in(std::string_view text, std::size_t group) const {
  std::vector<bool> seen(count_);
  std::size_t different = 0;
  for_each_in(text, [&](const Phrase& phrase) {
    if (phrase.group != group || seen[phrase.number]) return;
    seen[phrase.number] = true;
    ++different;
  });
  return different;
}

}  // namespace muai
