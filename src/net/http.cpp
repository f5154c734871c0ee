#include "muai/net/http.h"

#include <algorithm>

#include "net/ascii.h"

namespace muai {

void HttpHeaders::set(HttpHeader field) {
  remove(field.name);
  add(std::move(field));
}

void HttpHeaders::remove(std::string_view name) {
  std::erase_if(fields_, [&](const HttpHeader& field) { return equal_fold(field.name, name); });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const HttpHeader& field : fields_) {
    if (equal_fold(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t HttpHeaders::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [&](const HttpHeader& field) { return equal_fold(field.name, name); }));
}

HttpLimits HttpLimits::streaming() {
  HttpLimits limits;
  limits.first_byte_max = std::chrono::minutes{2};
  limits.total_max = std::chrono::milliseconds{0};
  limits.rate_bytes_per_s_min = 0;
  limits.raw_bytes_max = std::size_t{64} << 20;
  limits.decoded_bytes_max = std::size_t{64} << 20;
  return limits;
}

}  // namespace muai
