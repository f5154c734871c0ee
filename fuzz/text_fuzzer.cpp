// Any bytes as text: the laws of spans hold for sentences, tokens, blocks and key points, and
// nothing shown is wider than asked.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/check.h"
#include "muai/text/fold.h"
#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/markdown.h"
#include "muai/text/sentences.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"
#include "muai/text/width.h"

namespace {

using muai::ByteSpan;

void check_at_boundaries(std::string_view text, ByteSpan span) {
  MUAI_CHECK(span.begin < span.end && span.end <= text.size());
  MUAI_CHECK(muai::boundary_before(text, span.begin) == span.begin);
  MUAI_CHECK(muai::boundary_before(text, span.end) == span.end);
}

void check_spans(std::string_view text) {
  std::size_t before = 0;
  for (const ByteSpan sentence : muai::split_sentences(text)) {
    check_at_boundaries(text, sentence);
    MUAI_CHECK(sentence.begin >= before);
    before = sentence.end;
  }
  std::size_t begin = 0;
  muai::for_each_token(text, [&](const muai::Token& token) {
    check_at_boundaries(text, token.span);
    MUAI_CHECK(token.span.begin >= begin && muai::is_valid_utf8(token.term));
    begin = token.span.begin;
  });
  before = 0;
  for (const muai::MarkdownBlock& block : muai::scan_markdown(text)) {
    MUAI_CHECK(block.span.begin >= before && block.content.begin >= block.span.begin);
    MUAI_CHECK(block.content.begin <= block.content.end && block.content.end <= block.span.end);
    before = block.span.end;
  }
  for (const muai::KeyPoint& point : muai::key_points(text)) check_at_boundaries(text, point.span);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_spans(text);
  const std::string valid = muai::to_valid_utf8(text);
  MUAI_CHECK(muai::is_valid_utf8(valid));
  MUAI_CHECK(muai::is_valid_utf8(muai::fold(text)));
  MUAI_CHECK(muai::strip_controls(text).find('\x1b') == std::string::npos);
  (void)muai::language_of(text);
  MUAI_CHECK(muai::display_width(muai::truncate_to_width(text, 7)) <= 7);
  for (const std::string& row : muai::wrap_to_width(text, 5)) {
    MUAI_CHECK(muai::display_width(row) <= 5);
  }
  return 0;
}
