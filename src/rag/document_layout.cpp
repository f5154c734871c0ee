// Format 1: a sequence of varints (7 bits a byte, least significant first) and strings (length,
// bytes): 1, document kind, author, date, canonical URL, number of blocks, then for each block its
// kind, the bytes between it and the block before, its size, and for a heading its level; then
// the number of pages and their first offsets. Kinds are stored by their number.

#include "rag/document_layout.h"

#include <cstdint>

namespace muai {
namespace {

constexpr std::uint64_t kFormat = 1;

void put_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>((number & 0x7f) | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

void put_string(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

// Reads the same again. After a mistake every read gives 0 and `is_good` is false.
class LayoutReader {
 public:
  explicit LayoutReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    is_good_ = false;
    return 0;
  }

  std::string string() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) {
      is_good_ = false;
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  bool is_good() const { return is_good_; }

 private:
  std::string_view bytes_;
  bool is_good_ = true;
};

// The next block, or false when it does not fit the text.
bool read_block(LayoutReader& reader, Document& document) {
  const std::size_t before = document.blocks.empty() ? 0 : document.blocks.back().span.end;
  const std::uint64_t kind = reader.number();
  const std::uint64_t gap = reader.number();
  const std::uint64_t size = reader.number();
  const std::size_t room = document.text.size() - before;
  if (!reader.is_good() || kind > static_cast<std::uint64_t>(BlockKind::Rule) || gap > room ||
      size > room - gap) {
    return false;
  }
  const ByteSpan span{before + gap, before + gap + size};
  document.blocks.push_back({static_cast<BlockKind>(kind), span});
  if (document.blocks.back().kind == BlockKind::Heading) {
    const auto level = static_cast<int>(reader.number() & 0xff);
    document.headings.push_back({level, std::string(span.of(document.text)), span});
  }
  return reader.is_good();
}

}  // namespace

std::string encode_layout(const Document& document) {
  std::string out;
  put_number(out, kFormat);
  put_number(out, static_cast<std::uint64_t>(document.kind));
  put_string(out, document.author);
  put_string(out, document.date);
  put_string(out, document.canonical_url);
  put_number(out, document.blocks.size());
  std::size_t before = 0;
  std::size_t heading = 0;
  for (const Block& block : document.blocks) {
    put_number(out, static_cast<std::uint64_t>(block.kind));
    put_number(out, block.span.begin - before);
    put_number(out, block.span.size());
    before = block.span.end;
    if (block.kind != BlockKind::Heading) continue;
    const bool has_level = heading < document.headings.size();
    put_number(out, has_level ? static_cast<std::uint64_t>(document.headings[heading].level) : 1);
    ++heading;
  }
  put_number(out, document.page_starts.size());
  for (const std::size_t start : document.page_starts) put_number(out, start);
  return out;
}

Result<void> decode_layout(std::string_view layout, Document& document) {
  LayoutReader reader(layout);
  const std::uint64_t format = reader.number();
  const std::uint64_t kind = reader.number();
  document.author = reader.string();
  document.date = reader.string();
  document.canonical_url = reader.string();
  const std::uint64_t blocks = reader.number();
  bool is_good = reader.is_good() && format == kFormat &&
                 kind <= static_cast<std::uint64_t>(DocumentKind::Epub);
  for (std::uint64_t i = 0; is_good && i < blocks; ++i) is_good = read_block(reader, document);
  const std::uint64_t pages = is_good ? reader.number() : 0;
  for (std::uint64_t i = 0; is_good && i < pages; ++i) {
    document.page_starts.push_back(reader.number());
    is_good = reader.is_good() && document.page_starts.back() <= document.text.size();
  }
  if (!is_good) {
    return fail(ErrorCode::Corrupt,
                "the stored layout of a document does not fit its text; remove "
                "the document and add it again");
  }
  document.kind = static_cast<DocumentKind>(kind);
  return {};
}

}  // namespace muai
