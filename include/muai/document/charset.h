#pragma once

// From bytes of unknown encoding to UTF-8, the way browsers do it. All functions are pure,
// thread-safe, linear in the input, and never fail: what cannot be decoded becomes U+FFFD.

#include <cstdint>
#include <string>
#include <string_view>

namespace muai {

// What decided on an encoding, strongest first.
enum class CharsetSource : std::uint8_t { ByteOrderMark, Http, Meta, Utf8Validity, Guess };

// "byte order mark", "HTTP header", "meta element", "valid UTF-8", "guess".
std::string_view to_string(CharsetSource source);

struct Charset {
  // Name of the WHATWG Encoding Standard in lower case: "utf-8", "windows-1252", "gbk". Points to
  // static storage.
  std::string_view name;
  CharsetSource source = CharsetSource::Guess;
};

// The encoding that a label stands for in the Encoding Standard ("latin1" is "windows-1252",
// "gb2312" is "gbk"), or "" when it names none. Case and surrounding white space do not matter.
std::string_view charset_for_label(std::string_view label);

// The charset parameter of a Content-Type value ("text/html; charset=\"GBK\"" gives "GBK"), or "".
std::string_view charset_parameter(std::string_view content_type);

// The encoding that a <meta> element within `bytes` declares, by the prescan algorithm of the HTML
// standard ("utf-16" counts as "utf-8"), or "". Browsers pass the first 1024 bytes.
std::string_view prescan_meta_charset(std::string_view bytes);

// Decides how to read `bytes`: byte order mark, then `http_label` (may be empty), then a meta
// element when `content` is Html (within 1024 bytes, else within 64 KiB), then UTF-8 if the bytes
// are valid UTF-8, then a statistical guess among the encodings in use; "windows-1252" when that
// guess has no ground. A declared "utf-8" that the bytes contradict grossly gives way to the guess,
// as mislabelled pages are common.
enum class CharsetContent : std::uint8_t { Html, Text };
Charset detect_charset(std::string_view bytes, std::string_view http_label, CharsetContent content);

// Decodes to valid UTF-8. `charset` is a name from this header. A byte order mark is dropped.
std::string decode_to_utf8(std::string_view bytes, std::string_view charset);

}  // namespace muai
