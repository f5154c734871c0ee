// First what the bytes are for sure (signatures, zeros, a doctype), then what the caller says, then
// what the first tag suggests.

#include "muai/document/read_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/ascii.h"
#include "document/html_scanner.h"
#include "document/source_text.h"
#include "document/zip_archive.h"
#include "muai/document/charset.h"
#include "muai/document/docx.h"
#include "muai/document/epub.h"
#include "muai/document/html.h"
#include "muai/document/reading.h"

namespace muai {
namespace {

struct Signature {
  std::string_view bytes;
  std::string_view kind;
  std::string_view remedy;
};

constexpr std::string_view kConvert = "export it as PDF, HTML or text and add that";
constexpr std::string_view kDescribe = "add a text that describes it instead";
constexpr std::string_view kUnpack = "unpack it and add the files inside";

constexpr Signature kSignatures[] = {
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old or protected office file", kConvert},
    {"{\\rtf", "a rich text file", kConvert},
    {"\x89PNG\r\n", "an image", kDescribe},
    {"\xFF\xD8\xFF", "an image", kDescribe},
    {"GIF87a", "an image", kDescribe},
    {"GIF89a", "an image", kDescribe},
    {"II*\0", "an image", kDescribe},
    {"MM\0*", "an image", kDescribe},
    {"\x1F\x8B", "a gzip file", kUnpack},
    {"BZh", "a bzip2 file", kUnpack},
    {"\xFD"
     "7zXZ",
     "an xz file", kUnpack},
    {"\x28\xB5\x2F\xFD", "a zstd file", kUnpack},
    {"7z\xBC\xAF", "a 7z archive", kUnpack},
    {"Rar!", "a rar archive", kUnpack},
    {"\x7F"
     "ELF",
     "a program", "give the text that documents it"},
    {"SQLite format 3", "a database", "export what should be read as text"},
    {"ID3", "a sound file", kDescribe},
    {"OggS", "a sound file", kDescribe},
    {"fLaC", "a sound file", kDescribe},
    {"%!PS", "a PostScript file", "convert it with ps2pdf and add the PDF"},
};

Error cannot_read(const DocumentHint& hint, std::string_view kind, std::string_view remedy) {
  return Error(ErrorCode::InvalidInput, fmt::format("{} is {}, which is not read here; {}",
                                                    name_of_source(hint), kind, remedy));
}

// Which of the formats that are zip archives this is, by the parts it must have.
Result<Document> read_zip(std::string_view bytes, const DocumentHint& hint) {
  Result<ZipArchive> archive = ZipArchive::open(bytes);
  if (!archive)
    return std::unexpected(cannot_read_error(std::move(archive).error(), hint, "an archive"));
  if (archive->has("META-INF/container.xml")) return read_epub(bytes, hint);
  if (archive->has("word/document.xml")) return read_docx(bytes, hint);
  const Result<std::string> types = archive->read("[Content_Types].xml");
  if (types && types->find("wordprocessingml.document.main") != std::string::npos)
    return read_docx(bytes, hint);
  if (types || archive->has("content.xml"))
    return std::unexpected(cannot_read(hint, "an office file of another kind", kConvert));
  return std::unexpected(cannot_read(hint, "a zip archive", kUnpack));
}

// UTF-16 has zeros by nature; elsewhere a zero, or many control characters, mean no text.
bool is_binary(std::string_view bytes, const Charset& charset) {
  if (charset.name.starts_with("utf-16")) return false;
  const std::string_view sample = bytes.substr(0, 8192);
  std::size_t controls = 0;
  for (const char c : sample) {
    if (c == '\0') return true;
    const auto byte = static_cast<unsigned char>(c);
    controls += byte < 0x20 && !ascii_is_space(c) && byte != 0x1B && byte != 0x08 ? 1 : 0;
  }
  return controls * 20 > sample.size();
}

std::string media_type_of(std::string_view content_type) {
  return ascii_lower(ascii_trim(content_type.substr(0, content_type.find(';'))));
}

enum class Look : std::uint8_t { HtmlForSure, HtmlPerhaps, Svg, Xml, Text };

// Judges by the first tag, after white space, byte order mark, comments and declarations.
Look look_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Look otherwise = Look::Text;
  for (;;) {
    text = ascii_trim(text.substr(0, 1 << 16));
    if (text.size() < 3 || text[0] != '<') return otherwise;
    const std::string start = ascii_lower(text.substr(0, 14));
    if (start.starts_with("<!doctype html") || start.starts_with("<html")) return Look::HtmlForSure;
    if (start.starts_with("<svg")) return Look::Svg;
    if (start.starts_with("<?xml")) otherwise = Look::Xml;
    if (text[1] != '!' && text[1] != '?') break;
    const std::size_t end = skip_declaration(text, 0);
    if (end == std::string_view::npos) return otherwise;
    text.remove_prefix(end);
  }
  RawTag tag;
  if (!ascii_is_letter(text[1]) || read_tag(text, 0, tag) == std::string_view::npos)
    return otherwise;
  return tag.tag == Tag::Unknown ? otherwise : Look::HtmlPerhaps;
}

bool is_markdown_name(std::string_view extension) {
  return extension == "md" || extension == "markdown" || extension == "mkd" || extension == "mdown";
}

bool is_html_name(std::string_view extension) {
  return extension == "html" || extension == "htm" || extension == "xhtml";
}

enum class TextForm : std::uint8_t { Html, Markdown, Plain };

// Which reader the bytes are for, or why there is none.
Result<TextForm> text_form_of(std::string_view bytes, const DocumentHint& hint) {
  if (is_pdf(bytes))
    return std::unexpected(
        cannot_read(hint, "a PDF file", "convert it to text with pdftotext and add that"));
  if (is_zip(bytes)) return std::unexpected(cannot_read(hint, "a zip archive", kUnpack));
  if (bytes.starts_with("RIFF") || (bytes.size() > 8 && bytes.substr(4, 4) == "ftyp"))
    return std::unexpected(cannot_read(hint, "an image, sound or film", kDescribe));
  for (const Signature& signature : kSignatures)
    if (bytes.starts_with(signature.bytes))
      return std::unexpected(cannot_read(hint, signature.kind, signature.remedy));
  const std::string type = media_type_of(hint.content_type);
  const Charset charset =
      detect_charset(bytes, charset_parameter(hint.content_type), CharsetContent::Text);
  if (is_binary(bytes, charset))
    return std::unexpected(cannot_read(hint, "binary data", "add it in a text format"));

  // Only the beginning matters, and it is ASCII in every encoding but UTF-16.
  const std::string head = charset.name.starts_with("utf-16")
                               ? decode_to_utf8(bytes.substr(0, 4096), charset.name)
                               : std::string(bytes.substr(0, 1 << 16));
  const Look look = look_of(head);
  const std::string extension = extension_of(hint.url_or_path);
  const bool said_html = type == "text/html" || type == "application/xhtml+xml" ||
                         (type.empty() && is_html_name(extension));
  if (look == Look::HtmlForSure) return TextForm::Html;
  if (type == "text/markdown" || is_markdown_name(extension)) return TextForm::Markdown;
  if (look == Look::Svg) return std::unexpected(cannot_read(hint, "an image", kDescribe));
  if (said_html && head.find('<') != std::string::npos) return TextForm::Html;
  if (look == Look::HtmlPerhaps && type != "text/plain" && extension != "txt")
    return TextForm::Html;
  if (look == Look::Xml)
    return std::unexpected(cannot_read(hint, "an XML file", "convert it to HTML or text"));
  return TextForm::Plain;
}

}  // namespace

bool is_pdf(std::string_view bytes) { return bytes.starts_with("%PDF-"); }

Result<Document> read_document(std::string_view bytes, const DocumentHint& hint) {
  if (is_zip(bytes)) return read_zip(bytes, hint);
  MUAI_TRY(const TextForm form, text_form_of(bytes, hint));
  switch (form) {
    case TextForm::Html: return read_html(bytes, hint);
    case TextForm::Markdown: return read_markdown(bytes, hint);
    case TextForm::Plain: break;
  }
  return read_plain_text(bytes, hint);
}

Result<Reading> explain_document(std::string_view bytes, const DocumentHint& hint) {
  if (const auto form = text_form_of(bytes, hint); form && *form == TextForm::Html)
    return explain_html(bytes, hint);
  MUAI_TRY(Document document, read_document(bytes, hint));
  Reading reading;
  reading.document = std::move(document);
  return reading;
}

}  // namespace muai
