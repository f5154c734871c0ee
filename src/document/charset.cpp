#include "muai/document/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <memory>

#include "document/ascii.h"
#include "document/charset_labels.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// Where browsers look for a meta element before they parse, and how far on they may still meet one
// while parsing.
constexpr std::size_t kPrescanBytes = 1024;
constexpr std::size_t kLatePrescanBytes = 64 << 10;
// The statistical guess reads this much; more does not make it better.
constexpr std::size_t kGuessBytes = 64 << 10;
// ICU's confidence (0 to 100) below which the guess has no ground.
constexpr int kGuessConfidenceMin = 20;

std::string_view byte_order_mark(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (bytes.starts_with("\xFE\xFF")) return "utf-16be";
  if (bytes.starts_with("\xFF\xFE")) return "utf-16le";
  return {};
}

// Latin text in UTF-16 without a mark has a zero in nearly every other byte.
std::string_view unmarked_utf16(std::string_view bytes) {
  const std::size_t looked = std::min<std::size_t>(bytes.size(), 1024) & ~std::size_t{1};
  if (looked < 8) return {};
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < looked; ++i) zeros[i & 1] += bytes[i] == '\0' ? 1 : 0;
  const std::size_t many = looked * 2 / 5;
  if (zeros[1] >= many && zeros[0] == 0) return "utf-16le";
  if (zeros[0] >= many && zeros[1] == 0) return "utf-16be";
  return {};
}

// True when the bytes are UTF-8 apart from rare damage: at most one broken sequence for every
// eight good ones.
bool is_mostly_utf8(std::string_view bytes) {
  std::size_t good = 0, broken = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    const CodePoint point = decode_utf8(bytes, at);
    ++(point.valid ? good : broken);
    at += point.size;
  }
  return broken * 8 <= good;
}

bool is_ascii(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view guess_charset(std::string_view bytes) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&status),
                                                                      &ucsdet_close);
  if (U_FAILURE(status)) return "windows-1252";
  const std::string_view sample = bytes.substr(0, kGuessBytes);
  ucsdet_enableInputFilter(detector.get(), true);
  ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &status);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr) return "windows-1252";
  const char* name = ucsdet_getName(match, &status);
  const int32_t confidence = ucsdet_getConfidence(match, &status);
  if (U_FAILURE(status) || name == nullptr || confidence < kGuessConfidenceMin)
    return "windows-1252";
  const std::string_view encoding = charset_for_label(name);
  // UTF-16 and UTF-32 were judged above, UTF-8 is known not to fit.
  if (encoding.empty() || encoding.starts_with("utf-") || encoding == "replacement")
    return "windows-1252";
  return encoding;
}

std::string decode_with_icu(std::string_view bytes, std::string_view converter_name) {
  UErrorCode status = U_ZERO_ERROR;
  const std::string name(converter_name);
  std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(name.c_str(), &status),
                                                               &ucnv_close);
  if (U_FAILURE(status)) return to_valid_utf8(bytes);
  std::unique_ptr<UConverter, decltype(&ucnv_close)> utf8(ucnv_open("UTF-8", &status), &ucnv_close);
  if (U_FAILURE(status)) return to_valid_utf8(bytes);
  // A byte becomes at most three bytes of UTF-8 (U+FFFD or a BMP letter); the loop grows the
  // output all the same if a converter surprises us.
  std::string out(bytes.size() + bytes.size() / 2 + 64, '\0');
  std::array<UChar, 4096> pivot;
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();
  const char* source = bytes.data();
  const char* const source_end = source + bytes.size();
  char* target = out.data();
  for (;;) {
    status = U_ZERO_ERROR;
    ucnv_convertEx(utf8.get(), converter.get(), &target, out.data() + out.size(), &source,
                   source_end, pivot.data(), &pivot_source, &pivot_target,
                   pivot.data() + pivot.size(), false, true, &status);
    if (status != U_BUFFER_OVERFLOW_ERROR) break;
    const std::size_t written = static_cast<std::size_t>(target - out.data());
    out.resize(out.size() * 2);
    target = out.data() + written;
  }
  out.resize(static_cast<std::size_t>(target - out.data()));
  return out;
}

}  // namespace

std::string_view to_string(CharsetSource source) {
  switch (source) {
    case CharsetSource::ByteOrderMark: return "byte order mark";
    case CharsetSource::Http: return "HTTP header";
    case CharsetSource::Meta: return "meta element";
    case CharsetSource::Utf8Validity: return "valid UTF-8";
    case CharsetSource::Guess: return "guess";
  }
  return "guess";
}

std::string_view charset_for_label(std::string_view label) {
  const std::string_view trimmed = ascii_trim(label);
  if (trimmed.size() > 32) return {};
  return encoding_of_label(ascii_lower(trimmed));
}

std::string_view charset_parameter(std::string_view content_type) {
  for (std::size_t at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';', at)) {
    ++at;
    const std::size_t end = std::min(content_type.find(';', at), content_type.size());
    const std::string_view parameter = ascii_trim(content_type.substr(at, end - at));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!ascii_equals_ignoring_case(ascii_trim(parameter.substr(0, equals)), "charset")) continue;
    std::string_view value = ascii_trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

Charset detect_charset(std::string_view bytes, std::string_view http_label,
                       CharsetContent content) {
  if (const auto marked = byte_order_mark(bytes); !marked.empty())
    return {marked, CharsetSource::ByteOrderMark};
  Charset declared{charset_for_label(http_label), CharsetSource::Http};
  if (declared.name.empty() && content == CharsetContent::Html)
    declared = {prescan_meta_charset(bytes.substr(0, kPrescanBytes)), CharsetSource::Meta};
  if (declared.name.empty() && content == CharsetContent::Html)
    declared = {prescan_meta_charset(bytes.substr(0, kLatePrescanBytes)), CharsetSource::Meta};
  if (declared.name == "utf-8" && !is_mostly_utf8(bytes)) declared.name = {};
  if (!declared.name.empty()) return declared;
  if (const auto wide = unmarked_utf16(bytes); !wide.empty()) return {wide, CharsetSource::Guess};
  if (is_ascii(bytes)) return {"windows-1252", CharsetSource::Guess};
  if (is_valid_utf8(bytes)) return {"utf-8", CharsetSource::Utf8Validity};
  return {guess_charset(bytes), CharsetSource::Guess};
}

std::string decode_to_utf8(std::string_view bytes, std::string_view charset) {
  if (charset == "replacement") return bytes.empty() ? std::string() : std::string("\xEF\xBF\xBD");
  if (charset == "utf-8") {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    return to_valid_utf8(bytes);
  }
  if (charset == "utf-16le" && bytes.starts_with("\xFF\xFE")) bytes.remove_prefix(2);
  if (charset == "utf-16be" && bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
  return decode_with_icu(bytes, icu_converter_name(charset));
}

}  // namespace muai
