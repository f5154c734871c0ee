#pragma once

// The sentences of some sources with what ranking needs to know about each. Private to the
// extractive backend.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sentence_parts.h"
#include "muai/model/extractive.h"
#include "muai/text/bm25.h"

namespace muai {

struct Sentence {
  std::uint32_t source = 0;
  std::uint32_t paragraph = 0;  // number over all sources
  std::uint32_t place = 0;      // position within its source
  ByteSpan span;
  SentencePart part;
  bool is_statement = false;  // can be quoted alone: no heading, row, code, question or fragment
  bool is_quotable = false;   // a statement, or said by its place: a row, an item, "as follows:"
  bool is_heading = false;
  std::int32_t heading = -1;       // the heading sentence above it, or -1
  std::vector<std::string> terms;  // stop words dropped
};

class SentenceTable {
 public:
  explicit SentenceTable(std::span<const SourceText> sources);

  std::span<const SourceText> sources() const { return sources_; }
  std::span<const Sentence> sentences() const { return sentences_; }
  std::string_view text_of(const Sentence& sentence) const {
    return sources_[sentence.source].text.substr(sentence.span.begin, sentence.span.size());
  }
  // Null where it is part of none.
  const SentenceList* list_of(const Sentence& sentence) const {
    return sentence.part.list < 0 ? nullptr : &lists_[static_cast<std::size_t>(sentence.part.list)];
  }
  const SourceText& source_of(const Sentence& sentence) const { return sources_[sentence.source]; }

  // Sentences of the same paragraph right before and after, or null.
  const Sentence* before(std::size_t number) const;
  const Sentence* after(std::size_t number) const;

  // Term statistics, one passage per sentence and one per paragraph.
  const Bm25& by_sentence() const { return by_sentence_; }
  const Bm25& by_paragraph() const { return by_paragraph_; }

 private:
  void add_source(std::uint32_t number);
  void add_lists(SentenceParts& parts);
  void index();

  std::span<const SourceText> sources_;
  std::vector<Sentence> sentences_;
  std::vector<SentenceList> lists_;
  std::uint32_t paragraphs_ = 0;
  Bm25 by_sentence_{{.b = 0.4}};  // a short sentence is not a better one for being short
  Bm25 by_paragraph_;
};

}  // namespace muai
