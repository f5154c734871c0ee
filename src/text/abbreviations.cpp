#include "text/abbreviations.h"

#include <algorithm>
#include <array>

namespace muai {
namespace {

using Words = std::string_view;

// Each list is sorted, so that a look-up is a binary search.
constexpr auto kNeverFinal = std::to_array<Words>(
    {"Adm",    "Brig", "Capt", "Cf",   "Cmdr", "Col", "Cpl",  "Dr",     "Drs", "E.g",
     "Fr",     "Gen",  "Gov",  "Hon",  "I.e",  "Lt",  "Maj",  "Messrs", "Mgr", "Mlle",
     "Mme",    "Mr",   "Mrs",  "Ms",   "Msgr", "Mt",  "Pres", "Prof",   "Pvt", "Rep",
     "Reps",   "Rev",  "Sen",  "Sens", "Sgt",  "St",  "Ste",  "Supt",   "Viz", "Vs",
     "approx", "c.f",  "ca",   "cf",   "dr",   "e.g", "eg",   "esp",    "i.e", "ie",
     "mr",     "mrs",  "prof", "resp", "viz",  "vs",  "w.r.t"});
constexpr auto kReference =
    std::to_array<Words>({"App", "Ch",   "Eq",   "Eqn",  "Eqs", "Fig", "Figs", "Nos",  "Pp",
                          "Ref", "Refs", "Sec",  "Sect", "Tab", "Vol", "Vols", "chap", "eq",
                          "eqs", "fig",  "figs", "nos",  "pp",  "ref", "refs", "vol",  "vols"});
constexpr auto kBeforeDigit = std::to_array<Words>(
    {"Apr", "Art", "Aug", "Dec", "Feb",  "Jan", "Jul", "Jun",  "Mar", "NO", "No",   "Nov",
     "Nr",  "Oct", "Par", "Sep", "Sept", "art", "ch",  "ed",   "eds", "ex", "line", "max",
     "min", "no",  "nr",  "p",   "par",  "pt",  "sec", "sect", "tab", "v"});
constexpr auto kMayBeFinal = std::to_array<Words>(
    {"A.D",   "A.M",  "Assn",  "Ave", "B.A",  "B.C",  "B.S",  "Blvd", "Bros", "Co",  "Corp",
     "D.C",   "Dept", "Dist",  "Ed",  "Eds",  "Esq",  "Est",  "Ft",   "Inc",  "Jr",  "Ltd",
     "M.A",   "M.D",  "P.M",   "P.S", "Ph.D", "Pty",  "Rd",   "Sr",   "U.K",  "U.N", "U.S",
     "U.S.A", "Univ", "a.k.a", "a.m", "al",   "b.c",  "dept", "est",  "etc",  "ft",  "hr",
     "hrs",   "inc",  "incl",  "lbs", "ltd",  "mins", "p.m",  "secs"});
constexpr auto kStarters = std::to_array<Words>(
    {"A",           "According", "After", "All",       "Also",    "Although",  "An",      "And",
     "Another",     "Are",       "As",    "At",        "Because", "Before",    "Between", "Both",
     "But",         "By",        "Can",   "Despite",   "Did",     "Do",        "Does",    "During",
     "Each",        "Even",      "Every", "Finally",   "First",   "For",       "From",    "Further",
     "Furthermore", "Had",       "Has",   "Have",      "He",      "Her",       "Here",    "His",
     "How",         "However",   "I",     "If",        "In",      "Instead",   "Is",      "It",
     "Its",         "Later",     "Let",   "Like",      "Many",    "Moreover",  "Most",    "My",
     "Neither",     "No",        "Nor",   "Not",       "Note",    "Now",       "Of",      "Often",
     "On",          "Once",      "One",   "Only",      "Or",      "Other",     "Our",     "Over",
     "See",         "Several",   "She",   "Similarly", "Since",   "So",        "Some",    "Such",
     "That",        "The",       "Their", "Then",      "There",   "Therefore", "These",   "They",
     "This",        "Those",     "Three", "Through",   "Thus",    "To",        "Today",   "Two",
     "Under",       "Unlike",    "Until", "Use",       "Using",   "Was",       "We",      "Were",
     "What",        "When",      "Where", "Which",     "While",   "Who",       "Why",     "With",
     "Within",      "Without",   "Yet",   "You",       "Your"});

static_assert(std::ranges::is_sorted(kNeverFinal));
static_assert(std::ranges::is_sorted(kReference));
static_assert(std::ranges::is_sorted(kBeforeDigit));
static_assert(std::ranges::is_sorted(kMayBeFinal));
static_assert(std::ranges::is_sorted(kStarters));

bool holds(const auto& words, std::string_view word) {
  return std::ranges::binary_search(words, word);
}

}  // namespace

Abbreviation abbreviation_of(std::string_view word) {
  if (word.empty() || word.size() > 8) return Abbreviation::None;
  if (holds(kNeverFinal, word)) return Abbreviation::NeverFinal;
  if (holds(kReference, word)) return Abbreviation::Reference;
  if (holds(kBeforeDigit, word)) return Abbreviation::BeforeDigit;
  if (holds(kMayBeFinal, word)) return Abbreviation::MayBeFinal;
  return Abbreviation::None;
}

bool often_begins_sentence(std::string_view word) { return holds(kStarters, word); }

}  // namespace muai
