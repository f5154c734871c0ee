#include "muai/trace/redact.h"

// One forward scan. Every credential shape has an anchor: a byte, pair or triple that is rare in
// prose ('-', '_', ':', '=', "IA", "Iz", "yJ", "bea"). A vector pass looks for anchors; only there
// is text compared with the shapes, looking back at most kNameBytesMax bytes and judging at most
// kJudgedBytes bytes ahead. What is removed is skipped, so time is linear for any input.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "trace/byte_block.h"

namespace muai {

namespace {

constexpr std::size_t kNameBytesMax = 40;
constexpr std::size_t kJudgedBytes = 128;
constexpr std::size_t kShapeBytesMin = 5;  // the shortest: "pwd=x"

struct Range {
  std::size_t begin;
  std::size_t end;
};

// Bytes are judged as ASCII whatever the locale.
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_upper(c) || is_lower(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`' || c == '\\'; }
char lowered(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_key_byte(char c) { return is_alnum(c) || c == '_' || c == '-'; }
bool is_credential_byte(char c) {
  return is_key_byte(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' || c == '%';
}

bool contains(std::string_view list, char c) { return list.find(c) != std::string_view::npos; }

// What a run of bytes looks like: secrets are long and mixed, words are not.
struct RunShape {
  std::size_t length = 0;   // at most kJudgedBytes
  std::size_t segment = 0;  // longest stretch of letters and digits
  bool has_digit = false;
  bool has_inner_upper = false;    // an upper-case letter beyond the first byte ...
  bool has_lower = false;          // ... and a lower-case one
  std::size_t lower_to_upper = 0;  // "aB": words have few

  bool is_mixed() const { return has_digit || (has_inner_upper && has_lower); }
  bool is_random() const { return has_digit || lower_to_upper >= 3; }
};

template <class Accepts>
RunShape shape_of(std::string_view text, std::size_t begin, Accepts accepts) {
  RunShape shape;
  std::size_t segment = 0;
  const std::size_t end = std::min(text.size(), begin + kJudgedBytes);
  for (std::size_t i = begin; i < end && accepts(text[i]); ++i) {
    const char c = text[i];
    ++shape.length;
    segment = is_alnum(c) ? segment + 1 : 0;
    shape.segment = std::max(shape.segment, segment);
    if (is_digit(c)) shape.has_digit = true;
    if (is_lower(c)) shape.has_lower = true;
    if (is_upper(c) && i > begin) {
      shape.has_inner_upper = true;
      if (is_lower(text[i - 1])) ++shape.lower_to_upper;
    }
  }
  return shape;
}

template <class Accepts>
std::size_t run_end(std::string_view text, std::size_t at, Accepts accepts) {
  while (at < text.size() && accepts(text[at])) ++at;
  return at;
}

// True when a credential may begin at `at`: not in the middle of a word. Escapes that end in a
// letter or digit (\n, \u000a, %3D) end a word too.
bool begins_word(std::string_view text, std::size_t at) {
  if (at == 0 || !is_alnum(text[at - 1])) return true;
  if (at >= 2 && text[at - 2] == '\\') return true;
  if (at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1])) return true;
  return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && is_hex(text[at - 4]) &&
         is_hex(text[at - 3]) && is_hex(text[at - 2]) && is_hex(text[at - 1]);
}

// --- keys with a telling prefix ---------------------------------------------------------------

struct KeyShape {
  std::string_view prefix;  // its last byte is the anchor
  std::size_t body_min;
  std::size_t segment_min;  // for prefixes that ordinary names have too ("sk-learn")
};

constexpr std::array kKeyShapes = {
    KeyShape{"sk-", 20, 16},      KeyShape{"sk_live_", 16, 0}, KeyShape{"sk_test_", 16, 0},
    KeyShape{"rk_live_", 16, 0},  KeyShape{"rk_test_", 16, 0}, KeyShape{"whsec_", 16, 0},
    KeyShape{"ghp_", 20, 16},     KeyShape{"gho_", 20, 16},    KeyShape{"ghu_", 20, 16},
    KeyShape{"ghs_", 20, 16},     KeyShape{"ghr_", 20, 16},    KeyShape{"github_pat_", 20, 16},
    KeyShape{"glpat-", 16, 0},    KeyShape{"gldt-", 16, 0},    KeyShape{"glrt-", 16, 0},
    KeyShape{"xoxa-", 10, 0},     KeyShape{"xoxb-", 10, 0},    KeyShape{"xoxe-", 10, 0},
    KeyShape{"xoxp-", 10, 0},     KeyShape{"xoxr-", 10, 0},    KeyShape{"xoxs-", 10, 0},
    KeyShape{"xapp-", 10, 0},     KeyShape{"tvly-", 16, 0},    KeyShape{"hf_", 24, 20},
    KeyShape{"npm_", 24, 20},     KeyShape{"pypi-", 24, 16},   KeyShape{"gsk_", 24, 16},
    KeyShape{"xai-", 24, 16},     KeyShape{"r8_", 24, 20},     KeyShape{"pplx-", 24, 16},
    KeyShape{"nvapi-", 24, 16},   KeyShape{"dop_v1_", 24, 20}, KeyShape{"shpat_", 24, 20},
    KeyShape{"lin_api_", 24, 16}, KeyShape{"figd_", 20, 16},   KeyShape{"AGE-SECRET-KEY-", 20, 16},
};

// For each byte, the bits of the shapes in whose prefix it stands just before the anchor.
constexpr std::array<std::uint64_t, 256> kShapesByByte = [] {
  static_assert(kKeyShapes.size() <= 64);
  std::array<std::uint64_t, 256> table{};
  for (std::size_t i = 0; i < kKeyShapes.size(); ++i) {
    const std::string_view prefix = kKeyShapes[i].prefix;
    table[static_cast<unsigned char>(prefix[prefix.size() - 2])] |= std::uint64_t{1} << i;
  }
  return table;
}();

std::optional<Range> prefixed_key(std::string_view text, std::size_t anchor) {
  if (anchor < 2) return {};
  const std::string_view before = text.substr(0, anchor + 1);
  std::uint64_t candidates = kShapesByByte[static_cast<unsigned char>(text[anchor - 1])];
  for (; candidates != 0; candidates &= candidates - 1) {
    const KeyShape& shape = kKeyShapes[static_cast<std::size_t>(std::countr_zero(candidates))];
    if (!before.ends_with(shape.prefix)) continue;
    const std::size_t begin = anchor + 1 - shape.prefix.size();
    if (!begins_word(text, begin)) continue;
    const RunShape body = shape_of(text, anchor + 1, is_key_byte);
    if (body.length >= shape.body_min && body.segment >= shape.segment_min && body.is_random()) {
      return Range{begin, run_end(text, anchor + 1, is_key_byte)};
    }
  }
  return {};
}

// AKIA and its siblings: four letters, the last "IA", and 16 upper-case letters or digits.
std::optional<Range> aws_key(std::string_view text, std::size_t anchor) {
  if (anchor < 2 || !begins_word(text, anchor - 2)) return {};
  const std::string_view prefix = text.substr(anchor - 2, 4);
  if (prefix != "AKIA" && prefix != "ASIA") return {};
  const auto accepts = [](char c) { return is_upper(c) || is_digit(c); };
  const RunShape body = shape_of(text, anchor + 2, accepts);
  if (body.length != 16) return {};
  const std::size_t end = anchor + 2 + body.length;
  if (end < text.size() && is_key_byte(text[end])) return {};
  return Range{anchor - 2, end};
}

// AIza and 35 more.
std::optional<Range> google_key(std::string_view text, std::size_t anchor) {
  if (anchor < 1 || text.substr(anchor - 1, 4) != "AIza" || !begins_word(text, anchor - 1)) {
    return {};
  }
  const RunShape body = shape_of(text, anchor + 3, is_key_byte);
  if (body.length < 30 || !body.is_random()) return {};
  return Range{anchor - 1, run_end(text, anchor + 3, is_key_byte)};
}

std::optional<Range> private_key(std::string_view text, std::size_t at) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "-----END";
  if (!text.substr(at).starts_with(kBegin)) return {};
  const std::string_view label = text.substr(at + kBegin.size(), 64);
  const std::size_t label_end = label.find("-----");
  if (label_end == std::string_view::npos ||
      label.substr(0, label_end).find("PRIVATE KEY") == std::string_view::npos) {
    return {};
  }
  const std::size_t end = text.find(kEnd, at + kBegin.size());
  if (end == std::string_view::npos) return Range{at, text.size()};
  const std::size_t rule = text.substr(0, std::min(text.size(), end + kEnd.size() + 64))
                               .find("-----", end + kEnd.size());
  return Range{at, rule == std::string_view::npos ? end + kEnd.size() : rule + 5};
}

// --- credentials behind a name ----------------------------------------------------------------

enum class NameKind : std::uint8_t { Ordinary, Authorization, Cookie, Password, Key, QueryKey };

// `name` is lower-case with '_' for '-'.
NameKind kind_of(std::string_view name) {
  if (name.ends_with("authorization")) return NameKind::Authorization;
  if (name == "cookie" || name == "set_cookie") return NameKind::Cookie;
  for (std::string_view end : {"password", "passwd", "passphrase", "pwd"}) {
    if (name.ends_with(end)) return NameKind::Password;
  }
  for (std::string_view end : {"api_key", "apikey", "token", "secret", "secret_key", "access_key",
                               "private_key", "subscription_key", "auth_key", "credential"}) {
    if (name.ends_with(end)) return NameKind::Key;
  }
  for (std::string_view whole : {"key", "sig", "signature", "x_amz_signature", "session",
                                 "sessionid", "auth", "code_verifier"}) {
    if (name == whole) return NameKind::QueryKey;
  }
  return NameKind::Ordinary;
}

// The kind of the name that ends before the ':' or '=' at `anchor`, past blanks and quotes.
NameKind kind_before(std::string_view text, std::size_t anchor) {
  std::size_t end = anchor;
  const std::size_t floor = anchor > kNameBytesMax ? anchor - kNameBytesMax : 0;
  while (end > floor && (is_blank(text[end - 1]) || is_quote(text[end - 1]))) --end;
  std::array<char, kNameBytesMax> name{};
  std::size_t begin = name.size();
  while (end > floor && is_key_byte(text[end - 1])) {
    --end;
    name[--begin] = text[end] == '-' ? '_' : lowered(text[end]);
  }
  return kind_of(std::string_view(name.data() + begin, name.size() - begin));
}

// A bare credential: token68 characters, long and mixed. One that a ':' follows is a name.
std::optional<Range> credential_at(std::string_view text, std::size_t begin, std::size_t min) {
  const RunShape run = shape_of(text, begin, is_credential_byte);
  if (run.length < min || !run.is_mixed()) return {};
  const std::size_t end = run_end(text, begin, is_credential_byte);
  if (end < text.size() && text[end] == ':') return {};
  return Range{begin, end};
}

// "Bearer X", "Basic X", or X alone.
std::optional<Range> authorization_at(std::string_view text, std::size_t begin) {
  const std::size_t word_end =
      run_end(text.substr(0, std::min(text.size(), begin + 24)), begin, is_key_byte);
  std::size_t next = word_end;
  while (next < text.size() && next < word_end + 4 && is_blank(text[next])) ++next;
  if (next > word_end) {
    if (const auto found = credential_at(text, next, 8)) return found;
  }
  return credential_at(text, begin, 8);
}

// name=value pairs, each after "; ".
std::optional<Range> cookies_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  std::size_t at = begin;
  while (true) {
    const std::size_t name_max = std::min(text.size(), at + kJudgedBytes);
    while (at < name_max && !contains("=; \t\r\n\"'", text[at])) ++at;
    if (at >= name_max || text[at] != '=') break;
    end = run_end(text, at + 1, [](char c) { return !contains("; \t\r\n\"'`\\,", c); });
    if (end >= text.size() || text[end] != ';') break;
    at = run_end(text, end + 1, is_blank);
  }
  if (end == begin) return {};
  return Range{begin, end};
}

std::optional<Range> password_at(std::string_view text, std::size_t begin, bool is_certain) {
  constexpr std::string_view kEnds = " \t\r\n\"'`&;,<>)}]\\";
  const auto accepts = [kEnds](char c) { return !contains(kEnds, c); };
  const RunShape run = shape_of(text, begin, accepts);
  if (run.length == 0 || (!is_certain && (run.length < 6 || !run.is_mixed()))) return {};
  if (contains("$*", text[begin])) return {};  // a reference, or already hidden
  return Range{begin, run_end(text, begin, accepts)};
}

std::optional<Range> named_credential(std::string_view text, std::size_t anchor) {
  const NameKind kind = kind_before(text, anchor);
  if (kind == NameKind::Ordinary) return {};
  std::size_t begin = anchor + 1;
  bool is_quoted = false;
  while (begin < text.size() && begin < anchor + 6 &&
         (is_blank(text[begin]) || is_quote(text[begin]))) {
    is_quoted |= is_quote(text[begin]);
    ++begin;
  }
  if (begin >= text.size() || text.substr(begin).starts_with(kRedacted)) return {};
  const bool is_assigned = text[anchor] == '=';
  switch (kind) {
    case NameKind::Authorization: return authorization_at(text, begin);
    case NameKind::Cookie: return cookies_at(text, begin);
    case NameKind::Password: return password_at(text, begin, is_quoted || is_assigned);
    case NameKind::Key: return credential_at(text, begin, 8);
    case NameKind::QueryKey: return is_assigned ? credential_at(text, begin, 16) : std::nullopt;
    case NameKind::Ordinary: break;
  }
  return {};
}

constexpr std::array<bool, 256> kEndsAuthority = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view("/?#\\ \t\r\n\"'<>`")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// scheme://user:PASSWORD@host, scheme://TOKEN@host. `anchor` is the ':' before "//".
std::optional<Range> url_password(std::string_view text, std::size_t anchor) {
  const std::size_t begin = anchor + 3;
  std::size_t at = std::string_view::npos;
  std::size_t colon = std::string_view::npos;
  for (std::size_t i = begin;
       i < text.size() && !kEndsAuthority[static_cast<unsigned char>(text[i])]; ++i) {
    if (text[i] == '@') at = i;
    if (text[i] == ':' && colon == std::string_view::npos) colon = i;
  }
  if (at == std::string_view::npos) return {};
  if (colon < at) {
    if (text.substr(colon + 1).starts_with(kRedacted)) return {};
    return colon + 1 < at ? std::optional(Range{colon + 1, at}) : std::nullopt;
  }
  const RunShape run = shape_of(text, begin, is_credential_byte);
  return run.length >= 16 && run.is_mixed() ? std::optional(Range{begin, at}) : std::nullopt;
}

std::optional<Range> bearer(std::string_view text, std::size_t anchor) {
  constexpr std::string_view kWord = "bearer";
  if (text.size() < anchor + kWord.size() + 2 || !begins_word(text, anchor)) return {};
  for (std::size_t i = 0; i < kWord.size(); ++i) {
    if (lowered(text[anchor + i]) != kWord[i]) return {};
  }
  std::size_t begin = anchor + kWord.size();
  if (!is_blank(text[begin])) return {};
  while (begin < text.size() && begin < anchor + kWord.size() + 4 && is_blank(text[begin])) ++begin;
  return credential_at(text, begin, 16);
}

// --- anchors ----------------------------------------------------------------------------------

bool is_anchor(std::string_view text, std::size_t i) {
  const char next = i + 1 < text.size() ? text[i + 1] : '\0';
  switch (text[i]) {
    case '-':
    case '_':
    case ':':
    case '=': return true;
    case 'I': return next == 'A' || next == 'z';
    case 'y': return next == 'J';
    case 'b':
    case 'B': return lowered(next) == 'e' && i + 2 < text.size() && lowered(text[i + 2]) == 'a';
    default: return false;
  }
}

#ifdef MUAI_TRACE_BLOCKS

// Bits of the lanes of 16 bytes where an anchor may begin; where its later bytes are in the next
// chunk it counts as one.
unsigned anchors_in(__m128i chunk) {
  const __m128i folded = _mm_or_si128(chunk, _mm_set1_epi8(0x20));
  const auto lanes = [](__m128i value, char byte) {
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(value, _mm_set1_epi8(byte))));
  };
  const __m128i single = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8('-')),
                                                   _mm_cmpeq_epi8(chunk, _mm_set1_epi8('_'))),
                                      _mm_or_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8(':')),
                                                   _mm_cmpeq_epi8(chunk, _mm_set1_epi8('='))));
  constexpr unsigned kLast = 0x8000;
  constexpr unsigned kLastTwo = 0xC000;
  unsigned found = static_cast<unsigned>(_mm_movemask_epi8(single));
  found |= lanes(chunk, 'I') & (((lanes(chunk, 'A') | lanes(chunk, 'z')) >> 1) | kLast);
  found |= lanes(chunk, 'y') & ((lanes(chunk, 'J') >> 1) | kLast);
  found |= lanes(folded, 'b') & ((lanes(folded, 'e') >> 1) | kLast) &
           ((lanes(folded, 'a') >> 2) | kLastTwo);
  return found;
}

