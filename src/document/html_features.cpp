// Four views of a block are measured: its own text, its neighbours in reading order, the elements
// around it, and the page as a whole.

#include "document/html_features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>

#include "document/ascii.h"
#include "document/html_declared.h"
#include "document/html_groups.h"
#include "document/html_hints.h"
#include "document/phrase_finder.h"

namespace muai {
namespace {

// Prose: what only content has. Long enough for a sentence, and not made of links.
constexpr std::size_t kProseBytesMin = 80;
constexpr float kFar = 50;  // "no such ancestor"
// A longer block (a log, a listing) counts no more than this where the block stands in the page.
constexpr std::size_t kPlaceBytesMax = 2000;

std::size_t place_bytes(const PageBlock& block) {
  return std::min(block.text.size(), kPlaceBytesMax);
}

float log_of(std::size_t count) { return std::log2(1.0F + static_cast<float>(count)); }

float ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

bool is_prose(const PageBlock& block) {
  return block.kind != BlockKind::Heading && block.text.size() >= kProseBytesMin &&
         block.link_bytes * 3 < block.text.size();
}

// The title of another page, above its teaser.
bool is_linked_heading(const PageBlock& block) {
  return block.kind == BlockKind::Heading && block.link_bytes * 10 >= block.text.size() * 8;
}

struct PhraseGroup {
  std::array<std::string_view, 12> phrases;
};

// Beginnings and parts of what pages say about themselves, in the languages we meet most.
constexpr PhraseGroup kPhrases[] = {
    {{"copyright", "©", "all rights reserved", "alle rechte", "tous droits", "impressum",
      "terms of", "privacy policy", "datenschutz", "nutzungsbedingungen", "aviso legal", "版权"}},
    {{"subscribe", "newsletter", "sign up", "abonnieren", "anmelden", "abonnez", "suscr", "e-mail",
      "email", "inbox", "registrieren", "订阅"}},
    {{"cookie", "consent", "gdpr", "javascript", "browser", "adblock", "ad blocker", "akzeptier",
      "einwilligung", "consentement", "enable js", "同意"}},
    {{"share", "facebook", "twitter", "whatsapp", "linkedin", "pinterest", "teilen", "partager",
      "compartir", "follow us", "instagram", "分享"}},
    {{"read more", "related", "see also", "more from", "mehr zum", "weiterlesen", "lesen sie auch",
      "lire aussi", "recommended", "you may also", "you might", "leer m"}},
    {{"comment", "reply", "log in", "login", "sign in", "kommentar", "antworten", "commentaire",
      "comentario", "register", "report abuse", "评论"}},
    {{"posted", "published", "updated", "written by", "by ", "von ", "par ", "veröffentlicht",
      "min read", "ago", "uhr", "发布"}},
    {{"image:", "photo", "getty", "foto", "bild:", "(image", "credit:", "picture:", "courtesy of",
      "screenshot", "file photo", "reuters"}},
    {{"add to cart", "in stock", "price", "shipping", "quantity", "warenkorb", "wishlist",
      "buy now", "checkout", "sort by", "filter", "sold out"}},
    {{"review", "verified", "helpful", "out of 5", "rating", "stars", "bewertung", "rezension",
      "avis", "opinion", "reseñ", "评价"}},
    {{"description", "specification", "details", "features", "overview", "about this",
      "beschreibung", "merkmale", "caractéristiques", "descripción", "dimensions", "描述"}},
};

const PhraseFinder& phrase_finder() {
  static const PhraseFinder finder{
      kPhrases[0].phrases, kPhrases[1].phrases, kPhrases[2].phrases,  kPhrases[3].phrases,
      kPhrases[4].phrases, kPhrases[5].phrases, kPhrases[6].phrases,  kPhrases[7].phrases,
      kPhrases[8].phrases, kPhrases[9].phrases, kPhrases[10].phrases,
  };
  return finder;
}
static_assert(std::size(kPhrases) == 11);

struct OwnText {
  std::size_t commas = 0, digits = 0, upper = 0, words = 1, separators = 0, letters = 0;
  std::size_t prices = 0, wide = 0;  // wide: characters of scripts without blanks
  int end = 0;                       // 2 for a sentence mark, 1 for a colon
  std::uint32_t phrases = 0;
};

int judge_end(std::string_view text) {
  while (text.ends_with('"') || text.ends_with(')') || text.ends_with("”") || text.ends_with("’") ||
         text.ends_with("“") || text.ends_with("»"))
    text.remove_suffix(text.ends_with('"') || text.ends_with(')') ? 1
                       : text.ends_with("»")                      ? 2
                                                                  : 3);
  if (text.ends_with('.') || text.ends_with('!') || text.ends_with('?') || text.ends_with("…") ||
      text.ends_with("。") || text.ends_with("！") || text.ends_with("？"))
    return 2;
  return text.ends_with(':') || text.ends_with("：") ? 1 : 0;
}

// A currency sign beside a digit, at `at`.
bool is_price(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const std::size_t width = rest.starts_with('$')                            ? 1
                            : rest.starts_with("€") || rest.starts_with("₹") ? 3
                            : rest.starts_with("£") || rest.starts_with("¥") ? 2
                            : rest.starts_with("￥")                         ? 3
                                                                             : 0;
  if (width == 0) return false;
  const std::size_t after = rest.substr(width).starts_with(' ') ? width + 1 : width;
  return (after < rest.size() && ascii_is_digit(rest[after])) ||
         (at > 1 && (ascii_is_digit(text[at - 1]) || ascii_is_digit(text[at - 2])));
}

OwnText measure_text(std::string_view text) {
  OwnText out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    out.commas += c == ',' || c == ';' ? 1 : 0;
    out.digits += ascii_is_digit(c) ? 1 : 0;
    out.upper += c >= 'A' && c <= 'Z' ? 1 : 0;
    out.letters += ascii_is_letter(c) ? 1 : 0;
    out.words += c == ' ' || c == '\n' ? 1 : 0;
    out.separators += c == '|' || c == '/' || c == '>' ? 1 : 0;
    // Kana, ideographs and hangul begin with these bytes.
    out.wide += byte >= 0xE3 && byte <= 0xED ? 1 : 0;
    if (c == '$' || byte == 0xE2 || byte == 0xC2 || byte == 0xEF) {
      out.prices += is_price(text, at) ? 1 : 0;
      const std::string_view three = text.substr(at, 3);
      out.commas += three == "，" || three == "；" ? 1 : 0;
    }
    if (byte == 0xE3 && text.substr(at, 3) == "、") ++out.commas;
  }
  out.words += out.wide / 2;
  out.end = judge_end(text);
  // Boilerplate says what it is early on.
  const std::string lower = ascii_lower(text.substr(0, 160));
  out.phrases = phrase_finder().groups_in(lower);
  return out;
}

// Sums over the blocks below an element.
struct Below {
  std::uint32_t bytes = 0, link_bytes = 0, prose_bytes = 0;
  std::uint32_t blocks = 0, prose_blocks = 0, headings = 0, linked_headings = 0;
};

// What the elements from the root down to one node say.
struct Around {
  std::array<std::uint8_t, kHintCount> hint_at{};  // depth of the nearest such ancestor, 0 for none
  std::array<std::uint8_t, 16> tag_at{};           // the same for kTags
  std::uint32_t repeats = 0;                       // largest number of like siblings on the way
  NodeId repeated = kNoNode;                       // the element that has them
  NodeId article = kNoNode;                        // the nearest <article>
};

// Elements of one parent with the same tag and class that hold text.
struct Siblings {
  std::uint32_t count = 0;
  std::uint32_t bytes_max = 0;
};

// FNV-1a, over the bytes of a number and of a name.
std::uint64_t hash_of(std::uint64_t number, std::string_view name) {
  constexpr std::uint64_t kPrime = 0x100000001B3;
  std::uint64_t hash = 0xCBF29CE484222325;
  for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ (number >> shift & 0xFF)) * kPrime;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

// Of kPhrases: sign up, related pages, comments, reviews, descriptions.
constexpr std::array<std::size_t, 5> kMarks = {1, 4, 5, 9, 10};

constexpr Tag kTags[] = {Tag::Main,   Tag::Article, Tag::Nav,    Tag::Aside,
                         Tag::Footer, Tag::Header,  Tag::Form,   Tag::Table,
                         Tag::Ul,     Tag::Dl,      Tag::Figure, Tag::Button,
                         Tag::Label,  Tag::Section, Tag::A,      Tag::Blockquote};
static_assert(std::size(kTags) == 16);

// Parts of addresses that tell what kind of page stands there.
constexpr std::array<std::string_view, 8> kUrlParts[] = {
    {"forum", "thread", "topic", "discuss", "community", "/t/", "question", "viewtopic"},
    {"product", "/p/", "/dp/", "/item", "/shop", "store", "/pd/", "/buy"},
    {"docs", "documentation", "reference", "manual", "wiki", "tutorial", "guide", "learn"},
    {"category", "collection", "/c/", "/tag", "/browse", "/list", "directory", "search"},
    {"blog", "news", "article", "/20", "/post", "story", "magazine", "aktuell"},
};

class Measurer {
 public:
  Measurer(const HtmlPage& page, std::string_view url)
      : tree_(page.tree),
        blocks_(page.blocks),
        json_ld_(page.json_ld),
        hints_(page.tree),
        groups_(page),
        declared_(page) {
    judge_url(url);
    out_.group = groups_.group_of();
  }

