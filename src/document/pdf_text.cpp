#include "document/pdf_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "document/ascii.h"
#include "document/source_text.h"
#include "document/text_builder.h"
#include "document/visible_text.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

using Lines = std::vector<std::string_view>;

// A line that stands first or last on at least this share of pages is a running head.
constexpr std::size_t kRunningHeadPagesMin = 3;

Lines lines_of(std::string_view page) {
  Lines lines;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = std::min(page.find('\n', at), page.size());
    lines.push_back(page.substr(at, end - at));
    at = end + 1;
  }
  while (!lines.empty() && ascii_trim(lines.back()).empty()) lines.pop_back();
  const auto first =
      std::ranges::find_if(lines, [](std::string_view line) { return !ascii_trim(line).empty(); });
  lines.erase(lines.begin(), first);
  return lines;
}

// A line without its numbers, so that "Page 7" and "Page 8" are one.
std::string shape_of(std::string_view line) {
  std::string shape;
  for (const char c : ascii_trim(line))
    if (!ascii_is_digit(c)) shape += c;
  return shape;
}

// Takes the running heads and feet off; returns how many lines went.
std::size_t drop_running_heads(std::vector<Lines>& pages) {
  std::map<std::string, std::size_t> heads, feet;
  std::size_t with_text = 0;
  for (const Lines& page : pages) {
    if (page.empty()) continue;
    ++with_text;
    ++heads[shape_of(page.front())];
    ++feet[shape_of(page.back())];
  }
  std::size_t dropped = 0;
  const auto is_running = [&](const auto& counts, std::string_view line) {
    const std::size_t count = counts.at(shape_of(line));
    return count >= kRunningHeadPagesMin && count * 2 > with_text;
  };
  for (Lines& page : pages) {
    if (page.size() < 2) continue;
    const bool head = is_running(heads, page.front());
    const bool foot = is_running(feet, page.back());
    if (foot) page.pop_back();
    if (head) page.erase(page.begin());
    dropped += (head ? 1U : 0U) + (foot ? 1U : 0U);
  }
  return dropped;
}

void append_page(const Lines& page, Document& document) {
  std::string paragraph;
  const auto flush = [&] {
    if (!paragraph.empty()) append_block(document, {}, paragraph);
    paragraph.clear();
  };
  for (std::string_view line : page) {
    line = ascii_trim(line);
    if (line.empty()) {
      flush();
      continue;
    }
    if (!paragraph.empty()) paragraph += '\n';
    paragraph += line;
  }
  flush();
}

void append_pages(std::string_view text, Document& document) {
  std::vector<Lines> pages;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\f', at), text.size());
    pages.push_back(lines_of(text.substr(at, end - at)));
    at = end + 1;
  }
  const std::size_t dropped = drop_running_heads(pages);
  for (const Lines& page : pages) {
    const std::size_t before = document.text.size();
    append_page(page, document);
    const bool grew = document.text.size() > before && before > 0;
    document.page_starts.push_back(grew ? before + 2 : before);
  }
  document.notes.push_back(fmt::format("pages: {}", pages.size()));
  if (dropped > 0)
    document.notes.push_back(fmt::format("running heads and feet dropped: {} lines", dropped));
}

}  // namespace

Result<Document> pdf_text_document(std::string_view output, const DocumentHint& hint) {
  Document document = new_document(DocumentKind::Pdf, hint);
  const std::string text = to_valid_utf8(output);
  // Form feeds part the pages: hidden characters are taken out between them.
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\f', at), text.size());
    clean += without_invisible(text.substr(at, end - at));
    if (end < text.size()) clean += '\f';
    at = end + 1;
  }
  append_pages(clean, document);
  if (document.text.empty())
    return fail(ErrorCode::InvalidInput,
                fmt::format("{} holds no text, so it is probably a scan; run character "
                            "recognition (ocrmypdf) on it first",
                            name_of_source(hint)));
  return document;
}

}  // namespace muai
