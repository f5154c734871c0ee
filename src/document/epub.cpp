// The container names the package file; its manifest and spine name the chapters, in order. Each is
// XHTML and goes through the readers of HTML, with all of its visible blocks kept: a book has no
// navigation around its text.

#include "muai/document/epub.h"

#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>
#include <vector>

#include "document/ascii.h"
#include "document/html_page.h"
#include "document/html_scanner.h"
#include "document/source_text.h"
#include "document/xml_part.h"
#include "document/zip_archive.h"
#include "muai/document/charset.h"
#include "muai/document/html.h"

namespace muai {
namespace {

constexpr std::size_t kChaptersMax = 5000;
constexpr std::size_t kTextBytesMax = std::size_t{20} << 20;
constexpr std::string_view kContainer = "META-INF/container.xml";
constexpr std::string_view kEncryption = "META-INF/encryption.xml";

using XmlPart = std::unique_ptr<pugi::xml_document>;

struct Package {
  XmlPart xml;
  std::string folder;  // "OEBPS/" or empty; names of the manifest begin there

  pugi::xml_node part(std::string_view name) const {
    return child_named(xml->document_element(), name);
  }
};

Result<XmlPart> read_xml(ZipArchive& archive, std::string_view name) {
  MUAI_TRY(std::string bytes, archive.read(name));
  return parse_xml(std::move(bytes), name, Doctype::PassedOver);
}

// Fonts may be disguised; a book whose chapters are encrypted belongs to somebody's reader.
Result<void> check_protection(ZipArchive& archive) {
  if (!archive.has(kEncryption)) return {};
  MUAI_TRY(const XmlPart list, read_xml(archive, kEncryption));
  const pugi::xml_node root = list->document_element();
  for (pugi::xml_node one = root.first_child(); one; one = one.next_sibling()) {
    const std::string_view method =
        attribute_named(child_named(one, "EncryptionMethod"), "Algorithm");
    const bool is_font = method == "http://www.idpf.org/2008/embedding" ||
                         method == "http://ns.adobe.com/pdf/enc#RC";
    if (!method.empty() && !is_font)
      return fail(ErrorCode::InvalidInput, "it is protected against copying");
  }
  return {};
}

Result<Package> open_package(ZipArchive& archive) {
  MUAI_TRY(const XmlPart container, read_xml(archive, kContainer));
  const pugi::xml_node files = child_named(container->document_element(), "rootfiles");
  const std::string path(attribute_named(child_named(files, "rootfile"), "full-path"));
  MUAI_TRY(XmlPart xml, read_xml(archive, path));
  return Package{.xml = std::move(xml), .folder = path.substr(0, path.rfind('/') + 1)};
}

void read_metadata_of(const Package& package, Document& document) {
  const pugi::xml_node metadata = package.part("metadata");
  std::string title;
  for (pugi::xml_node one = metadata.first_child(); one; one = one.next_sibling()) {
    const std::string_view name = local_name(one);
    if (name == "title" && title.empty()) title = text_below(one);
    if (name == "creator") {
      const std::string creator = text_below(one);
      if (!creator.empty()) document.author += (document.author.empty() ? "" : ", ") + creator;
    }
    if (name == "language" && document.language.empty())
      document.language = language_tag(text_below(one));
    if (name == "date" && document.date.empty()) document.date = iso_day(text_below(one));
  }
  if (!title.empty()) document.title = std::move(title);
}

int hex_digit(char c) {
  const char low = ascii_lower(c);
  if (ascii_is_digit(c)) return c - '0';
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// A manifest's reference as the name of a part: escapes decoded, "." and ".." resolved. It is
// looked up in the archive only, so that what climbs out of it is just not found.
std::string part_name(std::string_view folder, std::string_view href) {
  href = href.substr(0, href.find('#'));
  std::string path(folder);
  for (std::size_t i = 0; i < href.size(); ++i) {
    const bool escape = href[i] == '%' && i + 2 < href.size() && hex_digit(href[i + 1]) >= 0 &&
                        hex_digit(href[i + 2]) >= 0;
    path +=
        escape ? static_cast<char>(hex_digit(href[i + 1]) * 16 + hex_digit(href[i + 2])) : href[i];
    i += escape ? 2 : 0;
  }
  std::vector<std::string_view> segments;
  const std::string_view whole = path;
  for (std::size_t at = 0; at <= whole.size();) {
    const std::size_t end = std::min(whole.find('/', at), whole.size());
    const std::string_view segment = whole.substr(at, end - at);
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") segments.push_back(segment);
    at = end + 1;
  }
  std::string name;
  for (const std::string_view segment : segments) {
    if (!name.empty()) name += '/';
    name += segment;
  }
  return name;
}

// The names of the chapters in reading order.
std::vector<std::string> chapters_of(const Package& package) {
  std::map<std::string_view, pugi::xml_node> items;
  const pugi::xml_node manifest = package.part("manifest");
  for (pugi::xml_node one = manifest.first_child(); one; one = one.next_sibling())
    items.emplace(attribute_named(one, "id"), one);
  std::vector<std::string> chapters;
  const pugi::xml_node spine = package.part("spine");
  for (pugi::xml_node one = spine.first_child(); one; one = one.next_sibling()) {
    const auto item = items.find(attribute_named(one, "idref"));
    if (item == items.end() || attribute_named(one, "linear") == "no") continue;
    const std::string_view type = attribute_named(item->second, "media-type");
    if (type != "application/xhtml+xml" && type != "text/html") continue;
    const std::string_view properties = attribute_named(item->second, "properties");
    if ((" " + std::string(properties) + " ").find(" nav ") != std::string::npos) continue;
    chapters.push_back(part_name(package.folder, attribute_named(item->second, "href")));
    if (chapters.size() == kChaptersMax) break;
  }
  return chapters;
}

bool is_void(std::string_view name) {
  static constexpr std::string_view kVoid[] = {"area",  "base",   "br",    "col",  "embed",
                                               "hr",    "img",    "input", "link", "meta",
                                               "param", "source", "track", "wbr"};
  return std::ranges::any_of(
      kVoid, [&](std::string_view one) { return ascii_equals_ignoring_case(one, name); });
}

// "<a id='x'/>" of XML as "<a id='x'></a>": to a reader of HTML it would stay open.
std::string with_end_tags(std::string_view xhtml) {
  std::string html;
  html.reserve(xhtml.size());
  RawTag tag;
  std::size_t copied = 0;
  for (std::size_t at = xhtml.find('<'); at != std::string_view::npos; at = xhtml.find('<', at)) {
    const char next = at + 1 < xhtml.size() ? xhtml[at + 1] : '\0';
    if (next == '!' || next == '?') {
      at = skip_declaration(xhtml, at);
      continue;
    }
    if (!ascii_is_letter(next)) {
      ++at;
      continue;
    }
    at = read_tag(xhtml, at, tag);
    if (at == std::string_view::npos) break;
    if (xhtml[at - 2] != '/' || is_void(tag.name)) continue;
    html += xhtml.substr(copied, at - 2 - copied);
    html += fmt::format("></{}>", tag.name);
    copied = at;
  }
  html += xhtml.substr(copied);
  return html;
}

// Appends the visible text of a chapter.
void append_chapter(const std::string& bytes, Document& document) {
  std::string_view kept = std::string_view(bytes).substr(0, kHtmlBytesMax);
  if (kept.size() < bytes.size()) document.notes.emplace_back("kept the first 2 MiB of a chapter");
  const Charset charset = detect_charset(kept, "", CharsetContent::Html);
  std::string html = with_end_tags(decode_to_utf8(kept, charset.name));
  if (html.size() > kHtmlBytesMax) {
    std::size_t end = kHtmlBytesMax;
    while (end > 0 && (static_cast<unsigned char>(html[end]) & 0xC0) == 0x80) --end;
    html.resize(end);
  }
  const HtmlPage page = parse_page(html);
  append_page_blocks(page.blocks, std::vector<bool>(page.blocks.size(), true), document);
}

Result<Document> read_parts(std::string_view bytes, const DocumentHint& hint) {
  MUAI_TRY(ZipArchive archive, ZipArchive::open(bytes));
  MUAI_TRY_VOID(check_protection(archive));
  MUAI_TRY(const Package package, open_package(archive));
  Document document = new_document(DocumentKind::Epub, hint);
  read_metadata_of(package, document);
  std::size_t missing = 0;
  for (const std::string& name : chapters_of(package)) {
    if (document.text.size() > kTextBytesMax) {
      document.notes.emplace_back("kept the first 20 MiB of text");
      break;
    }
    Result<std::string> chapter = archive.read(name);
    if (!chapter && chapter.error().code() != ErrorCode::NotFound) return pass(std::move(chapter));
    if (chapter) append_chapter(*chapter, document);
    missing += chapter ? 0 : 1;
  }
  if (missing > 0) document.notes.push_back(fmt::format("chapters missing: {}", missing));
  return document;
}

}  // namespace

Result<Document> read_epub(std::string_view bytes, const DocumentHint& hint) {
  Result<Document> document = read_parts(bytes, hint);
  if (!document) {
    Error error = std::move(document).error();
    if (error.code() == ErrorCode::NotFound)
      error = Error(ErrorCode::InvalidInput, error.message());
    return std::unexpected(cannot_read_error(std::move(error), hint, "an e-book"));
  }
  if (document->text.empty()) return std::unexpected(no_text_error(hint));
  return document;
}

}  // namespace muai
