#include "muai/async/secret.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>

#include "muai/core/check.h"

namespace muai {

std::string random_secret() {
  std::array<unsigned char, 32> bytes;
  ssize_t count = 0;
  do {
    // So few bytes come whole, or not at all when a signal interrupts the wait for the first ones.
    count = ::getrandom(bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  MUAI_CHECK(count == static_cast<ssize_t>(bytes.size()));
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

}  // namespace muai
