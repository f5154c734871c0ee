#include "muai/core/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <span>

#include "muai/core/check.h"

namespace muai {

namespace {

std::string hex_of(std::span<const unsigned char> digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return hex_of(digest);
}

struct Sha256::Context {
  EVP_MD_CTX* running = EVP_MD_CTX_new();
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  MUAI_CHECK(context_->running && EVP_DigestInit_ex(context_->running, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_->running); }

void Sha256::update(std::string_view bytes) {
  MUAI_CHECK(EVP_DigestUpdate(context_->running, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  MUAI_CHECK(EVP_DigestFinal_ex(context_->running, digest.data(), nullptr) == 1);
  return hex_of(digest);
}

}  // namespace muai
