#include <algorithm>
#include <unordered_map>

#include "model/frequent_terms.h"
#include "model/word_forms.h"

namespace muai {
namespace {

using Rareness = std::unordered_map<std::string_view, double>;

void add_terms(const FrequentTerms& classes, Rareness& all) {
  for (std::size_t number = 0; number < classes.size(); ++number) {
    const double rareness = static_cast<double>(number + 1) / (kFrequentTermClasses + 1);
    std::string_view list = classes[number];
    while (!list.empty()) {
      const std::size_t blank = std::min(list.find(' '), list.size());
      // The most frequent form speaks for all forms.
      all.emplace(base_form(list.substr(0, blank)), rareness);
      list.remove_prefix(std::min(blank + 1, list.size()));
    }
  }
}

}  // namespace

double rareness_of(std::string_view term) {
  static const Rareness rareness = [] {
    Rareness all;
    add_terms(kEnglishTerms, all);
    add_terms(kChineseTerms, all);
    return all;
  }();
  const auto found = rareness.find(term);
  return found == rareness.end() ? 1 : found->second;
}

}  // namespace muai
