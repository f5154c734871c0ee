#pragma once

// What the class and id names that authors give to elements say about their content.

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "document/html_tree.h"

namespace muai {

// One bit each in a HintSet.
enum class Hint : std::uint8_t {
  Navigation,
  Footer,
  Header,
  Side,
  Comment,
  Social,
  Related,
  Advertising,
  SignUp,
  Consent,
  Meta,
  Content,
  Thread,
  Product,
  Tool,
};
inline constexpr int kHintCount = 15;

using HintSet = std::uint32_t;

constexpr bool has_hint(HintSet set, Hint hint) {
  return (set >> static_cast<unsigned>(hint) & 1U) != 0;
}

// Remembers the names it has judged: a page repeats few names many times. Views the tree.
class HintReader {
 public:
  explicit HintReader(const HtmlTree& tree) : tree_(tree) {}
  HintSet of(NodeId id);

 private:
  HintSet of_name(std::string_view name);

  const HtmlTree& tree_;
  std::unordered_map<std::string_view, HintSet> known_;
};

}  // namespace muai
