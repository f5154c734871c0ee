#include "muai/net/service_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace muai {
namespace {

std::string without_outer_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

Result<ServiceKey> read_key_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kKeyBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (bytes.empty() && !in.eof()) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("the key file {} cannot be read; correct key_file, or write the key "
                            "into it",
                            file));
  }
  if (bytes.size() > kKeyBytesMax) {
    return fail(
        ErrorCode::InvalidConfig,
        fmt::format("the key file {} holds more than a key; leave only the key in it", file));
  }
  return ServiceKey{.value = without_outer_blanks(bytes), .place = "the file " + file};
}

ServiceKey first_line(ServiceKey key) {
  const std::string_view value = key.value;
  key.value = without_outer_blanks(value.substr(0, value.find_first_of("\r\n")));
  return key;
}

ServiceKey key_of_variable(std::string_view variable, std::string_view value) {
  return {.value = without_outer_blanks(value), .place = fmt::format("the variable {}", variable)};
}

bool is_plain(const ServiceKey& key) {
  return std::ranges::all_of(key.value, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace muai
