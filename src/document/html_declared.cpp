#include "document/html_declared.h"

#include <algorithm>
#include <cmath>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::size_t kWindow = 12;  // letters
constexpr std::size_t kTextBytesMax = 64 << 10;
constexpr std::size_t kAskedBytesMax = 160;  // the beginning of a block tells

std::string letters_of(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (ascii_is_letter(c) || ascii_is_digit(c) || static_cast<unsigned char>(c) >= 0x80)
      out += ascii_lower(c);
  return out;
}

// FNV-1a.
std::uint32_t hash_of(std::string_view window) {
  std::uint32_t hash = 2166136261U;
  for (const char c : window) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

void WindowSet::add(std::string_view text) {
  const std::string letters = letters_of(text.substr(0, kTextBytesMax));
  for (std::size_t at = 0; at + kWindow <= letters.size(); ++at)
    windows_.push_back(hash_of(std::string_view(letters).substr(at, kWindow)));
}

void WindowSet::seal() {
  std::ranges::sort(windows_);
  windows_.erase(std::ranges::unique(windows_).begin(), windows_.end());
}

std::string WindowSet::letters_at_beginning(std::string_view text) {
  return letters_of(text.substr(0, kAskedBytesMax));
}

float WindowSet::share_of(std::string_view letters) const {
  if (windows_.empty()) return 0;
  int asked = 0, found = 0;
  for (std::size_t at = 0; at + kWindow <= letters.size(); at += kWindow / 2) {
    ++asked;
    found +=
        std::ranges::binary_search(windows_, hash_of(std::string_view(letters).substr(at, kWindow)))
            ? 1
            : 0;
  }
  return asked == 0 ? 0.0F : static_cast<float>(found) / static_cast<float>(asked);
}

DeclaredText::DeclaredText(const HtmlPage& page) {
  bodies_.add(page.json_ld.body);
  body_bytes_ = std::log2(1 + static_cast<float>(page.json_ld.body.size()));
  descriptions_.add(page.json_ld.description);
  titles_.add(page.json_ld.headline);
  for (NodeId id = 0; id < page.tree.size(); ++id) {
    const HtmlNode& node = page.tree[id];
    if (node.is_text) continue;
    if (node.tag == Tag::Title && id + 1 < node.end) titles_.add(page.tree[id + 1].text);
    if (node.attributes_count == 0) continue;
    if (node.tag == Tag::Meta) read_meta(page.tree, id);
    if (page.tree.attribute(id, Attribute::ItemType).ends_with("/Product")) has_product_ = 1;
  }
  bodies_.seal();
  descriptions_.seal();
  titles_.seal();
}

void DeclaredText::read_meta(const HtmlTree& tree, NodeId id) {
  const std::string_view content = tree.attribute(id, Attribute::Content);
  if (content.empty()) return;
  for (const Attribute key : {Attribute::Property, Attribute::Name}) {
    const std::string name = ascii_lower(tree.attribute(id, key));
    if (name.ends_with("description")) descriptions_.add(content);
    if (name == "og:title" || name == "twitter:title") titles_.add(content);
    if (name != "og:type" || page_type_ > 0) continue;
    const std::string type = ascii_lower(content);
    page_type_ = type == "website"                           ? 1
                 : type == "article"                         ? 2
                 : type.find("product") != std::string::npos ? 3
                                                             : 4;
  }
}

void DeclaredText::append(const PageBlock& block, std::vector<float>& row) const {
  const std::string letters = WindowSet::letters_at_beginning(block.text);
  for (const WindowSet* set : {&bodies_, &descriptions_, &titles_})
    row.push_back(set->share_of(letters));
}

void DeclaredText::append_page(std::vector<float>& row) const {
  row.push_back(body_bytes_);
  row.push_back(page_type_);
  row.push_back(has_product_);
}

}  // namespace muai
