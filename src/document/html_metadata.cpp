// All declarations are gathered first (Declared), then each member is chosen from its candidates,
// the most telling first.

#include "document/html_metadata.h"
#include "document/source_text.h"

#include <algorithm>
#include <map>

#include "document/ascii.h"
#include "document/visible_text.h"

namespace muai {
namespace {

constexpr std::size_t kTitleBytesMax = 500;
constexpr std::size_t kAuthorBytesMax = 200;

std::string tidy(std::string_view text, std::size_t bytes_max) {
  std::string out;
  append_collapsed(out, text.substr(0, bytes_max * 2));
  out = without_invisible(std::move(out));
  while (out.ends_with(' ')) out.pop_back();
  if (out.size() > bytes_max) {
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
  }
  return out;
}

// "/2024/05/17/" within a URL.
std::string day_in_url(std::string_view url) {
  for (std::size_t at = url.find('/'); at != std::string_view::npos; at = url.find('/', at + 1))
    if (url.size() >= at + 11 && (url.substr(at + 1, 2) == "19" || url.substr(at + 1, 2) == "20"))
      if (std::string day = iso_day(url.substr(at + 1)); !day.empty()) return day;
  return {};
}

// Everything the <head>, and microdata outside it, declares. First value of each name wins.
struct Declared {
  std::map<std::string, std::string_view, std::less<>> meta;
  std::string title, canonical, lang, time, item_author, rel_author;

