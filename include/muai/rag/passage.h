#pragma once

// Passage: one hit of a search, with its place in the document and, on request, the reasons for
// its rank. Plain values.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "muai/core/byte_span.h"

namespace muai {

// What one term of the query gave to a passage's score.
struct TermScore {
  std::string term;          // as it is indexed: folded and stemmed, or a CJK bigram
  std::string asked;         // the query's word when `term` is only spelt alike, else empty
  double idf = 0;            // rarity in the collection
  double frequency = 0;      // occurrences, weighted by field and damped
  double score = 0;          // its part of Passage::score
  std::size_t passages = 0;  // that hold the term, in the whole collection
};

// Why a passage has its rank. The parts add up to Passage::score.
struct ScoreReasons {
  std::vector<TermScore> terms;            // in the order of the query
  std::vector<std::string> dropped_terms;  // too common to say anything
  double proximity = 0;                    // neighbouring query terms that stand close together
  double coverage = 0;                     // how much of the query is present
  double sentence = 0;                     // how much of it is present in one sentence
  double gathering = 0;                    // how much of it stands around one place
  double phrases = 0;                      // how many of its neighbours are neighbours here too
  double naming = 0;                       // how exactly title or heading name the query
  double script = 0;                       // negative: the passage is in another script
  double feedback = 0;                     // words that the best passages share, see below
  std::vector<TermScore> feedback_terms;   // those of them that this passage holds
  double vector = 0;                       // nearness of its embedding to the query's
};

struct Passage {
  std::string url;           // kb://COLLECTION/path#start-end, offsets in code points
  std::string document_url;  // the same without the fragment
  std::string title;         // of the document
  std::string heading;       // "Chapter > Section"; empty before the first heading
  std::string language;      // of the document: "en", "zh", or empty
  std::string text;
  ByteSpan span;     // of `text` in the document's text, in bytes
  double score = 0;  // larger is better; only comparable within one search
  ScoreReasons why;  // empty unless asked for
};

enum class Reasons { Omit, Include };

struct SearchOptions {
  std::size_t limit = 10;
  Reasons reasons = Reasons::Omit;
  // The query's embedding by the collection's model (Collection::vector_model); empty: words alone
  // decide. The numbers must live as long as the search.
  std::span<const float> embedding = {};
};

}  // namespace muai
