#pragma once

// The graphs of the earlier system, translated to the file form of today. Private to the workflow
// layer.
//
//   {"start": {"step_name": "web_search", "next_nodes": ["answer"]},
//    "answer": {"step_name": "answer_generate_from_docs", "next_nodes": ["end"]}}
//
// A run starts at `start` and is over at `end`. A node's `condition` decides whether it may
// follow: of several successors the first whose condition holds is taken, one without a condition
// always; when none holds, the first.

#include <boost/json/fwd.hpp>

#include "workflow/problems.h"

namespace muai {

// Whether a file is such a graph: a map whose members have step_name.
bool is_earlier_graph(const boost::json::value& file);

// The `nodes` of today's form. REQUIRES: is_earlier_graph. Problems name the members of the given
// file; a node that has one is left out.
boost::json::object translate_earlier_graph(const boost::json::object& graph, Problems& problems);

}  // namespace muai
