#include "muai/text/language.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>

#include "muai/text/utf8.h"
#include "text/scan.h"

namespace muai {
namespace {

constexpr std::size_t kBytesJudged = 20'000;

struct Range {
  char32_t first;
  char32_t last;
};

// Letters of the scripts written without blanks, in order. Hangul is among them: its words take
// particles without a blank, so bigrams serve it as they serve Chinese.
constexpr std::array kCjk = {
    Range{0x1100, 0x11FF},   Range{0x2E80, 0x2FD5},   Range{0x3005, 0x3007}, Range{0x3021, 0x3029},
    Range{0x3031, 0x3035},   Range{0x3038, 0x303C},   Range{0x3041, 0x3096}, Range{0x3099, 0x309F},
    Range{0x30A1, 0x30FA},   Range{0x30FC, 0x30FF},   Range{0x3105, 0x312F}, Range{0x3131, 0x318E},
    Range{0x31A0, 0x31BF},   Range{0x31F0, 0x31FF},   Range{0x3400, 0x4DBF}, Range{0x4E00, 0x9FFF},
    Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7FB},   Range{0xF900, 0xFAFF}, Range{0xFF66, 0xFFDC},
    Range{0x1AFF0, 0x1B16F}, Range{0x20000, 0x3FFFD},
};

// How many letters of each script, Latin letters by runs.
struct Scripts {
  std::size_t latin_words = 0;
  std::size_t han = 0;
  std::size_t kana = 0;
  std::size_t hangul = 0;
  std::size_t other = 0;
};

Scripts count_scripts(std::string_view text) {
  Scripts counts;
  bool in_latin = false;
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    const char32_t c = at.value();
    const bool ascii_letter = c < 0x80 && is_ascii_letter(static_cast<char>(c));
    if (ascii_letter) {
      counts.latin_words += in_latin ? 0 : 1;
      in_latin = true;
      continue;
    }
    // os.path.join, v1.2 and don't are one word each.
    if (in_latin && c < 0x80 && std::string_view("._'0123456789").contains(static_cast<char>(c))) {
      continue;
    }
    const bool was_latin = in_latin;
    in_latin = false;
    if (c < 0x80 || u_isalpha(static_cast<UChar32>(c)) == 0) continue;
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(static_cast<UChar32>(c), &status)) {
      case USCRIPT_LATIN:
        counts.latin_words += was_latin ? 0 : 1;
        in_latin = true;
        break;
      case USCRIPT_HAN: ++counts.han; break;
      case USCRIPT_HIRAGANA:
      case USCRIPT_KATAKANA: ++counts.kana; break;
      case USCRIPT_HANGUL: ++counts.hangul; break;
      default: ++counts.other; break;
    }
  }
  return counts;
}

}  // namespace

std::string_view to_string(Language language) {
  switch (language) {
    case Language::English: return "en";
    case Language::Chinese: return "zh";
    case Language::Other: break;
  }
  return "other";
}

Language language_of(std::string_view text) {
  const Scripts counts = count_scripts(text.substr(0, kBytesJudged));
  // In sixths of a word: a Latin word 6, a Han or kana character 4, a hangul syllable 3, a letter
  // of another alphabet 1.
  const std::size_t english = 6 * counts.latin_words;
  const std::size_t east_asian = 4 * (counts.han + counts.kana);
  const std::size_t rest = 3 * counts.hangul + counts.other;
  if (english + east_asian + rest == 0) return Language::Other;
  if (rest > english && rest > east_asian) return Language::Other;
  if (english > east_asian) return Language::English;
  // Japanese prose is more than a third kana; a Chinese text that quotes a few stays Chinese.
  return 4 * counts.kana > counts.han + counts.kana ? Language::Other : Language::Chinese;
}

bool is_cjk(char32_t c) {
  if (c < kCjk.front().first) return false;
  const auto range = std::ranges::lower_bound(kCjk, c, {}, &Range::last);
  return range != kCjk.end() && range->first <= c;
}

bool has_cjk(std::string_view text) {
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    if (is_cjk(at.value())) return true;
  }
  return false;
}

}  // namespace muai
