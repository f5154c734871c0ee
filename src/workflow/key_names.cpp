#include "workflow/key_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/nearest.h"

namespace muai {
namespace json = boost::json;

std::optional<KeyId> known_key(std::string_view name, const std::string& pointer,
                               Problems& problems) {
  if (problems.is_full()) return std::nullopt;
  const std::vector<std::string_view> names = typed_key_names();
  if (!std::binary_search(names.begin(), names.end(), name)) {
    std::string hint = did_you_mean(name, names);
    if (!hint.ends_with('?')) hint += '.';
    problems.at(pointer, fmt::format("unknown key '{}'; {} A key of your own is declared under "
                                     "keys, as in `keys: {{NAME: string}}`",
                                     name, hint));
    return std::nullopt;
  }
  const Result<KeyId> id = intern_key(name);
  return id ? std::optional<KeyId>(*id) : std::nullopt;
}

std::vector<KeyId> known_keys(const json::value& names, const std::string& pointer,
                              Problems& problems) {
  std::vector<KeyId> ids;
  const json::array& list = names.as_array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto id = known_key(list[i].get_string(), element_of(pointer, i), problems);
    if (id) ids.push_back(*id);
  }
  return ids;
}

namespace {

void declare_one(std::string_view name, const json::value& declared, const std::string& pointer,
                 Problems& problems) {
  const json::object* object = declared.if_object();
  const std::string_view type_name =
      object ? std::string_view(object->at("type").get_string()) : declared.get_string();
  const std::vector<std::string_view> types = declarable_type_names();
  const ValueType* type = find_value_type(type_name);
  if (!type || std::find(types.begin(), types.end(), type_name) == types.end()) {
    problems.at(pointer, fmt::format("key '{}' has the unknown type '{}'; use one of {}", name,
                                     type_name, fmt::join(types, ", ")));
    return;
  }
  MergeRule rule = MergeRule::Error;
  if (const json::value* merge = object ? object->if_contains("merge") : nullptr) {
    if (const Result<MergeRule> read = merge_rule_from(merge->get_string())) rule = *read;
  }
  const Result<KeyId> id = declare_key(name, *type, rule);
  if (!id) problems.at_key(pointer, id.error().message());
}

}  // namespace

void declare_keys(const json::object& keys, const std::string& pointer, Problems& problems) {
  for (const auto& member : keys)
    declare_one(member.key(), member.value(), pointer_to_member(pointer, member.key()), problems);
}

}  // namespace muai
