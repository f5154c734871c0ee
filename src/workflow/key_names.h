#pragma once

// State keys as workflow files name them. Private to the workflow layer.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "muai/core/key.h"
#include "workflow/problems.h"

namespace muai {

// The key of that name, if it has a type; else a problem at `pointer` that names the nearest keys
// and how to declare one.
std::optional<KeyId> known_key(std::string_view name, const std::string& pointer,
                               Problems& problems);

// The keys of a list of names; a problem for each that is unknown.
std::vector<KeyId> known_keys(const boost::json::value& names, const std::string& pointer,
                              Problems& problems);

// Declares the members of `keys:`.
void declare_keys(const boost::json::object& keys, const std::string& pointer, Problems& problems);

}  // namespace muai
