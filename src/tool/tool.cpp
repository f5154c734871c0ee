#include "muai/tool/tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/text/json_schema.h"

namespace muai {
namespace {

Result<void> check_description(const ToolDescription& description) {
  std::vector<std::string> wrong;
  if (description.name.empty()) wrong.push_back("name is missing");
  if (description.capabilities.empty()) wrong.push_back("capabilities: at least one is needed");
  for (const std::string& capability : description.capabilities)
    if (capability.empty()) wrong.push_back("capabilities: one is empty");
  if (description.description.empty()) wrong.push_back("description is missing");
  const Result<JsonSchema> schema = JsonSchema::parse(description.parameters);
  if (!schema) wrong.push_back("parameters: " + schema.error().message());
  if (wrong.empty()) return {};
  return fail(ErrorCode::InvalidConfig, fmt::format("tool '{}' cannot be registered: {}",
                                                    description.name, fmt::join(wrong, "; ")));
}

Result<void> check_arguments(const ToolDescription& description,
                             const boost::json::value& arguments) {
  MUAI_TRY(const JsonSchema schema, JsonSchema::parse(description.parameters));
  const std::vector<SchemaViolation> violations = schema.validate(arguments);
  if (violations.empty()) return {};
  std::vector<std::string> lines;
  for (const SchemaViolation& violation : violations) lines.push_back(violation.to_string());
  return fail(ErrorCode::InvalidInput,
              fmt::format("arguments of tool '{}': {}", description.name, fmt::join(lines, "; ")));
}

}  // namespace

Result<void> ToolRegistry::add(std::shared_ptr<const Tool> tool) {
  MUAI_TRY_VOID(check_description(tool->description()));
  std::string name = tool->description().name;
  return tools_.add(std::move(name), std::move(tool));
}

Result<void> ToolRegistry::replace(std::shared_ptr<const Tool> tool) {
  MUAI_TRY_VOID(check_description(tool->description()));
  std::string name = tool->description().name;
  tools_.replace(std::move(name), std::move(tool));
  return {};
}

Result<const Tool*> ToolRegistry::lookup(std::string_view name) const {
  MUAI_TRY(const std::shared_ptr<const Tool>* tool, tools_.lookup(name));
  return tool->get();
}

std::vector<const Tool*> ToolRegistry::with_capability(std::string_view capability) const {
  std::vector<const Tool*> found;
  for (const auto& [name, tool] : tools_) {
    const std::vector<std::string>& all = tool->description().capabilities;
    if (std::find(all.begin(), all.end(), capability) != all.end()) found.push_back(tool.get());
  }
  return found;
}

Task<Result<boost::json::value>> ToolRegistry::call(std::string name, boost::json::value arguments,
                                                    ToolContext context) const {
  MUAI_CO_TRY(const Tool* tool, lookup(name));
  MUAI_CO_TRY_VOID(check_arguments(tool->description(), arguments));
  auto call = tool->call(std::move(arguments), std::move(context));
  auto result = co_await std::move(call);
  if (!result) co_return std::unexpected(std::move(result).error().inside(name));
  co_return std::move(result);
}

}  // namespace muai
