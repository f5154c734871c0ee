#pragma once

// The language of a text, judged from the text alone, never from a folder or a locale.

#include <string_view>

namespace muai {

// English stands for text written mainly in Latin letters, Chinese for text mainly in Han
// characters without the kana or hangul that mark Japanese and Korean. Other is the rest: other
// scripts, or no letters at all.
enum class Language { English, Chinese, Other };

// "en", "zh", "other".
std::string_view to_string(Language language);

// By share of script: a run of Latin letters weighs as one word, a Han character as two thirds of
// one, so that one English name in a Chinese sentence does not make it English. A tie is Chinese.
// Looks at the first 20,000 bytes only. Any bytes may be passed.
Language language_of(std::string_view text);

// True when some character is Han, kana, hangul or bopomofo.
bool has_cjk(std::string_view text);

// The same for one code point: the characters that are written without blanks between words.
bool is_cjk(char32_t code_point);

}  // namespace muai
