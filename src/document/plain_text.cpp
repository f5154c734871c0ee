#include "document/ascii.h"
#include "document/source_text.h"
#include "document/text_builder.h"
#include "muai/document/read_document.h"

namespace muai {
namespace {

// "- item", "* item", "• item", "12. item", "3) item", at any indentation.
bool is_item(std::string_view line) {
  line = ascii_trim(line);
  if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")) return true;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 3 && ascii_is_digit(line[digits])) ++digits;
  return digits > 0 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
         line[digits + 1] == ' ';
}

// Collects the lines of one block; they stay as they are.
class Paragraphs {
 public:
  explicit Paragraphs(Document& document) : document_(document) {}

  void take(std::string_view line) {
    if (ascii_trim(line).empty()) {
      flush();
      gap_ = BlockGap::BlankLine;
      return;
    }
    while (ascii_is_space(line.back())) line.remove_suffix(1);
    if (is_item(line)) {
      flush();
      kind_ = BlockKind::ListItem;
    }
    if (!current_.empty()) current_ += '\n';
    current_ += line;
  }

  void flush() {
    if (current_.empty()) return;
    append_block(document_, {kind_, 0, gap_}, current_);
    current_.clear();
    kind_ = BlockKind::Paragraph;
    gap_ = BlockGap::Line;
  }

 private:
  Document& document_;
  std::string current_;
  BlockKind kind_ = BlockKind::Paragraph;
  BlockGap gap_ = BlockGap::BlankLine;
};

}  // namespace

Result<Document> read_plain_text(std::string_view bytes, const DocumentHint& hint) {
  Document document = new_document(DocumentKind::PlainText, hint);
  const std::string text = decode_text(bytes, hint);
  Paragraphs paragraphs(document);
  const std::string_view all = text;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    paragraphs.take(all.substr(at, end - at));
    at = end + 1;
  }
  paragraphs.flush();
  if (document.text.empty()) return std::unexpected(no_text_error(hint));
  return document;
}

}  // namespace muai
