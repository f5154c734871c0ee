#pragma once

// How exactly a title or section heading names what a query asks for. BM25F rewards a title that
// holds a query term, however long the title is; for "What does VACUUM do?" the page "VACUUM" is
// meant rather than "Routine Vacuuming Tips".

#include "muai/store/token_stream.h"
#include "rag/query_terms.h"
#include "rag/term_table.h"

namespace muai {

// The larger, over the title and the last part of the heading, of
//
//   sum of idf of the terms in it that the query has  *  their share of its terms
//
// where stop words and numbers of chapters count for nothing. `table` is that of `asked.terms`.
double naming_score(const TokenStream& passage, const AskedTerms& asked, const TermTable& table);

}  // namespace muai
