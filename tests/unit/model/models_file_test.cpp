#include "muai/model/models_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/text/json_schema.h"
#include "muai/text/yaml.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kBoth = R"(models:
  - name: qwen
    capabilities: [generate]
    expected_vram_mb: 5200
    supports_quant: true
    preferred_device_policy: gpu_resident
    model_path: /models/qwen.gguf
    quantization_config: 8bit
    concurrency_max: 2
  - name: cloud
    capabilities: [generate, embed]
    base_url: https://api.example.com/v1
    model_path: small-1
    key_env: EXAMPLE_API_KEY
    context_tokens: 32000
    queue_max: 0
    temperature: 1
    prices: {prompt_usd_per_million: 0.15, completion_usd_per_million: 1}
)";

TEST(ModelsFile, ReadsFilesAndEndpoints) {
  const auto file = read_models_file(kBoth, "models.yaml");
  ASSERT_TRUE(file) << file.error().message();
  const ModelDescription qwen{.name = "qwen",
                              .capabilities = {"generate"},
                              .expected_vram_mb = 5'200,
                              .supports_quant = true,
                              .preferred_device_policy = DevicePolicy::GpuResident,
                              .model_path = "/models/qwen.gguf",
                              .quantization_config = "8bit",
                              .concurrency_max = 2};
  const ModelDescription cloud{.name = "cloud",
                               .capabilities = {"generate", "embed"},
                               .model_path = "small-1",
                               .backend = ModelBackend::OpenAi,
                               .base_url = "https://api.example.com/v1",
                               .key_env = "EXAMPLE_API_KEY",
                               .context_tokens = 32'000,
                               .queue_max = 0,
                               .temperature = 1,
                               .prices = {.prompt_micro_usd = 0.15, .completion_micro_usd = 1}};
  EXPECT_THAT(file->models, ElementsAre(qwen, cloud));
  EXPECT_TRUE(file->warnings.empty());
}

TEST(ModelsFile, NamesEveryProblemWithItsPlace) {
  const auto file = read_models_file(R"(models:
  - name: tiny
    capabilities: []
    expected_vram_mb: lots
    model_path: t.gguf
  - name: cloud
    capabilities: [generate]
    base_url: ftp://x
    key_env: A
    key_file: B
    colour: red
  - 7
  - name: extractive
    capabilities: [generate]
    base_url: http://a/v1
    model_path: m
  - name: tiny
    capabilities: [generate]
    base_url: http://a/v1
    model_path: m
)",
                                     "m.yaml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), ErrorCode::InvalidConfig);
  for (const char* line :
       {"m.yaml:3:19: model 'tiny': capabilities must be a list",
        "m.yaml:4:23: model 'tiny': expected_vram_mb must be a whole number",
        "m.yaml:2:5: model 'tiny': supports_quant is missing",
        "m.yaml:2:5: model 'tiny': preferred_device_policy is missing",
        "m.yaml:6:5: model 'cloud': model_path is missing",
        "m.yaml:8:15: model 'cloud': base_url must begin with http",
        "m.yaml:10:15: model 'cloud': key_file cannot stand beside key_env",
        "m.yaml:11:13: model 'cloud': colour is not a field of a model",
        "m.yaml:12:5: a model is a map of its fields",
        "m.yaml:13:11: model 'extractive': name 'extractive' is the model that is built in",
        "m.yaml:17:5: model 'tiny': is there already, at m.yaml:2:5"})
    EXPECT_THAT(file.error().message(), HasSubstr(line));
}

