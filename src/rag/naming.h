#pragma once

// How exactly a title or section heading names what a query asks for. BM25F rewards a title that
// holds a query term, however long the title is; for "What does VACUUM do?" the page "VACUUM" is
// meant rather than "Routine Vacuuming Tips".

#include <span>
#include <string>
#include <string_view>

#include "muai/rag/passage.h"

namespace muai {

// kNamingWeight times the larger, over `title` and the last part of `heading`, of
//
//   sum of idf of the terms in it that the query has  *  their share of its terms
//
// where stop words and numbers of chapters count for nothing. `terms` are the query's, with names.
double naming_score(std::string_view title, std::string_view heading,
                    std::span<const TermScore> terms);

}  // namespace muai
