// The reader of GGUF headers, on files that our own writer made, whole and broken.

#include "muai/model/gguf.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/support/gguf_writer.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_gguf.h"

namespace muai {
namespace {

using testing::GgufTensor;
using testing::GgufWriter;
using testing::TinyArchitecture;

GgufHeader header_of(const std::string& file) {
  Result<GgufHeader> header = parse_gguf_header(file);
  EXPECT_TRUE(header) << header.error().to_string();
  return header ? *header : GgufHeader{};
}

std::string problem_of(const std::string& file) {
  const Result<GgufHeader> header = parse_gguf_header(file);
  if (header) return "none";
  EXPECT_EQ(header.error().code(), ErrorCode::Corrupt);
  return header.error().message();
}

// The least that is a model; more keys and tensors may follow.
GgufWriter least() {
  GgufWriter writer;
  writer.add("general.architecture", std::string_view("llama"));
  return writer;
}

TEST(Gguf, ReadsWhatTheWriterWrote) {
  const std::string file = testing::tiny_gguf({});
  const GgufHeader header = header_of(file);
  EXPECT_EQ(header.version, 3U);
  EXPECT_EQ(header.architecture, "llama");
  EXPECT_EQ(header.name, "tiny random llama");
  EXPECT_EQ(header.context_tokens, 512);
  EXPECT_EQ(header.layers, 2);
  EXPECT_EQ(header.heads, 4);
  EXPECT_EQ(header.embedding_length, 256);
  EXPECT_EQ(header.vocabulary, 384);
  EXPECT_TRUE(header.has_chat_template);
  EXPECT_FALSE(header.is_encoder);
  EXPECT_EQ(header.file_bytes, static_cast<std::int64_t>(file.size()));
  // Embedding and output 384 x 256; each layer 4 squares, 3 matrices of 512 x 256, 2 norms; a norm.
  const std::int64_t parameters =
      2 * 384 * 256 + 2 * (4 * 256 * 256 + 3 * 512 * 256 + 2 * 256) + 256;
  EXPECT_EQ(header.parameters, parameters);
  EXPECT_EQ(header.weight_type, "F16");
  EXPECT_DOUBLE_EQ(header.bits_per_weight, 16);
  EXPECT_EQ(header.weight_bytes, 2 * parameters + 2 * 5 * 256);  // norms take twice as much
}

TEST(Gguf, TheCacheHoldsKeysAndValuesOfEveryLayer) {
  const GgufHeader header = header_of(testing::tiny_gguf({}));
  EXPECT_EQ(header.cache_numbers_per_token, 2 * 2 * 256);
  EXPECT_EQ(cache_mb(header, 1024), 3);  // 2 MB, rounded up past the next whole one
}

TEST(Gguf, AnEncoderHasNoCache) {
  const GgufHeader header = header_of(testing::tiny_gguf({.architecture = TinyArchitecture::Bert}));
  EXPECT_EQ(header.architecture, "bert");
  EXPECT_TRUE(header.is_encoder);
  EXPECT_FALSE(header.has_chat_template);
  EXPECT_EQ(header.cache_numbers_per_token, 0);
  EXPECT_EQ(cache_mb(header, 4096), 0);
}

TEST(Gguf, GroupedAndListedHeadsAreCounted) {
  GgufWriter grouped = least();
  grouped.add("llama.block_count", std::uint32_t{10});
  grouped.add("llama.embedding_length", std::uint32_t{1024});
  grouped.add("llama.attention.head_count", std::uint32_t{16});
  grouped.add("llama.attention.head_count_kv", std::uint32_t{2});
  EXPECT_EQ(header_of(grouped.file()).cache_numbers_per_token, 10 * 2 * (64 + 64));

  GgufWriter listed = least();
  listed.add("llama.block_count", std::uint32_t{3});
  listed.add("llama.embedding_length", std::uint32_t{1024});
  listed.add("llama.attention.head_count", std::uint32_t{16});
  listed.add("llama.attention.head_count_kv", std::vector<std::int32_t>{2, 4, 6});
  listed.add("llama.attention.key_length", std::uint32_t{100});
  EXPECT_EQ(header_of(listed.file()).cache_numbers_per_token, (2 + 4 + 6) * (100 + 64));
}

TEST(Gguf, EqualSeedsGiveEqualFiles) {
  EXPECT_EQ(testing::tiny_gguf({.seed = 7}), testing::tiny_gguf({.seed = 7}));
  EXPECT_NE(testing::tiny_gguf({.seed = 7}), testing::tiny_gguf({.seed = 8}));
}

TEST(Gguf, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problem_of("PK\3\4 and more"), "it is no GGUF file: it does not begin with 'GGUF'");
  EXPECT_EQ(problem_of("GG"), "the file ends inside its first four bytes at byte 2");
  std::string file = least().file();
  file[4] = 9;
  EXPECT_EQ(problem_of(file), "version 9 (2 and 3 can be read) at byte 8");
  EXPECT_EQ(problem_of(std::string("GGUF\0\0\0\3", 8) + std::string(16, '\0')),
            "numbers of the other byte order at byte 8");
  EXPECT_EQ(problem_of(GgufWriter().file()), "no general.architecture in the keys at byte 24");
}

TEST(Gguf, CountsOfTheFileAreNotBelieved) {
  std::string keys = least().file();
  for (std::size_t i = 16; i < 24; ++i) keys[i] = '\xff';
  EXPECT_EQ(problem_of(keys), "18446744073709551615 keys at byte 24");

  GgufWriter list = least();
  list.add("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
  std::string lengths = list.file();
  const std::size_t at = lengths.find("tokens") + 6 + 4 + 4;
  lengths[at + 7] = '\x7f';
  EXPECT_TRUE(problem_of(lengths).starts_with("the file ends inside a list of texts at byte"));
}

TEST(Gguf, TensorsBeyondTheEndAreACutFile) {
  GgufWriter writer = least();
  writer.add_tensor("a", GgufTensor::F16, {32, 4}, std::string(256, 'x'));
  std::string file = writer.file();
  const std::size_t whole = file.size();
  EXPECT_EQ(problem_of(file), "none");
  file.resize(whole - 1);
  EXPECT_EQ(problem_of(file), "the file is cut: it has " + std::to_string(whole - 1) +
                                  " bytes, its tensors end at " + std::to_string(whole));
}

TEST(Gguf, AShapeThatOverflowsIsRefused) {
  GgufWriter writer = least();
  writer.add_tensor("huge", GgufTensor::F32, {1U << 31, 1U << 31, 4}, "");
  EXPECT_TRUE(problem_of(writer.file()).starts_with("tensor 'huge' is larger than any"));
}

TEST(Gguf, EveryCutAndMutationIsAnErrorOrAHeader) {
  const std::string file = testing::tiny_gguf({.width = 32, .layers = 1});
  const std::size_t header_bytes = 12'000;  // more than the header
  for (std::size_t length = 0; length < header_bytes; length += 7) {
    (void)problem_of(file.substr(0, length));
  }
  std::minstd_rand random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = file;
    for (int n = 0; n < 3; ++n) changed[random() % header_bytes] = static_cast<char>(random());
    const Result<GgufHeader> header = parse_gguf_header(changed);
    if (!header) EXPECT_EQ(header.error().code(), ErrorCode::Corrupt);
  }
}

TEST(Gguf, FilesAreNamedInErrors) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "model.gguf";
  EXPECT_EQ(read_gguf_header(path).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(read_gguf_header(folder.path()).error().code(), ErrorCode::InvalidInput);
  std::ofstream(path) << "GGUF";
  const Result<GgufHeader> cut = read_gguf_header(path);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().message(),
            "model file '" + path + "': the file ends inside the version at byte 4");
  std::ofstream(path, std::ios::binary) << testing::tiny_gguf({});
  const Result<GgufHeader> whole = read_gguf_header(path);
  ASSERT_TRUE(whole) << whole.error().to_string();
  EXPECT_EQ(whole->parameters, header_of(testing::tiny_gguf({})).parameters);
}

}  // namespace
}  // namespace muai
