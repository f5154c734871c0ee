#include "document/visible_text.h"

#include "document/ascii.h"
#include "muai/text/fold.h"

namespace muai {
namespace {

bool may_hold_invisible(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) return true;
    // Lead bytes of U+0080-00BF, U+0600-063F, U+1000-1FFF, U+2000-2FFF, U+F000-FFFF, U+E0000...
    if (byte == 0xC2 || byte == 0xD8 || byte == 0xE1 || byte == 0xE2 || byte == 0xEF ||
        byte == 0xF3)
      return true;
  }
  return false;
}

}  // namespace

void append_collapsed(std::string& out, std::string_view text) {
  bool pending = false;
  std::size_t copied = 0;
  const auto copy_to = [&](std::size_t end) {
    if (copied == end) return;
    if (pending && !out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
    pending = false;
    out.append(text.substr(copied, end - copied));
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t skipped = 0;
    if (ascii_is_space(c)) {
      skipped = 1;
    } else if (c == '\xC2' && at + 1 < text.size() &&
               (text[at + 1] == '\xA0' || text[at + 1] == '\xAD')) {
      skipped = 2;
    }
    if (skipped == 0) {
      ++at;
      continue;
    }
    copy_to(at);
    if (skipped == 1 || text[at + 1] == '\xA0') pending = true;
    at += skipped;
    copied = at;
  }
  copy_to(text.size());
  if (pending && !out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
}

std::string without_invisible(std::string text) {
  return may_hold_invisible(text) ? strip_controls(text) : text;
}

bool is_laced_with_invisible(std::string_view text) {
  std::size_t marks = 0, between_letters = 0;
  // U+200B..U+200D and U+2060 are E2 80 8B..8D and E2 81 A0; U+FEFF is EF BB BF.
  for (std::size_t at = text.find_first_of("\xE2\xEF"); at < text.size();
       at = text.find_first_of("\xE2\xEF", at + 1)) {
    const std::string_view three = text.substr(at, 3);
    if (three != "\xE2\x80\x8B" && three != "\xE2\x80\x8C" && three != "\xE2\x80\x8D" &&
        three != "\xE2\x81\xA0" && three != "\xEF\xBB\xBF")
      continue;
    ++marks;
    const bool before = at > 0 && ascii_is_letter(text[at - 1]);
    const bool after = at + 3 < text.size() && ascii_is_letter(text[at + 3]);
    between_letters += before && after ? 1 : 0;
  }
  return between_letters >= 6 && between_letters * 8 > text.size() - marks * 3;
}

}  // namespace muai
