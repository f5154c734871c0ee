#include "document/html_hints.h"

#include <string>

#include "document/ascii.h"
#include "document/phrase_finder.h"

namespace muai {
namespace {

struct Word {
  std::string_view text;
  Hint hint;
};

// Matched anywhere in a name, so that "leftSidebar" and "side-bar" both count.
constexpr Word kWords[] = {
    {"nav", Hint::Navigation},      {"menu", Hint::Navigation},
    {"crumb", Hint::Navigation},    {"pagina", Hint::Navigation},
    {"pager", Hint::Navigation},    {"toc", Hint::Navigation},
    {"sitemap", Hint::Navigation},  {"footer", Hint::Footer},
    {"foot", Hint::Footer},         {"bottom", Hint::Footer},
    {"copyright", Hint::Footer},    {"legal", Hint::Footer},
    {"disclaimer", Hint::Footer},   {"header", Hint::Header},
    {"masthead", Hint::Header},     {"topbar", Hint::Header},
    {"hero", Hint::Header},         {"logo", Hint::Header},
    {"sidebar", Hint::Side},        {"aside", Hint::Side},
    {"side-", Hint::Side},          {"rail", Hint::Side},
    {"widget", Hint::Side},         {"secondary", Hint::Side},
    {"complementary", Hint::Side},  {"right-col", Hint::Side},
    {"comment", Hint::Comment},     {"disqus", Hint::Comment},
    {"discussion", Hint::Comment},  {"respond", Hint::Comment},
    {"reply", Hint::Comment},       {"kommentar", Hint::Comment},
    {"share", Hint::Social},        {"sharing", Hint::Social},
    {"social", Hint::Social},       {"follow", Hint::Social},
    {"facebook", Hint::Social},     {"twitter", Hint::Social},
    {"addtoany", Hint::Social},     {"related", Hint::Related},
    {"recommend", Hint::Related},   {"more-", Hint::Related},
    {"popular", Hint::Related},     {"trending", Hint::Related},
    {"latest", Hint::Related},      {"recent", Hint::Related},
    {"teaser", Hint::Related},      {"similar", Hint::Related},
    {"also-", Hint::Related},       {"carousel", Hint::Related},
    {"slider", Hint::Related},      {"upsell", Hint::Related},
    {"ad-", Hint::Advertising},     {"-ad", Hint::Advertising},
    {"ads", Hint::Advertising},     {"advert", Hint::Advertising},
    {"sponsor", Hint::Advertising}, {"promo", Hint::Advertising},
    {"banner", Hint::Advertising},  {"outbrain", Hint::Advertising},
    {"taboola", Hint::Advertising}, {"anzeige", Hint::Advertising},
    {"werbung", Hint::Advertising}, {"newsletter", Hint::SignUp},
    {"subscri", Hint::SignUp},      {"signup", Hint::SignUp},
    {"sign-up", Hint::SignUp},      {"login", Hint::SignUp},
    {"register", Hint::SignUp},     {"paywall", Hint::SignUp},
    {"donate", Hint::SignUp},       {"cta", Hint::SignUp},
    {"contact", Hint::SignUp},      {"cookie", Hint::Consent},
    {"consent", Hint::Consent},     {"gdpr", Hint::Consent},
    {"modal", Hint::Consent},       {"popup", Hint::Consent},
    {"overlay", Hint::Consent},     {"lightbox", Hint::Consent},
    {"notice", Hint::Consent},      {"meta", Hint::Meta},
    {"byline", Hint::Meta},         {"author", Hint::Meta},
    {"autor", Hint::Meta},          {"date", Hint::Meta},
    {"time", Hint::Meta},           {"tags", Hint::Meta},
    {"categor", Hint::Meta},        {"caption", Hint::Meta},
    {"credit", Hint::Meta},         {"bio", Hint::Meta},
    {"info", Hint::Meta},           {"content", Hint::Content},
    {"article", Hint::Content},     {"body", Hint::Content},
    {"entry", Hint::Content},       {"story", Hint::Content},
    {"text", Hint::Content},        {"main", Hint::Content},
    {"description", Hint::Content}, {"markdown", Hint::Content},
    {"prose", Hint::Content},       {"document", Hint::Content},
    {"thread", Hint::Thread},       {"message", Hint::Thread},
    {"topic", Hint::Thread},        {"post", Hint::Thread},
    {"answer", Hint::Thread},       {"question", Hint::Thread},
    {"forum", Hint::Thread},        {"product", Hint::Product},
    {"price", Hint::Product},       {"cart", Hint::Product},
    {"item", Hint::Product},        {"card", Hint::Product},
    {"spec", Hint::Product},        {"feature", Hint::Product},
    {"tool", Hint::Tool},           {"print", Hint::Tool},
    {"rating", Hint::Tool},         {"vote", Hint::Tool},
    {"button", Hint::Tool},         {"btn", Hint::Tool},
    {"search", Hint::Tool},         {"lang", Hint::Tool},
    {"hidden", Hint::Tool},         {"skip", Hint::Tool},
    {"sr-only", Hint::Tool},        {"screen-reader", Hint::Tool},
    {"filter", Hint::Tool},         {"control", Hint::Tool},
};

const PhraseFinder& word_finder() {
  static const PhraseFinder finder = [] {
    PhraseFinder words;
    for (const Word& word : kWords) words.add(word.text, static_cast<std::uint32_t>(word.hint));
    return words;
  }();
  return finder;
}

}  // namespace

HintSet HintReader::of_name(std::string_view name) {
  if (name.empty()) return 0;
  const auto [found, is_new] = known_.try_emplace(name, 0);
  if (!is_new) return found->second;
  std::string lower = ascii_lower(name);
  for (char& c : lower)
    if (c == '_') c = '-';
  found->second = word_finder().groups_in(lower);
  return found->second;
}

HintSet HintReader::of(NodeId id) {
  if (tree_[id].attributes_count == 0) return 0;
  return of_name(tree_.attribute(id, Attribute::Class)) |
         of_name(tree_.attribute(id, Attribute::Id)) |
         of_name(tree_.attribute(id, Attribute::Role)) |
         of_name(tree_.attribute(id, Attribute::ItemProp));
}

}  // namespace muai
