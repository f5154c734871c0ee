#pragma once

// Where in its document a cited sentence stands.

#include <string>

#include "muai/core/records.h"
#include "muai/session.h"

namespace muai {

// "Chapter > Section" around the passage, without the document's own title. Empty for web pages,
// for files that were read for one question, and before the first heading.
std::string section_of(const Session& session, const CitationSpan& span);

// "Title > Chapter > Section", as far as each is known.
std::string place_of(const Session& session, const CitationSpan& span);

}  // namespace muai
