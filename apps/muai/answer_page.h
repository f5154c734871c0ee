#pragma once

// An answer for people, and for programs.

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "muai/command.h"
#include "muai/core/records.h"
#include "muai/engine/engine.h"
#include "muai/session.h"

namespace muai {

enum class CitationStyle { Inline, List, Both, None };

// By the names of `--citations`; Both for anything else.
CitationStyle citation_style(std::string_view name);

// The answer as stdout gets it, with its sources below.
std::string answer_page(const Execution& execution, CitationStyle style, const Terminal& terminal,
                        const Session& session);

// False when the sources do not hold the answer.
bool is_found(const Execution& execution);

// {answer, found, citations, citation_spans, workflow, trace_id, ...}
boost::json::object answer_json(const Execution& execution);

// As they stand in states and traces.
boost::json::value citation_spans_json(const std::vector<CitationSpan>& spans);

}  // namespace muai
