// pdftotext does the reading; this source bounds it, and turns its pages into blocks. Pages come
// separated by form feeds, paragraphs by blank lines.

#include "muai/document/pdf.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

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

ProcessOptions pdftotext_options(std::string bytes) {
  ProcessOptions options;
  options.argv = {"pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"};
  options.search_path = {"/usr/bin", "/usr/local/bin", "/bin"};
  options.input = std::move(bytes);
  options.environment = {{"LC_ALL", "C"}};
  options.limits.cpu = std::chrono::seconds(30);
  options.limits.address_space_bytes = std::uint64_t{1} << 30;
  options.limits.file_bytes = 1;  // it has no reason to write files
  options.limits.stdout_bytes_max = 20 << 20;
  options.limits.wall = std::chrono::seconds(60);
  return options;
}

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

Error named(Error error, const DocumentHint& hint) {
  std::string message = fmt::format("{}: {}", name_of_source(hint), error.message());
  if (error.code() == ErrorCode::NotFound)
    message = fmt::format(
        "{} is a PDF file, and pdftotext, which reads it, is not installed; "
        "install the package poppler-utils",
        name_of_source(hint));
  return std::move(error).with_message(std::move(message));
}

// The first line that pdftotext complained with, or its exit code.
std::string complaint_of(const ProcessOutput& output) {
  const std::string clean = without_invisible(to_valid_utf8(output.err));
  const std::string_view line = ascii_trim(std::string_view(clean).substr(0, clean.find('\n')));
  if (!line.empty()) return std::string(line);
  if (output.exit.signal != 0) return fmt::format("it was ended by signal {}", output.exit.signal);
  return output.exit.code == 3 ? "it may not be copied from"
                               : fmt::format("exit code {}", output.exit.code);
}

}  // namespace

Task<Result<Document>> read_pdf(Spawner& spawner, std::string bytes, DocumentHint hint,
                                std::stop_token stop) {
  Result<ProcessOutput> output =
      co_await spawner.run(pdftotext_options(std::move(bytes)), std::move(stop));
  if (!output) co_return std::unexpected(named(std::move(output).error(), hint));
  if (output->exit != ProcessExit{})
    co_return fail(ErrorCode::InvalidInput,
                   fmt::format("{} cannot be read as PDF: {}; open and save it again with a PDF "
                               "program, or add it as text",
                               name_of_source(hint), complaint_of(*output)));
  Document document = new_document(DocumentKind::Pdf, hint);
  std::string text = to_valid_utf8(output->out);
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
    co_return fail(ErrorCode::InvalidInput,
                   fmt::format("{} holds no text, so it is probably a scan; run character "
                               "recognition (ocrmypdf) on it first",
                               name_of_source(hint)));
  co_return document;
}

}  // namespace muai
