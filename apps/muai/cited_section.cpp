#include "muai/cited_section.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include "muai/rag/collection.h"

namespace muai {
namespace {

constexpr std::string_view kScheme = "kb://";

std::string collection_of(std::string_view url) {
  if (!url.starts_with(kScheme)) return {};
  url.remove_prefix(kScheme.size());
  return std::string(url.substr(0, url.find('/')));
}

// The headings that the byte at `position` stands under, outermost first.
std::vector<const Heading*> headings_over(const Document& document, std::size_t position) {
  std::vector<const Heading*> path;
  for (const Heading& heading : document.headings) {
    if (heading.span.begin > position) break;
    while (!path.empty() && path.back()->level >= heading.level) path.pop_back();
    path.push_back(&heading);
  }
  return path;
}

}  // namespace

std::string section_of(const Session& session, const CitationSpan& span) {
  const std::string name = collection_of(span.url);
  if (name.empty()) return {};
  Result<Collection> collection =
      Collection::open(session.data_dir(), name, CollectionAccess::Read);
  if (!collection) return {};  // of one question only, or removed since
  const Result<std::optional<Document>> document = collection->find_document(span.url);
  if (!document || !*document) return {};
  const Document& found = **document;
  // The document may have changed since: its headings then say nothing about this passage.
  const auto begin = static_cast<std::size_t>(span.byte_start);
  if (begin > found.text.size() || found.text.compare(begin, span.quote.size(), span.quote) != 0)
    return {};
  std::string section;
  for (const Heading* heading : headings_over(found, begin)) {
    if (heading->title == span.title) continue;
    section += (section.empty() ? "" : " > ") + heading->title;
  }
  return section;
}

std::string place_of(const Session& session, const CitationSpan& span) {
  const std::string section = section_of(session, span);
  if (section.empty()) return span.title;
  return span.title.empty() ? section : span.title + " > " + section;
}

}  // namespace muai