  FeatureTable run() {
    for (const PageBlock& block : blocks_) {
      texts_.push_back(measure_text(block.text));
      page_prices_ += texts_.back().prices > 0 ? 1 : 0;
      total_bytes_ += place_bytes(block);
    }
    sum_below();
    look_around();
    sum_hints();
    choose_containers();
    measure_neighbours();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      add_own(i);
      add_neighbours(i);
      add_elements(i);
      groups_.append(i, out_.values);
      declared_.append(blocks_[i], out_.values);
      const std::size_t before = out_.values.size();
      add_page();
      declared_.append_page(out_.values);
      out_.page_columns = out_.values.size() - before;
      if (i == 0) out_.columns = out_.values.size();
      bytes_before_ += place_bytes(blocks_[i]);
    }
    return std::move(out_);
  }

 private:
  void judge_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::string address =
        ascii_lower(url.substr(scheme == std::string_view::npos ? 0 : scheme + 3));
    for (std::size_t kind = 0; kind < std::size(kUrlParts); ++kind)
      for (const std::string_view part : kUrlParts[kind])
        if (address.find(part) != std::string::npos) url_[kind] = 1;
    const std::size_t path = std::min(address.find('/'), address.size());
    url_depth_ = static_cast<float>(
        std::ranges::count_if(address.substr(path), [](char c) { return c == '/'; }));
    url_path_bytes_ = static_cast<float>(std::min<std::size_t>(address.size() - path, 200));
  }

  // How much of the page's text lies below elements of each hint.
  void sum_hints() {
    for (const PageBlock& block : blocks_)
      for (std::size_t hint = 0; hint < hint_bytes_.size(); ++hint)
        if (around_[block.node].hint_at[hint] > 0) hint_bytes_[hint] += block.text.size();
    for (NodeId id = 0; id < tree_.size() && page_hints_ == 0; ++id)
      if (tree_[id].tag == Tag::Body) page_hints_ = hints_.of(id);
  }

  void add(float value) { out_.values.push_back(value); }

  void sum_below() {
    below_.resize(tree_.size());
    for (const PageBlock& block : blocks_) {
      Below& at = below_[block.node];
      at.bytes += static_cast<std::uint32_t>(block.text.size());
      at.link_bytes += static_cast<std::uint32_t>(block.link_bytes);
      at.blocks += 1;
      at.headings += block.kind == BlockKind::Heading ? 1 : 0;
      at.linked_headings += is_linked_heading(block) ? 1 : 0;
      if (is_prose(block)) {
        at.prose_blocks += 1;
        at.prose_bytes += static_cast<std::uint32_t>(block.text.size() - block.link_bytes);
      }
    }
    for (NodeId id = tree_.size(); id-- > 1;) {
      Below& up = below_[tree_[id].parent];
      const Below& own = below_[id];
      up.bytes += own.bytes;
      up.link_bytes += own.link_bytes;
      up.prose_bytes += own.prose_bytes;
      up.blocks += own.blocks;
      up.prose_blocks += own.prose_blocks;
      up.headings += own.headings;
      up.linked_headings += own.linked_headings;
    }
  }

  void count_siblings() {
    siblings_of_.resize(tree_.size());
    place_among_.resize(tree_.size());
    std::unordered_map<std::uint64_t, std::uint32_t> number_of;
    siblings_.emplace_back();
    for (NodeId id = 1; id < tree_.size(); ++id) {
      const HtmlNode& node = tree_[id];
      if (node.is_text || below_[id].blocks == 0) continue;
      const std::uint64_t key = hash_of(
          static_cast<std::uint64_t>(node.parent) << 8 | static_cast<std::uint64_t>(node.tag),
          tree_.attribute(id, Attribute::Class).substr(0, 24));
      const auto [at, is_new] =
          number_of.try_emplace(key, static_cast<std::uint32_t>(siblings_.size()));
      if (is_new) siblings_.emplace_back();
      siblings_of_[id] = at->second;
      Siblings& siblings = siblings_[at->second];
      place_among_[id] = siblings.count++;
      siblings.bytes_max = std::max(siblings.bytes_max, below_[id].bytes);
    }
  }

  void look_around() {
    count_siblings();
    around_.resize(tree_.size());
    for (NodeId id = 0; id < tree_.size(); ++id) {
      const HtmlNode& node = tree_[id];
      Around& own = around_[id];
      if (node.parent != kNoNode) own = around_[node.parent];
      if (node.is_text || below_[id].blocks == 0) continue;
      const auto depth = static_cast<std::uint8_t>(std::min<unsigned>(node.depth, 255));
      const HintSet set = node.tag == Tag::Body || node.tag == Tag::Html ? 0 : hints_.of(id);
      for (HintSet rest = set; rest != 0; rest &= rest - 1)
        own.hint_at[static_cast<std::size_t>(std::countr_zero(rest))] = depth;
      for (std::size_t tag = 0; tag < std::size(kTags); ++tag)
        if (node.tag == kTags[tag]) own.tag_at[tag] = depth;
      if (node.tag == Tag::Article) add_article(id);
      if (tree_.attribute(id, Attribute::Role) == "main") own.tag_at[0] = depth;
      const std::uint32_t repeats = siblings_[siblings_of_[id]].count;
      if (repeats > 1 && repeats >= own.repeats && below_[id].bytes > 60) {
        own.repeats = repeats;
        own.repeated = id;
      }
    }
  }

  void add_article(NodeId id) {
    around_[id].article = id;
    place_of_article_.emplace(id, ++articles_);
    article_prose_max_ = std::max(article_prose_max_, below_[id].prose_bytes);
  }

  // The deepest element that holds at least `share` of the page's prose.
  NodeId container(float share) const {
    NodeId at = 0;
    const auto needed =
        static_cast<std::uint32_t>(share * static_cast<float>(below_[0].prose_bytes));
    for (bool deeper = below_[0].prose_bytes > 0; deeper;) {
      deeper = false;
      for (NodeId child = at + 1; child < tree_[at].end; child = tree_[child].end)
        if (below_[child].prose_bytes >= needed && below_[child].prose_bytes > 0) {
          at = child;
          deeper = true;
          break;
        }
    }
    return at;
  }

  void choose_containers() {
    containers_ = {container(0.4F), container(0.6F), container(0.8F), container(0.95F)};
    // Scores flow from each prose block to its parent and, halved, to its grandparent.
    std::vector<float> score(tree_.size());
    NodeId best = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (!is_prose(blocks_[i])) continue;
      const float worth = 1 + static_cast<float>(std::min<std::size_t>(texts_[i].commas, 10)) +
                          std::min(static_cast<float>(blocks_[i].text.size()) / 100, 3.0F);
      NodeId at = tree_[blocks_[i].node].parent;
      float share = 1;
      for (int up = 0; up < 3 && at != kNoNode; ++up, at = tree_[at].parent, share /= 2) {
        score[at] += worth * share;
        if (score[at] > score[best]) best = at;
      }
    }
    containers_[4] = best;
    find_sections();
  }

  void find_sections() {
    const NodeId main = containers_[2];
    for (const PageBlock& block : blocks_) {
      NodeId at = block.node;
      NodeId section = at;
      while (at != kNoNode && at != main && tree_[at].tag != Tag::Body) {
        section = at;
        at = tree_[at].parent;
      }
      out_.section.push_back(section);
    }
  }

  void measure_neighbours() {
    const std::size_t n = blocks_.size();
    since_prose_.assign(n, kFar);
    until_prose_.assign(n, kFar);
    since_heading_.assign(n, kFar);
    float prose = kFar, heading = kFar;
    for (std::size_t i = 0; i < n; ++i) {
      since_prose_[i] = prose;
      since_heading_[i] = heading;
      prose = is_prose(blocks_[i]) ? 1 : std::min(prose + 1, kFar);
      heading = blocks_[i].kind == BlockKind::Heading ? 1 : std::min(heading + 1, kFar);
    }
    prose = kFar;
    for (std::size_t i = n; i-- > 0;) {
      until_prose_[i] = prose;
      prose = is_prose(blocks_[i]) ? 1 : std::min(prose + 1, kFar);
    }
    measure_marks();
    for (const PageBlock& block : blocks_) ++copies_[block.text];
    const auto title = std::ranges::find_if(
        blocks_, [](const PageBlock& b) { return b.kind == BlockKind::Heading && b.level == 1; });
    has_title_ = title != blocks_.end();
    title_at_ = static_cast<float>(title - blocks_.begin());
  }

  // How far back the last short line lies that opens a part of the page which is rarely content.
  void measure_marks() {
    static constexpr std::size_t kLineBytesMax = 60;
    std::array<float, kMarks.size()> since;
    since.fill(kFar);
    since_mark_.reserve(blocks_.size());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      since_mark_.push_back(since);
      for (std::size_t mark = 0; mark < kMarks.size(); ++mark) {
        const bool opens = blocks_[i].text.size() <= kLineBytesMax &&
                           (texts_[i].phrases >> kMarks[mark] & 1U) != 0;
        since[mark] = opens ? 1 : std::min(since[mark] + 1, kFar);
      }
    }
  }

  void add_own(std::size_t i) {
    const PageBlock& block = blocks_[i];
    const OwnText& text = texts_[i];
    const std::size_t size = block.text.size();
    add(log_of(size));
    add(ratio(block.link_bytes, size));
    add(static_cast<float>(block.kind));
    add(static_cast<float>(block.level));
    add(log_of(text.commas));
    add(ratio(text.commas * 100, size));
    add(static_cast<float>(text.end));
    add(ratio(text.digits, size));
    add(ratio(text.upper, text.letters));
    add(log_of(text.words));
    add(ratio(size, text.words));
    add(log_of(text.separators));
    add(log_of(text.prices));
    add(ratio(text.wide * 3, size));
    for (std::size_t group = 0; group < std::size(kPhrases); ++group)
      add((text.phrases >> group & 1U) != 0 ? 1 : 0);
    add(ratio(bytes_before_, total_bytes_));
    add(log_of(bytes_before_));
    add(log_of(total_bytes_ - bytes_before_ - place_bytes(block)));
    add(log_of(i));
    add(log_of(blocks_.size() - 1 - i));
    add(static_cast<float>(std::min<std::size_t>(copies_[block.text], 10)));
  }

  void add_neighbour(std::size_t i, std::ptrdiff_t offset) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) + offset;
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(blocks_.size())) {
      for (int k = 0; k < 4; ++k) add(-1);
      return;
    }
    const PageBlock& other = blocks_[static_cast<std::size_t>(at)];
    add(log_of(other.text.size()));
    add(ratio(other.link_bytes, other.text.size()));
    add(static_cast<float>(other.kind));
    add(other.node == blocks_[i].node || tree_[other.node].parent == tree_[blocks_[i].node].parent
            ? 1
            : 0);
  }

  void add_neighbours(std::size_t i) {
    for (const std::ptrdiff_t offset : {-2, -1, 1, 2}) add_neighbour(i, offset);
    add(since_prose_[i]);
    add(until_prose_[i]);
    add(since_heading_[i]);
    // Where the block stands from the page's first <h1>.
    add(has_title_ ? std::clamp(static_cast<float>(i) - title_at_, -kFar, 4 * kFar) : 5 * kFar);
    std::size_t bytes = 0, links = 0;
    const std::size_t begin = i >= 4 ? i - 4 : 0, end = std::min(i + 5, blocks_.size());
    for (std::size_t at = begin; at < end; ++at) {
      bytes += blocks_[at].text.size();
      links += blocks_[at].link_bytes;
    }
    add(log_of(bytes));
    add(ratio(links, bytes));
    for (const float since : since_mark_[i]) add(since);
    const auto back = static_cast<std::size_t>(since_heading_[i]);
    add(since_heading_[i] < kFar ? is_linked_heading(blocks_[i - back]) ? 1 : 0 : -1);
  }

  void add_container(NodeId id) {
    if (id == kNoNode) {
      for (int k = 0; k < 6; ++k) add(-1);
      return;
    }
    const Below& below = below_[id];
    add(log_of(below.bytes));
    add(ratio(below.link_bytes, below.bytes));
    add(log_of(below.blocks));
    add(ratio(below.bytes, below.blocks));
    add(ratio(below.prose_bytes, below_[0].prose_bytes));
    add(ratio(below.headings, below.blocks));
  }

  void add_elements(std::size_t i) {
    const NodeId id = blocks_[i].node;
    const HtmlNode& node = tree_[id];
    const Around& around = around_[id];
    const auto distance = [&](std::uint8_t depth) {
      return depth == 0 ? kFar : static_cast<float>(node.depth - depth);
    };
    for (const std::uint8_t depth : around.tag_at) add(distance(depth));
    for (const std::uint8_t depth : around.hint_at) add(distance(depth));
    add(static_cast<float>(node.depth));
    NodeId up = id;
    for (int level = 0; level < 4; ++level) {
      add_container(up);
      up = up == kNoNode ? kNoNode : tree_[up].parent;
    }
    add_container(out_.section[i]);
    const Around& section = around_[out_.section[i]];
    add(static_cast<float>(std::ranges::count_if(section.hint_at, [](auto d) { return d > 0; })));
    add_container(around.repeated);
    add(log_of(around.repeats));
    add(around.repeated == kNoNode ? -1 : log_of(below_[around.repeated].linked_headings));
    add_places(around);
    add(log_of(below_[out_.section[i]].linked_headings));
    for (const NodeId main : containers_) {
      NodeId at = id;
      float steps = 0;
      while (at != kNoNode && (id < at || main < at || main >= tree_[at].end)) {
        at = tree_[at].parent;
        ++steps;
      }
      // Zero inside the container; else how far above it both meet.
      const float apart =
          at == kNoNode || at == main ? 0 : static_cast<float>(tree_[main].depth - tree_[at].depth);
      add(apart);
      add(steps);
      add(id >= tree_[main].end ? 1 : id < main ? -1 : 0);
    }
  }

  // Which of its like a block's repeated element is, and which of the page's articles holds it:
  // what is first or largest is often the one that the page is about.
  void add_places(const Around& around) {
    if (around.repeated == kNoNode) {
      add(-1);
      add(-1);
    } else {
      const NodeId id = around.repeated;
      add(static_cast<float>(std::min<unsigned>(place_among_[id], 50)));
      add(ratio(below_[id].bytes, siblings_[siblings_of_[id]].bytes_max));
    }
    if (around.article == kNoNode) {
      for (int k = 0; k < 3; ++k) add(-1);
      return;
    }
    const NodeId id = around.article;
    add(static_cast<float>(std::min<std::size_t>(place_of_article_.at(id), 50)));
    add(ratio(below_[id].prose_bytes, article_prose_max_));
    const NodeId title = has_title_ ? blocks_[static_cast<std::size_t>(title_at_)].node : 0;
    add(title > id && title < tree_[id].end ? 1 : 0);
  }

  void add_page() {
    const Below& page = below_[0];
    add(log_of(page.bytes));
    add(ratio(page.link_bytes, page.bytes));
    add(log_of(page.prose_bytes));
    add(ratio(page.prose_bytes, page.bytes));
    add(log_of(page.prose_blocks));
    add(log_of(page.blocks));
    add(log_of(page.headings));
    add(log_of(page.linked_headings));
    add(log_of(page_prices_));
    add(log_of(articles_));
    const std::string_view type = json_ld_.type;
    add(type.empty()                                             ? 0
        : type.ends_with("Article") || type.ends_with("Posting") ? 3
        : type == "Product"                                      ? 4
        : type == "QAPage" || type == "DiscussionForumPosting"   ? 5
        : type == "WebPage"                                      ? 1
                                                                 : 2);
    for (const NodeId main : containers_) {
      add(ratio(below_[main].bytes, page.bytes));
      add(ratio(below_[main].link_bytes, below_[main].bytes));
    }
    add(ratio(below_[containers_[0]].prose_bytes, page.prose_bytes));
    for (const std::size_t bytes : hint_bytes_) add(ratio(bytes, page.bytes));
    for (const Hint hint : {Hint::Thread, Hint::Product, Hint::Content, Hint::Comment})
      add(has_hint(page_hints_, hint) ? 1 : 0);
    for (const float kind : url_) add(kind);
    add(url_depth_);
    add(url_path_bytes_);
  }

  const HtmlTree& tree_;
  const std::vector<PageBlock>& blocks_;
  const JsonLd& json_ld_;
  HintReader hints_;
  BlockGroups groups_;
  DeclaredText declared_;
  FeatureTable out_;
  std::vector<OwnText> texts_;
  std::vector<Below> below_;
  std::vector<Around> around_;
  std::array<NodeId, 5> containers_{};
  std::vector<float> since_prose_, until_prose_, since_heading_;
  std::vector<std::array<float, kMarks.size()>> since_mark_;
  std::unordered_map<std::string_view, std::size_t> copies_;
  bool has_title_ = false;
  float title_at_ = 0;
  std::array<std::size_t, kHintCount> hint_bytes_{};
  HintSet page_hints_ = 0;  // of <body>
  std::array<float, std::size(kUrlParts)> url_{};
  float url_depth_ = 0, url_path_bytes_ = 0;
  std::size_t total_bytes_ = 0, bytes_before_ = 0;
  std::size_t page_prices_ = 0;  // blocks with a price
  std::size_t articles_ = 0;     // <article> elements with text
  std::uint32_t article_prose_max_ = 0;
  std::unordered_map<NodeId, std::size_t> place_of_article_;  // from 1
  std::vector<Siblings> siblings_;
  std::vector<std::uint32_t> siblings_of_;  // for each element with text, an index of siblings_
  std::vector<std::uint32_t> place_among_;  // its siblings
};

}  // namespace

FeatureTable measure_blocks(const HtmlPage& page, std::string_view url) {
  return Measurer(page, url).run();
}

}  // namespace muai