// The first place at or after `from` where an anchor may be; text.size() when there is none.
std::size_t next_anchor(std::string_view text, std::size_t from) {
  std::size_t at = from;
  for (; at + 16 <= text.size(); at += 16) {
    if (const unsigned found = anchors_in(load_block(text.data() + at)); found != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(found));
    }
  }
  if (at >= text.size()) return text.size();
  unsigned found = 0;
  const std::size_t left = text.size() - at;
  if (text.size() >= 16) {  // the last 16 bytes, without those that were looked at
    found = anchors_in(load_block(text.data() + text.size() - 16)) >> (16 - left);
  } else {
    found = anchors_in(load_part(text.data() + at, left)) & ((1u << left) - 1);
  }
  return found == 0 ? text.size() : at + static_cast<std::size_t>(std::countr_zero(found));
}

#else

std::size_t next_anchor(std::string_view text, std::size_t from) {
  while (from < text.size() && !is_anchor(text, from)) ++from;
  return from;
}

#endif

// Finds credentials one after the other, front to back.
class ShapeScan {
 public:
  explicit ShapeScan(std::string_view text) : text_(text) {}

  // The first at or after `from`, which must not decrease between calls.
  std::optional<Range> next(std::size_t from) {
    for (std::size_t at = next_anchor(text_, from); at < text_.size();
         at = next_anchor(text_, at + 1)) {
      if (!is_anchor(text_, at)) continue;
      if (auto found = at_anchor(at)) {
        found->begin = std::max(found->begin, from);  // never back into what was written
        if (found->begin < found->end) return found;
      }
    }
    return {};
  }

