#include "muai/tool/tool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tool_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ToolSite;

// Gives its arguments back, or fails when they have a member "fail".
class EchoTool final : public Tool {
 public:
  explicit EchoTool(ToolDescription description) : description_(std::move(description)) {}
  const ToolDescription& description() const override { return description_; }
  Task<Result<json::value>> call(json::value arguments, ToolContext) const override {
    if (arguments.get_object().contains("fail")) co_return fail(ErrorCode::Upstream, "as asked");
    co_return std::move(arguments);
  }

 private:
  ToolDescription description_;
};

ToolDescription echo() {
  return {.name = "echo",
          .capabilities = {"say"},
          .description = "Says it again.",
          .parameters = R"({"type":"object","properties":{"n":{"type":"integer","minimum":1},
                            "text":{"type":"string"}},"required":["text"]})"};
}

Result<json::value> call(const ToolRegistry& tools, std::string name, std::string_view arguments) {
  ToolSite site;
  return site.loop.run(tools.call(std::move(name), json::parse(arguments), site.context()));
}

TEST(ToolRegistry, NamesAllThatIsWrongWithADescriptionAtOnce) {
  ToolRegistry tools;
  const auto added = tools.add(std::make_shared<EchoTool>(
      ToolDescription{.name = "", .capabilities = {}, .description = "", .parameters = "{"}));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(added.error().message(),
              AllOf(HasSubstr("name is missing"), HasSubstr("capabilities: at least one"),
                    HasSubstr("description is missing"), HasSubstr("parameters: ")));
  ToolDescription empty_capability = echo();
  empty_capability.capabilities = {"say", ""};
  EXPECT_THAT(tools.replace(std::make_shared<EchoTool>(empty_capability)).error().message(),
              HasSubstr("capabilities: one is empty"));
  EXPECT_TRUE(tools.names().empty());
}

TEST(ToolRegistry, CallsWithArgumentsThatFitTheSchema) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(std::make_shared<EchoTool>(echo())));
  const auto said = call(tools, "echo", R"({"text":"hi","n":2})");
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(*said, json::parse(R"({"text":"hi","n":2})"));
}

TEST(ToolRegistry, NamesEveryArgumentThatDoesNotFit) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(std::make_shared<EchoTool>(echo())));
  const auto said = call(tools, "echo", R"({"n":0})");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(said.error().message(), AllOf(HasSubstr("echo"), HasSubstr("/n"), HasSubstr("text")));
  EXPECT_FALSE(call(tools, "echo", "[]"));
}

TEST(ToolRegistry, AnUnknownToolIsNamedWithTheNearest) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(std::make_shared<EchoTool>(echo())));
  const auto said = call(tools, "ehco", "{}");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(said.error().message(), HasSubstr("did you mean 'echo'?"));
}

TEST(ToolRegistry, AnErrorSaysInWhichToolItWas) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(std::make_shared<EchoTool>(echo())));
  const auto said = call(tools, "echo", R"({"text":"","fail":1})");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), ErrorCode::Upstream);
  EXPECT_THAT(said.error().path(), ElementsAre("echo"));
}

}  // namespace
}  // namespace muai
