#include "muai/core/sha256.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

// FIPS 180-2, appendix B.
constexpr auto kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, GivesThePublishedDigest) { EXPECT_EQ(sha256_hex("abc"), kOfAbc); }

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 digest;
  digest.update("a");
  digest.update("");
  digest.update("bc");
  EXPECT_EQ(digest.hex(), kOfAbc);
}

}  // namespace
}  // namespace muai
