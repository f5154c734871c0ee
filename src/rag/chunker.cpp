// A document becomes a row of units (a heading, a sentence, a line of code or of a table), each
// with a weight; units are then gathered greedily. Weights put Latin and CJK text on one scale, so
// that mixed text needs no decision about its language.

#include "muai/rag/chunker.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "muai/text/language.h"
#include "muai/text/sentences.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

enum class UnitKind : std::uint8_t { Heading, FirstOfBlock, Inner };

struct Unit {
  std::size_t begin;
  double weight;  // in Latin code points
  UnitKind kind;
};

class Weigher {
 public:
  explicit Weigher(const ChunkSizes& sizes)
      : cjk_weight_(static_cast<double>(sizes.latin_max) / static_cast<double>(sizes.cjk_max)) {}

  double of(char32_t code_point) const {
    if (code_point < 0x1100) return 1;
    const bool is_wide_mark = (code_point >= 0x3000 && code_point <= 0x303f) ||  // 、。「」
                              (code_point >= 0xff00 && code_point <= 0xffef);    // ，！？
    return is_wide_mark || is_cjk(code_point) ? cjk_weight_ : 1;
  }
  double of(std::string_view text) const {
    double weight = 0;
    for (Utf8Cursor at(text); !at.done(); at.next()) weight += of(at.value());
    return weight;
  }

 private:
  double cjk_weight_;
};

// Where the pieces of one block begin, the first being the block's own begin.
std::vector<std::size_t> piece_begins(std::string_view text, const Block& block) {
  std::vector<std::size_t> begins{block.span.begin};
  const std::string_view body = block.span.of(text);
  if (block.kind == BlockKind::Code || block.kind == BlockKind::Table) {
    for (std::size_t at = body.find('\n'); at != std::string_view::npos && at + 1 < body.size();
         at = body.find('\n', at + 1)) {
      begins.push_back(block.span.begin + at + 1);
    }
  } else if (block.kind != BlockKind::Heading) {
    const std::vector<ByteSpan> sentences = split_sentences(body);
    for (std::size_t i = 1; i < sentences.size(); ++i) {
      begins.push_back(block.span.begin + sentences[i].begin);
    }
  }
  return begins;
}

// Adds text[begin, end) as units of at most `weight_max`, cut after a blank when there is one in
// the second half and between code points otherwise.
void add_units(std::string_view text, ByteSpan span, UnitKind kind, double weight_max,
               const Weigher& weigher, std::vector<Unit>& units) {
  Unit unit{span.begin, 0, kind};
  std::size_t after_blank = 0;
  double weight_after_blank = 0;
  for (Utf8Cursor at(text.substr(0, span.end), span.begin); !at.done(); at.next()) {
    const double weight = weigher.of(at.value());
    if (unit.weight + weight > weight_max && at.offset() > unit.begin) {
      const bool at_blank = after_blank > unit.begin && weight_after_blank > weight_max / 2;
      const std::size_t cut = at_blank ? after_blank : at.offset();
      const double kept = at_blank ? weight_after_blank : unit.weight;
      const double rest = unit.weight - kept;
      units.push_back({unit.begin, kept, unit.kind});
      unit = {cut, rest, UnitKind::Inner};
      after_blank = 0;
    }
    unit.weight += weight;
    if (at.value() == ' ' || at.value() == '\n') {
      after_blank = at.offset() + at.size();
      weight_after_blank = unit.weight;
    }
  }
  units.push_back(unit);
}

std::vector<Unit> units_of(std::string_view text, std::span<const Block> blocks, double weight_max,
                           const Weigher& weigher) {
  std::vector<Unit> units;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::size_t block_end = i + 1 < blocks.size() ? blocks[i + 1].span.begin : text.size();
    const std::vector<std::size_t> begins = piece_begins(text, blocks[i]);
    for (std::size_t piece = 0; piece < begins.size(); ++piece) {
      const std::size_t end = piece + 1 < begins.size() ? begins[piece + 1] : block_end;
      const UnitKind kind = piece > 0                              ? UnitKind::Inner
                            : blocks[i].kind == BlockKind::Heading ? UnitKind::Heading
                                                                   : UnitKind::FirstOfBlock;
      // What precedes the first block (nothing but line breaks) goes with it.
      const std::size_t begin = units.empty() ? 0 : begins[piece];
      add_units(text, {begin, end}, kind, weight_max, weigher, units);
    }
  }
  return units;
}

// True when the chunk [first, next) should end before unit `next`.
bool ends_before(std::span<const Unit> units, std::size_t next, double weight,
                 const ChunkSizes& sizes) {
  const Unit& unit = units[next];
  const auto aim = static_cast<double>(sizes.latin_aim);
  if (weight + unit.weight > static_cast<double>(sizes.latin_max)) return true;
  switch (unit.kind) {
    case UnitKind::Heading: return weight >= aim / 4;
    case UnitKind::FirstOfBlock: return weight >= aim * 3 / 4;
    case UnitKind::Inner: return false;  // a block is only cut when it must be
  }
  return false;
}

std::size_t leading_breaks(std::string_view text) {
  return std::min(text.find_first_not_of("\r\n"), text.size());
}

// Headings in force at a place: the titles of the open sections, outermost first.
class OpenSections {
 public:
  explicit OpenSections(const Document& document) : document_(document) {}

  // `begin` must not decrease from call to call. Includes a heading that begins at `begin`.
  std::string path_at(std::size_t begin) {
    while (next_ < document_.headings.size() && document_.headings[next_].span.begin <= begin) {
      const Heading& heading = document_.headings[next_++];
      while (!open_.empty() && open_.back()->level >= heading.level) open_.pop_back();
      open_.push_back(&heading);
    }
    std::string path;
    for (const Heading* heading : open_) {
      if (heading->title == document_.title) continue;  // the title stands beside the path
      if (!path.empty()) path += " > ";
      path += heading->title;
    }
    return path;
  }

 private:
  const Document& document_;
  std::size_t next_ = 0;
  std::vector<const Heading*> open_;
};

}  // namespace

std::vector<Chunk> chunk_document(const Document& document, const ChunkSizes& sizes) {
  const std::string_view text = document.text;
  if (text.empty()) return {};
  const Block whole{BlockKind::Paragraph, {0, text.size()}};
  const std::span<const Block> blocks =
      document.blocks.empty() ? std::span(&whole, 1) : std::span<const Block>(document.blocks);
  const Weigher weigher(sizes);
  const std::vector<Unit> units =
      units_of(text, blocks, static_cast<double>(sizes.latin_max), weigher);

  std::vector<std::size_t> firsts;  // number of the first unit of each chunk
  double weight = 0;
  for (std::size_t next = 0; next < units.size(); ++next) {
    if (firsts.empty()) {
      firsts.push_back(0);
    } else if (ends_before(units, next, weight, sizes)) {
      // A heading belongs to what follows it.
      std::size_t first = next;
      while (first - 1 > firsts.back() && units[first - 1].kind == UnitKind::Heading) --first;
      firsts.push_back(first);
      weight = 0;
      for (std::size_t unit = first; unit < next; ++unit) weight += units[unit].weight;
    }
    weight += units[next].weight;
  }

  std::vector<Chunk> chunks;
  OpenSections sections(document);
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const std::size_t begin = units[firsts[i]].begin;
    const std::size_t end = i + 1 < firsts.size() ? units[firsts[i + 1]].begin : text.size();
    chunks.push_back({{begin, end}, sections.path_at(begin + (i == 0 ? leading_breaks(text) : 0))});
  }
  return chunks;
}

}  // namespace muai