  std::string_view find(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names)
      if (const auto found = meta.find(name); found != meta.end()) return found->second;
    return {};
  }
};

std::string text_below(const HtmlTree& tree, NodeId id) {
  std::string out;
  for (NodeId at = id + 1; at < tree[id].end && out.size() < kTitleBytesMax; ++at)
    if (tree[at].is_text) append_collapsed(out, tree[at].text);
  return out;
}

void read_meta(const HtmlTree& tree, NodeId id, Declared& out) {
  const std::string_view content = ascii_trim(tree.attribute(id, Attribute::Content));
  if (content.empty()) return;
  for (const Attribute key : {Attribute::Property, Attribute::Name, Attribute::ItemProp})
    if (const auto name = tree.attribute(id, key); !name.empty())
      out.meta.try_emplace(ascii_lower(ascii_trim(name)), content);
}

Declared read_declared(const HtmlTree& tree) {
  Declared out;
  for (NodeId id = 0; id < tree.size(); ++id) {
    const HtmlNode& node = tree[id];
    if (node.is_text) continue;
    if (node.tag == Tag::Html) out.lang = ascii_lower(tree.attribute(id, Attribute::Lang));
    if (node.tag == Tag::Title && out.title.empty()) out.title = text_below(tree, id);
    if (node.attributes_count == 0) continue;
    if (node.tag == Tag::Meta) read_meta(tree, id, out);
    const std::string_view rel = tree.attribute(id, Attribute::Rel);
    if (node.tag == Tag::Link && out.canonical.empty() &&
        ascii_equals_ignoring_case(rel, "canonical"))
      out.canonical = ascii_trim(tree.attribute(id, Attribute::Href));
    if (node.tag == Tag::A && out.rel_author.empty() && ascii_equals_ignoring_case(rel, "author"))
      out.rel_author = text_below(tree, id);
    if (node.tag == Tag::Time && out.time.empty())
      out.time = iso_day(tree.attribute(id, Attribute::Datetime));
    const std::string_view item = tree.attribute(id, Attribute::ItemProp);
    if (item == "author" && out.item_author.empty() && node.tag != Tag::Meta)
      out.item_author = text_below(tree, id);
  }
  return out;
}

// Letters and digits only, lower case ASCII, so that "MyTitle!" meets "my title".
std::string essence(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (ascii_is_letter(c) || ascii_is_digit(c) || static_cast<unsigned char>(c) >= 0x80)
      out += ascii_lower(c);
  return out;
}

// Takes " | Site" or " - Site" off: a separator with blanks around it, after which stands the
// declared site name or a short rest.
std::string without_site(const std::string& title, std::string_view site) {
  static constexpr std::string_view kSeparators[] = {" | ",  " - ", " – ", " — ", " · ",
                                                     " :: ", " » ", " • ", " _ "};
  std::size_t cut = std::string::npos, width = 0;
  for (const std::string_view separator : kSeparators) {
    const std::size_t found = title.rfind(separator);
    if (found == std::string::npos || (cut != std::string::npos && found < cut)) continue;
    cut = found;
    width = separator.size();
  }
  if (cut == std::string::npos) return title;
  const std::string before = essence(title.substr(0, cut));
  const std::string after = essence(title.substr(cut + width));
  if (before.empty()) return title;
  const std::string name = essence(site);
  if (!name.empty() && before == name) return title.substr(cut + width);
  if ((!name.empty() && after == name) || after.size() * 2 <= before.size())
    return title.substr(0, cut);
  return title;
}

std::string choose_title(const Declared& declared, const JsonLd& json_ld,
                         std::string_view first_heading) {
  const std::string_view site = declared.find({"og:site_name", "application-name"});
  const std::string page = tidy(declared.title, kTitleBytesMax);
  const std::string heading = tidy(first_heading, kTitleBytesMax);
  // A heading that the window title repeats is the title without any decoration.
  if (!heading.empty() && essence(page).find(essence(heading)) != std::string::npos &&
      essence(heading).size() >= 4)
    return heading;
  const std::string open_graph = tidy(declared.find({"og:title", "twitter:title"}), kTitleBytesMax);
  if (!open_graph.empty()) return without_site(open_graph, site);
  if (!json_ld.headline.empty()) return tidy(json_ld.headline, kTitleBytesMax);
  if (!page.empty()) return without_site(page, site);
  return heading;
}

bool is_name(std::string_view author) {
  return !author.empty() && author.find("://") == std::string_view::npos &&
         author.size() <= kAuthorBytesMax;
}

std::string choose_author(const Declared& declared, const JsonLd& json_ld) {
  for (const std::string_view found :
       {std::string_view(json_ld.author),
        declared.find({"author", "dc.creator", "article:author", "parsely-author",
                       "sailthru.author", "citation_author", "twitter:creator"}),
        std::string_view(declared.item_author), std::string_view(declared.rel_author)})
    if (std::string author = tidy(found, kAuthorBytesMax); is_name(author)) {
      if (author.starts_with("By ") || author.starts_with("by ")) author.erase(0, 3);
      return author;
    }
  return {};
}

std::string choose_date(const Declared& declared, const JsonLd& json_ld, std::string_view url) {
  for (const std::string_view found :
       {declared.find({"article:published_time", "og:published_time", "datepublished", "date",
                       "dc.date", "dc.date.issued", "dcterms.created", "pubdate", "publishdate",
                       "sailthru.date", "parsely-pub-date", "citation_publication_date"}),
        std::string_view(json_ld.date), std::string_view(declared.time)})
    if (std::string day = iso_day(found); !day.empty()) return day;
  return day_in_url(url);
}

std::string choose_language(const Declared& declared, const JsonLd& json_ld) {
  std::string language = declared.lang;
  if (language.empty()) language = ascii_lower(declared.find({"og:locale", "language"}));
  if (language.empty()) language = ascii_lower(json_ld.language);
  return language_tag(std::move(language));
}

// The words of a type name only: it is shown to people.
std::string choose_page_type(const Declared& declared, const JsonLd& json_ld) {
  std::string_view type = json_ld.type;
  if (type.empty() || type == "WebPage")
    if (const auto open_graph = declared.find({"og:type"}); !open_graph.empty()) type = open_graph;
  const bool is_name = type.size() <= 60 && std::ranges::all_of(type, [](char c) {
                         return ascii_is_letter(c) || ascii_is_digit(c) || c == '.' || c == ':' ||
                                c == '_' || c == '-';
                       });
  return is_name ? std::string(type) : std::string();
}

// "https://host" of an absolute URL, or "".
std::string_view origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

std::string choose_canonical(const Declared& declared, std::string_view url) {
  std::string_view found = declared.canonical;
  if (found.empty()) found = declared.find({"og:url"});
  if (found.starts_with("http://") || found.starts_with("https://")) return std::string(found);
  if (found.starts_with("/") && !found.starts_with("//") && !origin_of(url).empty())
    return std::string(origin_of(url)) + std::string(found);
  return {};
}

}  // namespace

void read_metadata(const HtmlTree& tree, const JsonLd& json_ld, std::string_view first_heading,
                   Document& document) {
  const Declared declared = read_declared(tree);
  document.title = choose_title(declared, json_ld, first_heading);
  document.author = choose_author(declared, json_ld);
  document.date = choose_date(declared, json_ld, document.url);
  document.language = choose_language(declared, json_ld);
  document.page_type = choose_page_type(declared, json_ld);
  document.canonical_url = choose_canonical(declared, document.url);
}

}  // namespace muai
