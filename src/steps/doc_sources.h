#pragma once

// Pages between steps: into the state as docs and doc_origins, and back out as citable sources.
// Private to the steps.

#include <span>
#include <string>
#include <vector>

#include "muai/core/state.h"
#include "muai/model/extractive.h"
#include "muai/steps/cited_answer.h"
#include "muai/tool/page.h"

namespace muai {

// Adds the pages to docs and doc_origins. A page whose URL is there already is left out.
State with_pages(const State& in, std::span<const Page> pages);

// The sources in the order of docs; what doc_origins does not know has no hash.
std::vector<CitableSource> citable_sources(const State& in);

// Views of the sources for ranking. `sources` must outlive them.
std::vector<SourceText> source_texts(std::span<const CitableSource> sources);

}  // namespace muai
