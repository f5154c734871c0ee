// Workflow files. The schema says what may stand where, NodeReader what the names refer to, and
// WorkflowBuilder whether the graph holds together. Each stage reports all it finds.

#include "muai/workflow/workflow_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "muai/core/check.h"
#include "muai/core/keys.h"
#include "muai/text/json_schema.h"
#include "muai/text/yaml.h"
#include "workflow/earlier_graph.h"
#include "workflow/embedded_texts.h"
#include "workflow/key_names.h"
#include "workflow/node_reader.h"
#include "workflow/problems.h"

namespace muai {
namespace json = boost::json;
namespace {

const JsonSchema& compiled_schema() {
  static const JsonSchema schema = [] {
    Result<JsonSchema> parsed = JsonSchema::parse(workflow_schema());
    MUAI_CHECK(parsed.has_value());
    return *std::move(parsed);
  }();
  return schema;
}

// The members that speak of keys and merge rules.
void read_contract(const json::object& file, WorkflowBuilder& builder, Problems& problems) {
  if (const json::value* keys = file.if_contains("keys"))
    declare_keys(keys->get_object(), "/keys", problems);
  const auto keys_at = [&](std::string_view member) {
    const json::value* names = file.if_contains(member);
    if (!names) return std::vector<KeyId>();
    return known_keys(*names, pointer_to_member("", member), problems);
  };
  builder.given_keys(keys_at("given"));
  builder.may_give_keys(keys_at("may_give"));
  builder.returns_keys(keys_at("returns"));
  const json::value* merge = file.if_contains("merge");
  if (!merge) return;
  for (const auto& member : merge->get_object()) {
    const auto key = known_key(member.key(), pointer_to_member("/merge", member.key()), problems);
    const Result<MergeRule> rule = merge_rule_from(member.value().get_string());
    if (key && rule) builder.merge_key(*key, *rule);
  }
}

void read_nodes(const json::object& file, NodeReader& reader, WorkflowBuilder& builder) {
  for (const auto& member : file.at("nodes").get_object()) {
    const std::string pointer = pointer_to_member("/nodes", member.key());
    if (auto node = reader.read(member.key(), member.value().get_object(), pointer))
      builder.node(*std::move(node));
  }
  if (const json::value* start = file.if_contains("start"))
    builder.start_at(std::string(start->get_string()));
}

void read_chain(const json::array& chain, NodeReader& reader, WorkflowBuilder& builder) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::string_view name = chain[i].get_string();
    if (auto step = reader.ready_step(name, name, element_of("/chain", i))) {
      steps.push_back(*std::move(step));
    }
  }
  builder.chain(steps);
}

// The graph's workflow, or its problems, each at its node under `nodes_at`, or at the top.
Result<Workflow> built(const WorkflowBuilder& builder, std::string_view nodes_at,
                       Problems& problems) {
  if (!problems.empty()) return problems.failure();
  auto workflow = builder.check();
  if (workflow) return *std::move(workflow);
  for (const GraphProblem& problem : workflow.error()) {
    const std::string pointer =
        problem.node.empty() ? std::string() : pointer_to_member(nodes_at, problem.node);
    problems.at_key(pointer, problem.message);
  }
  return problems.failure();
}

Result<Workflow> workflow_of(const YamlDocument& document, const WorkflowContext& context,
                             const std::filesystem::path& folder) {
  const json::object& file = document.value().get_object();
  Problems problems(document);
  WorkflowBuilder builder = Workflow::make(std::string(file.at("name").get_string()));
  if (const json::value* description = file.if_contains("description"))
    builder.describe(std::string(description->get_string()));
  read_contract(file, builder, problems);
  NodeReader reader(context, problems, folder);
  if (file.contains("nodes") == file.contains("chain")) {
    problems.at("",
                "a workflow has either nodes, a map of node name to node, or chain, a list of "
                "steps");
  } else if (file.contains("nodes")) {
    read_nodes(file, reader, builder);
  } else {
    read_chain(file.at("chain").get_array(), reader, builder);
  }
  return built(builder, "/nodes", problems);
}

// Earlier graphs did not say what they are given: the question, and what no step writes.
std::vector<KeyId> keys_from_outside(const std::vector<Node>& nodes) {
  std::set<KeyId> read{keys::question.id()};
  std::set<KeyId> written;
  for (const Node& node : nodes) {
    read.insert(node.step.contract().reads.begin(), node.step.contract().reads.end());
    written.insert(node.step.writable().begin(), node.step.writable().end());
  }
  std::vector<KeyId> given;
  std::set_difference(read.begin(), read.end(), written.begin(), written.end(),
                      std::back_inserter(given));
  return given;
}

Result<Workflow> workflow_of_earlier(const YamlDocument& document, const WorkflowContext& context) {
  Problems problems(document);
  NodeReader reader(context, problems, {});
  std::vector<Node> nodes;
  const json::object translated = translate_earlier_graph(document.value().get_object(), problems);
  for (const auto& member : translated) {
    const std::string pointer = pointer_to_member("", member.key());
    auto node = reader.read(member.key(), member.value().get_object(), pointer);
    if (node) nodes.push_back(*std::move(node));
  }
  const std::filesystem::path source(document.source_name());
  WorkflowBuilder builder = Workflow::make(source.stem().string());
  builder.describe("translated from an earlier graph").given_keys(keys_from_outside(nodes));
  for (Node& node : nodes) builder.node(std::move(node));
  builder.start_at("start");
  return built(builder, "", problems);
}

// `folder` is that of the file; empty when the text is no file.
Result<Workflow> read_in_folder(std::string_view yaml, std::string_view source_name,
                                const WorkflowContext& context,
                                const std::filesystem::path& folder) {
  MUAI_TRY(const YamlDocument document, read_yaml(yaml, source_name));
  if (is_earlier_graph(document.value())) return workflow_of_earlier(document, context);
  MUAI_TRY_VOID(check_yaml(document, compiled_schema()));
  return workflow_of(document, context, folder);
}

}  // namespace

std::string_view workflow_schema() { return workflow_text("workflow.schema.json"); }

Result<Workflow> read_workflow(std::string_view yaml, std::string_view source_name,
                               const WorkflowContext& context) {
  return read_in_folder(yaml, source_name, context, {});
}

Result<Workflow> load_workflow(const std::filesystem::path& file, const WorkflowContext& context) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    const bool absent = error == std::errc::no_such_file_or_directory;
    return fail(absent ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("workflow file {} can't be read: {}", file.string(), error.message()));
  }
  if (bytes > kYamlBytesMax) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("workflow file {} has {} bytes; the limit is {}", file.string(), bytes,
                            kYamlBytesMax));
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) return fail(ErrorCode::Io, fmt::format("workflow file {} can't be read", file.string()));
  const std::filesystem::path folder = file.parent_path();
  return read_in_folder(text, file.string(), context, folder.empty() ? "." : folder);
}

}  // namespace muai
