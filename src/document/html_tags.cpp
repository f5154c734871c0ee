#include "document/html_tags.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <initializer_list>
#include <iterator>

namespace muai {
namespace {

// In the order of Tag, which is alphabetical after Unknown.
constexpr std::string_view kNames[] = {
    "",         "a",        "abbr",    "address",    "article",  "aside",      "audio",
    "b",        "base",     "big",     "blockquote", "body",     "br",         "button",
    "caption",  "center",   "cite",    "code",       "col",      "colgroup",   "data",
    "dd",       "del",      "details", "dfn",        "dialog",   "dir",        "div",
    "dl",       "dt",       "em",      "embed",      "fieldset", "figcaption", "figure",
    "font",     "footer",   "form",    "frame",      "frameset", "h1",         "h2",
    "h3",       "h4",       "h5",      "h6",         "head",     "header",     "hgroup",
    "hr",       "html",     "i",       "iframe",     "image",    "img",        "input",
    "ins",      "kbd",      "label",   "legend",     "li",       "link",       "main",
    "mark",     "math",     "menu",    "meta",       "nav",      "nobr",       "noembed",
    "noframes", "noscript", "object",  "ol",         "optgroup", "option",     "output",
    "p",        "param",    "picture", "plaintext",  "pre",      "q",          "rp",
    "rt",       "ruby",     "s",       "samp",       "script",   "search",     "section",
    "select",   "small",    "source",  "span",       "strike",   "strong",     "style",
    "sub",      "summary",  "sup",     "svg",        "table",    "tbody",      "td",
    "template", "textarea", "tfoot",   "th",         "thead",    "time",       "title",
    "tr",       "track",    "tt",      "u",          "ul",       "var",        "video",
    "wbr",      "xmp",
};
constexpr std::size_t kCount = std::size(kNames);
static_assert(std::ranges::is_sorted(kNames));
static_assert(kCount == static_cast<std::size_t>(Tag::Xmp) + 1);

using TagSet = std::bitset<kCount>;

TagSet set_of(std::initializer_list<Tag> tags) {
  TagSet set;
  for (Tag tag : tags) set.set(static_cast<std::size_t>(tag));
  return set;
}

// Where the names of each first letter begin: a look-up then compares a handful of names.
constexpr auto kFirstOfLetter = [] {
  std::array<std::uint8_t, 27> first{};
  for (std::size_t letter = 0; letter < first.size(); ++letter) {
    std::size_t at = 1;
    while (at < kCount && static_cast<std::size_t>(kNames[at][0] - 'a') < letter) ++at;
    first[letter] = static_cast<std::uint8_t>(at);
  }
  return first;
}();

}  // namespace

Tag tag_of(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return Tag::Unknown;
  const std::size_t letter = static_cast<std::size_t>(name[0] - 'a');
  for (std::size_t at = kFirstOfLetter[letter]; at < kFirstOfLetter[letter + 1]; ++at)
    if (kNames[at].size() == name.size() && kNames[at] == name) return static_cast<Tag>(at);
  return Tag::Unknown;
}

std::string_view name_of(Tag tag) { return kNames[static_cast<std::size_t>(tag)]; }

bool is_void(Tag tag) {
  static const TagSet set =
      set_of({Tag::Base, Tag::Br, Tag::Col, Tag::Embed, Tag::Frame, Tag::Hr, Tag::Img, Tag::Input,
              Tag::Link, Tag::Meta, Tag::Param, Tag::Source, Tag::Track, Tag::Wbr});
  return set.test(static_cast<std::size_t>(tag));
}

bool is_block(Tag tag) {
  static const TagSet set = set_of(
      {Tag::Address, Tag::Article,   Tag::Aside,    Tag::Blockquote, Tag::Body,    Tag::Caption,
       Tag::Center,  Tag::Dd,        Tag::Details,  Tag::Dialog,     Tag::Dir,     Tag::Div,
       Tag::Dl,      Tag::Dt,        Tag::Fieldset, Tag::Figcaption, Tag::Figure,  Tag::Footer,
       Tag::Form,    Tag::H1,        Tag::H2,       Tag::H3,         Tag::H4,      Tag::H5,
       Tag::H6,      Tag::Header,    Tag::Hgroup,   Tag::Hr,         Tag::Html,    Tag::Legend,
       Tag::Li,      Tag::Main,      Tag::Menu,     Tag::Nav,        Tag::Ol,      Tag::Optgroup,
       Tag::P,       Tag::Plaintext, Tag::Pre,      Tag::Search,     Tag::Section, Tag::Summary,
       Tag::Table,   Tag::Tbody,     Tag::Td,       Tag::Tfoot,      Tag::Th,      Tag::Thead,
       Tag::Tr,      Tag::Ul,        Tag::Xmp});
  return set.test(static_cast<std::size_t>(tag));
}

}  // namespace muai
