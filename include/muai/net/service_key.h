#pragma once

// The key that a service asks for, and where it stands.
//
// Keys come from a variable of the environment or from a file of their own, never from settings.
// They go to their service's origin (ConfiguredOrigin::headers) and nowhere else: not into results,
// errors, traces or recordings.

#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

inline constexpr std::size_t kKeyBytesMax = 4096;

struct ServiceKey {
  std::string value{};  // without blanks around it; empty: none is set
  std::string place{};  // "the variable BRAVE_API_KEY", "the file /etc/brave.key"; may be empty
};

// What stands in `file`, without the blanks and line ends around it. Reads no more than a key may
// have. InvalidConfig when it cannot be read or holds more. Blocks.
Result<ServiceKey> read_key_file(const std::string& file);

// The same key without the lines below its first: models' files may have remarks there.
ServiceKey first_line(ServiceKey key);

// The key in a variable that holds `value`.
ServiceKey key_of_variable(std::string_view variable, std::string_view value);

// Whether it can stand in a header: printable ASCII without blanks. Empty keys can.
bool is_plain(const ServiceKey& key);

}  // namespace muai
