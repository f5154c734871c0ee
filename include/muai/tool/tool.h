#pragma once

// Tool: something a workflow can call by name with JSON arguments. Built in: web_search,
// fetch_url, fetch_multiple, calculator, translator.

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/registry.h"
#include "muai/core/result.h"

namespace muai {

class Pool;

// What is known about a tool before it is called.
struct ToolDescription {
  std::string name;
  std::vector<std::string> capabilities;  // one or more: "search", "fetch", "arithmetic", ...
  std::string description;                // one sentence, for people and models
  std::string parameters;                 // JSON Schema of the arguments object, as text
  friend bool operator==(const ToolDescription&, const ToolDescription&) = default;
};

// What a call may use. Copied into the call; loop and pool outlive it.
struct ToolContext {
  Loop* loop = nullptr;
  Pool* pool = nullptr;
  std::stop_token stop;
  TimePoint deadline = kNever;
  // Remarks for the trace ("page https://... failed: timeout"). Loop thread only; may be empty.
  std::function<void(std::string)> note;
};

// Stateless from the caller's view; called on the loop thread, several calls at a time. A tool
// lives as long as the engine.
class Tool {
 public:
  virtual ~Tool() = default;
  virtual const ToolDescription& description() const = 0;

  // `arguments` is an object that fits `parameters`; call_tool has checked it. Errors say what
  // failed and the remedy; Cancelled promptly after `context.stop`.
  virtual Task<Result<boost::json::value>> call(boost::json::value arguments,
                                                ToolContext context) const = 0;
};

// Tools by name and by capability. Filled while the engine is put together, then only read.
class ToolRegistry {
 public:
  // InvalidConfig names every missing or wrong part of the description, all at once.
  Result<void> add(std::shared_ptr<const Tool> tool);
  Result<void> replace(std::shared_ptr<const Tool> tool);

  // NotFound names what exists, nearest first.
  Result<const Tool*> lookup(std::string_view name) const;

  // Exactly the tools that have it, by name.
  std::vector<const Tool*> with_capability(std::string_view capability) const;
  std::vector<std::string> names() const { return tools_.names(); }

  // Checks `arguments` against the tool's schema (InvalidInput names each violation), then calls.
  Task<Result<boost::json::value>> call(std::string name, boost::json::value arguments,
                                        ToolContext context) const;

 private:
  Registry<std::shared_ptr<const Tool>> tools_{"tool"};
};

}  // namespace muai