 private:
  std::optional<Range> at_anchor(std::size_t at) {
    switch (text_[at]) {
      case '-':
        if (is_byte(at + 1, '-')) {
          if (const auto found = private_key(text_, at)) return found;
        }
        return prefixed_key(text_, at);
      case '_': return prefixed_key(text_, at);
      case ':':
        if (is_byte(at + 1, '/') && is_byte(at + 2, '/')) return url_password(text_, at);
        return named_credential(text_, at);
      case '=': return named_credential(text_, at);
      case 'I': return text_[at + 1] == 'A' ? aws_key(text_, at) : google_key(text_, at);
      case 'y': return web_token(at);
      default: return bearer(text_, at);
    }
  }

  bool is_byte(std::size_t at, char c) const { return at < text_.size() && text_[at] == c; }

  // eyJ... "." ... "." ...; `anchor` is the 'y'.
  std::optional<Range> web_token(std::size_t anchor) {
    if (anchor < 1 || text_[anchor - 1] != 'e' || anchor < no_web_token_before_ ||
        !begins_word(text_, anchor - 1)) {
      return {};
    }
    const std::size_t header_end = run_end(text_, anchor, is_key_byte);
    const bool has_payload = header_end + 1 < text_.size() && text_[header_end] == '.';
    const std::size_t end = has_payload ? run_end(text_, header_end + 1, is_key_byte) : header_end;
    if (header_end - anchor < 8 || !has_payload || end - header_end < 9) {
      // Every other start in this run has the same end, so it fails too.
      no_web_token_before_ = header_end;
      return {};
    }
    if (end < text_.size() && text_[end] == '.') {
      return Range{anchor - 1, run_end(text_, end + 1, is_key_byte)};
    }
    return Range{anchor - 1, end};
  }

