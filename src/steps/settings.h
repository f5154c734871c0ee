#pragma once

// Reading a node's settings. Private to the steps.

#include <boost/json.hpp>
#include <cstdint>
#include <string_view>

#include "muai/graph/runtime.h"

namespace muai {

// The whole number under `name`, at least 1, or `fallback` when it is not set.
inline std::int64_t setting(Runtime& runtime, std::string_view name, std::int64_t fallback) {
  const boost::json::object* settings = runtime.settings().if_object();
  const boost::json::value* value = settings ? settings->if_contains(name) : nullptr;
  if (!value || !value->is_int64()) return fallback;
  return std::max<std::int64_t>(1, value->get_int64());
}

}  // namespace muai
