#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/model_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using namespace muai::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct OpenAiEmbeddingsTest : ::testing::Test, ModelSite {
  void answer_data(const std::string& data) {
    answer_with(refusal(200, R"({"object":"list","data":)" + data +
                                 R"(,"usage":{"prompt_tokens":7,"total_tokens":7}})"));
  }
};

TEST_F(OpenAiEmbeddingsTest, VectorsComeInTheOrderOfTheTexts) {
  answer_data(R"([{"index":1,"embedding":[0.5,2]},{"index":0,"embedding":[-1,0.25]}])");
  const auto vectors = embed({"first", "第二"});
  ASSERT_TRUE(vectors) << vectors.error().message();
  EXPECT_THAT(*vectors, ElementsAre(ElementsAre(-1.F, 0.25F), ElementsAre(0.5F, 2.F)));
  EXPECT_EQ(used.prompt_tokens, 7);
  EXPECT_EQ(net.seen().at(0).url.href(), "http://127.0.0.1:11434/v1/embeddings");
  EXPECT_EQ(sent(0), json::parse(R"({"model":"qwen2.5:0.5b","input":["first","第二"],
    "encoding_format":"float"})"));
}

TEST_F(OpenAiEmbeddingsTest, Base64IsReadToo) {
  // 1.0F and -2.0F, little-endian: 00 00 80 3F 00 00 00 C0.
  answer_data(R"([{"embedding":"AACAPwAAAMA="}])");
  const auto vectors = embed({"a"});
  ASSERT_TRUE(vectors) << vectors.error().message();
  EXPECT_THAT(*vectors, ElementsAre(ElementsAre(1.F, -2.F)));
}

TEST_F(OpenAiEmbeddingsTest, NonsenseIsATypedError) {
  options.retries.tries_max = 1;
  for (const std::string data :
       {R"([{"embedding":[1]}])",                                        // one for two
        R"([{"embedding":[1]},{"embedding":[1,2]}])",                    // lengths
        R"([{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}])",  // one twice
        R"([{"index":0,"embedding":[1]},{"index":9,"embedding":[2]}])",  // beyond
        R"([{"index":0,"embedding":[1]},{"index":1}])",                  // none
        R"([{"index":0,"embedding":[]},{"index":1,"embedding":[]}])",    // empty
        R"([{"embedding":["x"]},{"embedding":[1]}])",                    // no number
        R"([{"embedding":[1e999]},{"embedding":[1]}])",                  // not finite
        R"([{"embedding":"AAA"},{"embedding":[1]}])",                    // no float
        R"([{"embedding":"****"},{"embedding":[1]}])", "7", R"({"a":1})"}) {
    answer_data(data);
    const auto vectors = embed({"a", "b"});
    ASSERT_FALSE(vectors) << data;
    EXPECT_EQ(vectors.error().code(), ErrorCode::Upstream) << data;
  }
  answer_with(refusal(200, "<html>"));
  EXPECT_EQ(embed({"a"}).error().code(), ErrorCode::Upstream);
}

TEST_F(OpenAiEmbeddingsTest, AnEndpointWithoutEmbeddingsSaysSo) {
  answer_with(refusal(501, R"({"error":{"code":501,"message":"This server does not support
    embeddings. Start it with `--embeddings`","type":"not_supported_error"}})"));
  const auto vectors = embed({"a"});
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(vectors.error().message(), HasSubstr("--embeddings"));
  EXPECT_EQ(net.seen().size(), 1u);
}

TEST_F(OpenAiEmbeddingsTest, ManyTextsGoInBatches) {
  std::string data = "[";
  for (int i = 0; i < 64; ++i) data += std::string(i ? "," : "") + R"({"embedding":[1,2]})";
  on_embeddings(refusal(200, R"({"data":)" + data + "]}"));
  on_embeddings(refusal(200, R"({"data":[{"embedding":[3,4]}]})"));
  const auto vectors = embed(std::vector<std::string>(65, "text"));
  ASSERT_TRUE(vectors) << vectors.error().message();
  EXPECT_EQ(vectors->size(), 65u);
  EXPECT_THAT(vectors->back(), ElementsAre(3.F, 4.F));
  EXPECT_TRUE(embed({}).value().empty());
  EXPECT_EQ(net.seen().size(), 2u);
}

TEST_F(OpenAiEmbeddingsTest, AServerErrorIsTriedAgain) {
  on_embeddings(refusal(500, "{}"));
  on_embeddings(refusal(200, R"({"data":[{"embedding":[3,4]}]})"));
  EXPECT_TRUE(embed({"a"}));
}

// Symptom: one long passage kept a whole collection from getting vectors.
TEST_F(OpenAiEmbeddingsTest, ATextLongerThanTheContextIsCutAndTheOthersAreWhole) {
  const auto too_long = [] {
    return refusal(500, R"_({"error":{"code":500,"message":"input (541 tokens) is too large to
      process. increase the physical batch size (current batch size: 512)"}})_");
  };
  const auto vector = [](const std::string& numbers) {
    return refusal(200, R"({"data":[{"embedding":[)" + numbers + "]}]}");
  };
  on_embeddings(too_long());     // all three
  on_embeddings(vector("1,2"));  // the first
  on_embeddings(too_long());     // the others
  on_embeddings(too_long());     // the long one
  on_embeddings(vector("3,4"));  // the long one, cut
  on_embeddings(vector("5,6"));  // the last
  const auto vectors = embed({"a", std::string(100, 'x') + "\u672b", "b"});
  ASSERT_TRUE(vectors) << vectors.error().message();
  EXPECT_THAT(*vectors,
              ElementsAre(ElementsAre(1.F, 2.F), ElementsAre(3.F, 4.F), ElementsAre(5.F, 6.F)));
  ASSERT_EQ(net.seen().size(), 6u);
  EXPECT_EQ(sent(4).at("input").at(0), json::value(std::string(75, 'x')));
  EXPECT_EQ(sent(5).at("input").at(0), json::value("b"));
}

TEST_F(OpenAiEmbeddingsTest, AShortTextThatIsTooLongForTheEndpointIsAnErrorAtOnce) {
  answer_with(refusal(400, R"({"error":{"message":"input is too large"}})"));
  const auto vectors = embed({"a"});
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code(), ErrorCode::InvalidInput);
  EXPECT_EQ(net.seen().size(), 1u);
}

}  // namespace
}  // namespace muai
