#include "model/word_forms.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "muai/text/tokens.h"

namespace muai {
namespace {

// The first word of each group stands for all.
constexpr std::string_view kGroups[] = {
    // Irregular verbs and the nouns that go with them.
    "arise arose arisen",
    "awake awoke awoken",
    "beat beaten",
    "become became",
    "begin began begun",
    "bend bent",
    "bear bore born borne birth",
    "bind bound",
    "bite bit bitten",
    "bleed bled blood",
    "blow blew blown",
    "break broke broken",
    "breed bred",
    "bring brought",
    "build built",
    "burn burnt",
    "buy bought",
    "catch caught",
    "choose chose chosen choice",
    "cling clung",
    "come came",
    "creep crept",
    "deal dealt",
    "die died death dead",
    "dig dug",
    "draw drew drawn",
    "dream dreamt",
    "drink drank drunk",
    "drive drove driven",
    "eat ate eaten",
    "fall fell fallen",
    "feed fed",
    "feel felt",
    "fight fought",
    "find found founder",
    "flee fled",
    "fly flew flown flight",
    "forbid forbade forbidden",
    "forget forgot forgotten",
    "freeze froze frozen",
    "give gave given",
    "go went gone",
    "grow grew grown growth",
    "hang hung",
    "hear heard",
    "hide hid hidden",
    "hold held",
    "keep kept",
    "kneel knelt",
    "know knew known knowledge",
    "lay laid",
    "lead led",
    "lean leant",
    "leap leapt",
    "learn learnt",
    "leave left",
    "lend lent",
    "lie lay lain",
    "light lit",
    "lose lost loss",
    "make made",
    "mean meant",
    "meet met",
    "pay paid payment",
    "ride rode ridden",
    "ring rang rung",
    "rise rose risen",
    "run ran",
    "say said",
    "see saw seen",
    "seek sought",
    "sell sold sale",
    "send sent",
    "shake shook shaken",
    "shine shone",
    "shoot shot",
    "show shown",
    "shrink shrank shrunk",
    "sing sang sung song",
    "sink sank sunk",
    "sit sat",
    "sleep slept",
    "slide slid",
    "speak spoke spoken speech",
    "speed sped",
    "spend spent",
    "spin spun",
    "stand stood",
    "steal stole stolen",
    "stick stuck",
    "sting stung",
    "strike struck stricken",
    "strive strove",
    "swear swore sworn",
    "sweep swept",
    "swim swam swum",
    "swing swung",
    "take took taken",
    "teach taught",
    "tear tore torn",
    "tell told",
    "think thought",
    "throw threw thrown",
    "understand understood",
    "wake woke woken",
    "wear wore worn",
    "weave wove woven",
    "weep wept",
    "win won",
    "wind wound",
    "withdraw withdrew withdrawn withdrawal",
    "write wrote written",
    "overcome overcame",
    "undergo underwent undergone",
    "undertake undertook undertaken",
    "overthrow overthrew overthrown",
    "live life lives",
    "marry marriage married",
    "grow growth",
    "receive receipt",
    "destroy destruction",
    "describe description",
    "produce production",
    "reduce reduction",
    "introduce introduction",
    "maintain maintenance",
    "explain explanation",
    "apply application",
    "divide division",
    "decide decision",
    "conclude conclusion",
    "expand expansion",
    "extend extension extent",
    "defend defense defence",
    "succeed success",
    "prove proof proven",
    "believe belief",
    "weigh weight",
    "high height",
    "long length",
    "wide width",
    "deep depth",
    "strong strength",
    "broad breadth",
    "analyze analyse analysis",
    "invade invasion",
    "arrive arrival",
    "refuse refusal",
    "depart departure",
    "absent absence",
    "different difference",
    "important importance",
    "large big great",
    "begin start",
    "kill slain",
    "man men",
    "woman women",
    "child children",
    "person people persons",
    "foot feet",
    "tooth teeth",
    "mouse mice",
    "wife wives",
    "city cities",
    "country countries",
    // Number words.
    "1 one",
    "2 two",
    "3 three",
    "4 four",
    "5 five",
    "6 six",
    "7 seven",
    "8 eight",
    "9 nine",
    "10 ten",
    "11 eleven",
    "12 twelve",
    "13 thirteen",
    "14 fourteen",
    "15 fifteen",
    "16 sixteen",
    "17 seventeen",
    "18 eighteen",
    "19 nineteen",
    "20 twenty",
    "30 thirty",
    "40 forty",
    "50 fifty",
    "60 sixty",
    "70 seventy",
    "80 eighty",
    "90 ninety",
    "100 hundred",
    "1st first",
    "2nd second",
    "3rd third",
    "4th fourth",
    "5th fifth",
    "6th sixth",
    "7th seventh",
    "8th eighth",
    "9th ninth",
    "10th tenth",
    "11th eleventh",
    "12th twelfth",
    "13th thirteenth",
    "14th fourteenth",
    "15th fifteenth",
    "16th sixteenth",
    "17th seventeenth",
    "18th eighteenth",
    "19th nineteenth",
    "20th twentieth",
    "percent percentage",
    // British and American.
    "color colour",
    "center centre",
    "theater theatre",
    "meter metre",
    "kilometer kilometre km",
    "labor labour",
    "honor honour",
    "favor favour",
    "neighbor neighbour",
    "harbor harbour",
    "behavior behaviour",
    "program programme",
    "defense defence",
    "license licence",
    "gray grey",
    "catalog catalogue",
    "aluminum aluminium",
    "traveler traveller",
    "mold mould",
    // Countries and their people.
    "france french frenchman frenchmen",
    "germany german",
    "italy italian",
    "spain spanish spaniard",
    "britain british england english",
    "china chinese",
    "japan japanese",
    "russia russian",
    "greece greek",
    "rome roman",
    "egypt egyptian",
    "poland polish",
    "portugal portuguese",
    "netherlands dutch holland",
    "sweden swedish swede",
    "norway norwegian",
    "denmark danish dane",
    "finland finnish finn",
    "scotland scottish scot",
    "ireland irish",
    "wales welsh",
    "switzerland swiss",
    "austria austrian",
    "hungary hungarian",
    "turkey turkish turk",
    "india indian",
    "america american usa us",
    "canada canadian",
    "mexico mexican",
    "europe european",
    "asia asian",
    "africa african",
    "australia australian",
    "iran iranian",
    "persia persian",
    "iraq iraqi",
    "israel israeli",
    "arabia arab arabic",
    "mongolia mongol",
    "korea korean",
    "vietnam vietnamese",
    "kenya kenyan",
    "california californian",
};

// Words, each by its term.
template <class Sink>
void for_each_form(std::string_view group, Sink&& sink) {
  while (!group.empty()) {
    const std::size_t blank = std::min(group.find(' '), group.size());
    const std::vector<std::string> terms = analyse(group.substr(0, blank));
    if (!terms.empty()) sink(terms.front());
    group.remove_prefix(std::min(blank + 1, group.size()));
  }
}

}  // namespace

std::string_view base_form(std::string_view term) {
  // A term of two groups stays with the first.
  static const auto bases = [] {
    std::unordered_map<std::string_view, std::string_view> all;
    static std::vector<std::string> terms;  // what the views of `all` look at
    std::vector<std::size_t> ends;
    for (const std::string_view group : kGroups) {
      for_each_form(group, [&](const std::string& form) { terms.push_back(form); });
      ends.push_back(terms.size());
    }
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      for (std::size_t i = begin + 1; i < end; ++i)
        if (terms[i] != terms[begin]) all.emplace(terms[i], terms[begin]);
      begin = end;
    }
    return all;
  }();
  const auto found = bases.find(term);
  return found == bases.end() ? term : found->second;
}

std::span<const std::string_view> other_forms(std::string_view term) {
  static const auto others = [] {
    std::unordered_map<std::string_view, std::vector<std::string_view>> words;  // by base form
    static std::vector<std::string> terms;  // what all views look at
    for (const std::string_view group : kGroups) {
      for_each_form(group, [&](const std::string& form) { terms.push_back(form); });
    }
    for (const std::string& form : terms) {
      std::vector<std::string_view>& forms = words[base_form(form)];
      if (std::ranges::find(forms, form) == forms.end()) forms.push_back(form);
    }
    std::unordered_map<std::string_view, std::vector<std::string_view>> all;
    for (const auto& [base, forms] : words) {
      for (const std::string_view form : forms) {
        for (const std::string_view other : forms) {
          if (other != form) all[form].push_back(other);
        }
      }
    }
    return all;
  }();
  const auto found = others.find(term);
  if (found == others.end()) return {};
  return found->second;
}

std::vector<std::string> content_terms(std::string_view text) {
  std::vector<std::string> terms;
  for_each_token(text, [&](const Token& token) { terms.emplace_back(base_form(token.term)); },
                 {.stop_words = StopWords::Drop});
  return terms;
}

}  // namespace muai