TEST(ModelsFile, ReadsTheMapOfTheEarlierConfiguration) {
  const auto document = read_yaml(R"(system: {}
models:
  chat:
    model_path: models/chat.gguf
    device: cuda
    quantization: 4bit
    max_length: 512
    temperature: 0.3
  vectors: {model_path: v.gguf, device: cpu, embedding_dim: 384}
  gpt2: {model_path: gpt2, device: tpu, quantization: 3bit, temperature: 9}
)",
                                  "system.yaml");
  ASSERT_TRUE(document);
  const auto file = read_models_section(*document, "/models");
  ASSERT_TRUE(file);
  const ModelDescription chat{.name = "chat",
                              .capabilities = {"generate"},
                              .supports_quant = true,
                              .model_path = "models/chat.gguf",
                              .quantization_config = "4bit",
                              .temperature = 0.3};
  const ModelDescription vectors{.name = "vectors",
                                 .capabilities = {"embed"},
                                 .preferred_device_policy = DevicePolicy::CpuOnly,
                                 .model_path = "v.gguf"};
  EXPECT_THAT(file->models, ElementsAre(chat, vectors));
  EXPECT_THAT(file->warnings,
              ElementsAre("system.yaml:7:17: model 'chat': max_length has no meaning here",
                          HasSubstr("model 'gpt2': model_path 'gpt2' is no GGUF file"),
                          HasSubstr("device must be"), HasSubstr("quantization must be"),
                          HasSubstr("temperature must be")));
  EXPECT_TRUE(read_models_section(*document, "/nothing")->models.empty());
}

TEST(ModelsFile, ReadsTheOlderMap) {
  const auto file = read_models_file(R"(
small: {model_name: s.gguf, model_type: transformers, device: auto, dtype: float16,
        quantization: null, trust_remote_code: false, flash_attention: true,
        max_context_length: 4096}
minilm: {model_name: all-MiniLM.gguf, model_type: embedding}
)",
                                     "models.yaml");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->models.size(), 2u);
  EXPECT_EQ(file->models[0].context_tokens, 4'096);
  EXPECT_THAT(file->models[1].capabilities, ElementsAre("embed"));
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("dtype has no meaning here"),
                                          HasSubstr("flash_attention has no meaning here")));
}

TEST(ModelsFile, AMapOfTodaysEntriesTakesTheNameFromItsKey) {
  const auto file = read_models_file(
      "models: {a: {capabilities: [generate], base_url: 'http://x/v1', model_path: m}}\nmore: 1\n",
      "m.yaml");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->models.size(), 1u);
  EXPECT_EQ(file->models[0].name, "a");
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("m.yaml:2:7: more has no meaning")));
}

TEST(ModelsFile, AnEmptyFileHoldsNoModels) {
  EXPECT_TRUE(read_models_file("", "m.yaml")->models.empty());
  EXPECT_TRUE(read_models_file("models:\n", "m.yaml")->models.empty());
  EXPECT_FALSE(read_models_file("models: 7\n", "m.yaml"));
  EXPECT_FALSE(read_models_file("7\n", "m.yaml"));
}

TEST(ModelsFile, TheSchemaAgreesWithTheReader) {
  const auto schema = JsonSchema::parse(models_schema());
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_TRUE(check_yaml(read_yaml(kBoth, "m.yaml").value(), *schema));
  for (const char* entry :
       {"{name: a, capabilities: [x], model_path: m}",
        "{name: a, capabilities: [x], base_url: 'http://x'}",
        "{name: a, capabilities: [], base_url: 'http://x', model_path: m}",
        "{name: a, capabilities: [x], base_url: 'x', model_path: m}",
        "{name: a, capabilities: [x], base_url: 'http://x', model_path: m, queue_max: -1}",
        "{name: a, capabilities: [x], base_url: 'http://x', model_path: m, temperature: 3}",
        "{name: a, capabilities: [x], base_url: 'http://x', model_path: m, prices: {prompt: 1}}",
        "{name: a, capabilities: [x], base_url: 'http://x', model_path: m, colour: red}"}) {
    const std::string yaml = std::string("models: [") + entry + "]\n";
    EXPECT_FALSE(check_yaml(read_yaml(yaml, "m.yaml").value(), *schema)) << entry;
    EXPECT_FALSE(read_models_file(yaml, "m.yaml")) << entry;
  }
}

}  // namespace
}  // namespace muai
