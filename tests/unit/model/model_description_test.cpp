#include "muai/model/model_description.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace muai {
namespace {

TEST(ModelDescription, NamesEveryWrongFieldAtOnce) {
  const auto read = read_model_description(boost::json::parse(
      R"({"name": "tiny", "capabilities": [], "expected_vram_mb": -1, "colour": "red"})"));
  ASSERT_FALSE(read);
  const std::string& message = read.error().message();
  for (const char* field : {"capabilities", "expected_vram_mb", "supports_quant",
                            "preferred_device_policy", "model_path", "colour"})
    EXPECT_NE(message.find(field), std::string::npos) << field;
}

TEST(ModelDescription, ComesBackFromJson) {
  const ModelDescription tiny{.name = "tiny",
                              .capabilities = {"generate", "embed"},
                              .expected_vram_mb = 12,
                              .supports_quant = true,
                              .preferred_device_policy = DevicePolicy::CpuOnly,
                              .model_path = "/models/tiny.gguf",
                              .quantization_config = "4bit"};
  EXPECT_EQ(read_model_description(to_json(tiny)).value(), tiny);
}

TEST(ModelRegistry, FindsByCapability) {
  ModelRegistry models;
  ASSERT_TRUE(models.add({.name = "a", .capabilities = {"generate"}}));
  ASSERT_TRUE(models.add({.name = "b", .capabilities = {"embed"}}));
  ASSERT_EQ(models.with_capability("embed").size(), 1u);
  EXPECT_EQ(models.with_capability("embed")[0]->name, "b");
  EXPECT_TRUE(models.with_capability("paint").empty());
}

}  // namespace
}  // namespace muai
