#pragma once

// Workflows for people and for other programs to look at.

#include <boost/json/fwd.hpp>
#include <string>

#include "muai/graph/workflow.h"

namespace muai {

// A Mermaid flowchart and a Graphviz digraph. Names and conditions may hold anything: they are
// escaped. REQUIRES for all: the workflow is not empty.
std::string to_mermaid(const Workflow& workflow);
std::string to_dot(const Workflow& workflow);

// Plain text, a paragraph for each node: what it runs, reads and writes, and what follows.
std::string describe(const Workflow& workflow);

// {name, description, given, may_give, returns, start, nodes: [{name, step, reads, may_read,
// writes, may_write, repeatable, next | branch | parallel, timeout_s, retries, settings}]}, nodes
// in the order of the file; conditions are text.
boost::json::value workflow_to_json(const Workflow& workflow);

}  // namespace muai
