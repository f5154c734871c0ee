#include "rag/spelling.h"

#include <algorithm>

namespace muai {
namespace {

constexpr std::size_t kLettersMin = 5;
constexpr std::size_t kSharedLetters = 3;  // at the beginning: what is looked through
constexpr std::size_t kOtherEndMax = 3;
constexpr std::size_t kTermsMax = 5000;

bool is_plain(std::string_view term) {
  return std::ranges::all_of(term, [](char letter) { return letter >= 'a' && letter <= 'z'; });
}

bool is_one_edit(std::string_view a, std::string_view b) {
  std::size_t same = 0;
  while (same < a.size() && same < b.size() && a[same] == b[same]) ++same;
  a.remove_prefix(same);
  b.remove_prefix(same);
  if (a.size() + 1 == b.size()) return a == b.substr(1);
  if (b.size() + 1 == a.size()) return b == a.substr(1);
  if (a.size() != b.size() || a.empty()) return false;
  if (a.substr(1) == b.substr(1)) return true;
  return a.size() >= 2 && a[0] == b[1] && a[1] == b[0] && a.substr(2) == b.substr(2);
}

bool has_other_end(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return a.size() >= kLettersMin && b.size() - a.size() <= kOtherEndMax && b.starts_with(a);
}

int likeness(std::string_view asked, std::string_view term) {
  if (!is_plain(term)) return 0;
  if (is_one_edit(asked, term)) return 2;
  return has_other_end(asked, term) ? 1 : 0;
}

}  // namespace

Result<std::optional<TermCount>> spelt_alike(PassageStore& store, std::string_view term) {
  if (term.size() < kLettersMin || !is_plain(term)) return std::nullopt;
  MUAI_TRY(std::vector<TermCount> known,
           store.terms_with_prefix(term.substr(0, kSharedLetters), kTermsMax));
  std::optional<TermCount> best;
  int best_likeness = 0;
  for (TermCount& candidate : known) {
    const int like = likeness(term, candidate.term);
    if (like == 0 || like < best_likeness) continue;
    if (like == best_likeness && candidate.passages <= best->passages) continue;
    best_likeness = like;
    best = std::move(candidate);
  }
  return best;
}

}  // namespace muai