  std::string_view text_;
  std::size_t no_web_token_before_ = 0;
};

std::string without_shapes(std::string_view text) {
  std::string out;
  ShapeScan scan(text);
  std::size_t at = 0;
  while (const auto found = scan.next(at)) {
    out.append(text.substr(at, found->begin - at)).append(kRedacted);
    at = found->end;
  }
  out.append(text.substr(at));
  return out;
}

// --- configured secrets -----------------------------------------------------------------------

std::size_t find(std::string_view text, std::string_view secret, std::size_t from) {
  const void* found = memmem(text.data() + from, text.size() - from, secret.data(), secret.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::string without(std::string text, std::string_view secret) {
  std::size_t found = find(text, secret, 0);
  if (found == std::string_view::npos) return text;
  std::string out;
  std::size_t at = 0;
  for (; found != std::string_view::npos; found = find(text, secret, at)) {
    out.append(text, at, found - at).append(kRedacted);
    at = found + secret.size();
  }
  return out.append(text, at);
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_key_byte(c) || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  constexpr std::size_t kSecretBytesMin = 4;
  for (const std::string& secret : secrets) {
    if (secret.size() < kSecretBytesMin) continue;
    secrets_.push_back(secret);
    secrets_.push_back(json_escaped(secret));
    secrets_.push_back(percent_encoded(secret));
  }
  // Longest first: a secret that contains another must go whole.
  std::ranges::sort(secrets_, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  const auto repeated = std::ranges::unique(secrets_);
  secrets_.erase(repeated.begin(), repeated.end());
}

bool Redactor::is_clean(std::string_view text) const {
  for (const std::string& secret : secrets_) {
    if (find(text, secret, 0) != std::string_view::npos) return false;
  }
  return text.size() < kShapeBytesMin || !ShapeScan(text).next(0).has_value();
}

std::string Redactor::redacted(std::string_view text) const {
  if (secrets_.empty()) return without_shapes(text);
  std::string out(text);
  for (const std::string& secret : secrets_) out = without(std::move(out), secret);
  return without_shapes(out);
}

}  // namespace muai
