#pragma once

// SHA-256, the name under which texts, blobs and recorded answers are stored.

#include <memory>
#include <string>
#include <string_view>

namespace muai {

// 64 lower-case hexadecimal digits. Thread-safe.
std::string sha256_hex(std::string_view bytes);

// The same for bytes that come in pieces. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void update(std::string_view bytes);

  // Of all pieces. REQUIRES: called once, last.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace muai
