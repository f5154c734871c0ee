#include "model/llama_sizes.h"

#include <gtest/gtest.h>

#include "model/child_output.h"

namespace muai {
namespace {

// As a 7B model of 32 layers with grouped heads says of itself.
GgufHeader seven_billion() {
  GgufHeader header;
  header.architecture = "llama";
  header.weight_bytes = std::int64_t{14} << 30;
  header.layers = 32;
  header.embedding_length = 4096;
  header.vocabulary = 32'000;
  header.cache_numbers_per_token = 32 * 8 * (128 + 128);
  header.bits_per_weight = 16;
  return header;
}

TEST(LlamaSizes, WeightsCacheAndWorkAddUpWithATenthMore) {
  // 14 GB; 65,536 numbers of 2 bytes for each of 8192 tokens are 1 GB, rounded up to the next MB;
  // 512 tokens of (32,000 + 8 x 4096) numbers of 4 bytes are 126.5 MB.
  const LlamaShape shape{.context_tokens = 8192};
  const double model = 14 * 1024 + 1025 + 126.5;
  EXPECT_NEAR(static_cast<double>(reckoned_size(seven_billion(), shape).ram_mb), model * 1.1 + 40,
              1);
}

TEST(LlamaSizes, EachRequestHasAContextOfItsOwn) {
  const std::int64_t one = reckoned_size(seven_billion(), {.context_tokens = 8192}).ram_mb;
  const std::int64_t four =
      reckoned_size(seven_billion(), {.context_tokens = 8192, .requests = 4}).ram_mb;
  EXPECT_NEAR(static_cast<double>(four - one), 3 * 1024 * 1.1, 3);
}

TEST(LlamaSizes, ASmallerFormTakesItsShareOfTheWeights) {
  const LlamaShape shape{.context_tokens = 512, .placement = {Device::Gpu, Quantization::Bits4}};
  const MemoryUse use = reckoned_size(seven_billion(), shape);
  EXPECT_GT(use.vram_mb, 14 * 1024 * 4.9 / 16);
  EXPECT_LT(use.vram_mb, 14 * 1024 * 0.45);
  EXPECT_GT(use.ram_mb, 0);
}

TEST(LlamaSizes, TheFittersTableIsReadLineByLine) {
  EXPECT_EQ(fitted_size("Host 56 32 12\n"), (MemoryUse{.vram_mb = 0, .ram_mb = 150}));
  const auto both = fitted_size("CUDA0 4000 500 500\nHost 100 0 100\n");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->vram_mb, 5500 + 400);
  EXPECT_EQ(both->ram_mb, 600 + 220);
  EXPECT_FALSE(fitted_size("error: unknown option"));
  EXPECT_FALSE(fitted_size(""));
}

TEST(LlamaSizes, NotesAreReadBack) {
  const MemoryUse use{.vram_mb = 5120, .ram_mb = 733};
  EXPECT_EQ(noted_size(size_note(use)), use);
  EXPECT_FALSE(noted_size("12"));
  EXPECT_FALSE(noted_size("-1 5"));
  EXPECT_NE(size_note_name("f", {.context_tokens = 512}),
            size_note_name("f", {.context_tokens = 512, .placement = {.device = Device::Gpu}}));
}

TEST(ChildOutput, LastWordsAreTheLastLinesWithoutNoise) {
  std::string output;
  for (int i = 0; i < 30; ++i) output += "line " + std::to_string(i) + "\n";
  output += "ggml_backend_load_best: failed to enumerate /x\n\n";
  const std::string words = last_words(output);
  EXPECT_TRUE(words.starts_with("said:\n  line 18\n")) << words;
  EXPECT_TRUE(words.ends_with("line 29")) << words;
  EXPECT_EQ(last_words("\n\n"), "said nothing");
  EXPECT_EQ(last_words("bad \xff"), "said:\n  bad \xEF\xBF\xBD");
}

TEST(ChildOutput, WantOfMemoryIsKnownByItsWords) {
  EXPECT_TRUE(tells_of_memory("ggml_cuda: cudaMalloc failed: Out Of Memory"));
  EXPECT_TRUE(tells_of_memory("terminate called: std::bad_alloc"));
  EXPECT_FALSE(tells_of_memory("srv: model loaded"));
}

TEST(ChildOutput, TheVersionStandsOnALineOfItsOwn) {
  EXPECT_EQ(version_in("x\nversion: 0.7.0 (build 11669, commit Debian)\ny"), "0.7.0");
  EXPECT_EQ(version_in("no version: here"), "");
}

}  // namespace
}  // namespace muai
