#pragma once

// One entry of a models file with all that is wrong with it, for readers that know its place.

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "muai/model/model_description.h"

namespace muai {

struct FieldProblem {
  std::string field;
  std::string what;  // "is missing", "must be true or false"
  bool operator==(const FieldProblem&) const = default;
};

struct ModelEntry {
  ModelDescription description;  // whole when there are no problems
  std::vector<FieldProblem> problems;
};

// Reads the fields of a ModelDescription. Never fails: what is wrong is in `problems`.
ModelEntry read_model_entry(const boost::json::object& entry);

// The same for an entry of the earlier system's maps, whose name is its key. What has no meaning
// here is in `ignored`, one sentence each; `is_usable` is false when nothing is left to be loaded.
struct EarlierEntry {
  ModelDescription description;
  std::vector<FieldProblem> ignored;
  bool is_usable = false;
};
EarlierEntry translate_earlier_model(const std::string& name, const boost::json::object& entry);

}  // namespace muai
