// Each block gets a probability of being content. Which blocks are kept then follows from a goal
// for the page as a whole: the cut that makes the expected F measure (by bytes) largest. A page of
// prose is cut sharply that way, a page of scraps generously.

#include "document/html_main.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "document/html_features.h"
#include "document/html_hints.h"
#include "document/html_manual.h"
#include "document/html_model.h"
#include "document/html_words.h"

namespace muai {
namespace {

// A long block counts no more than this towards what is said about its surroundings.
constexpr double kWeightMax = 400;
constexpr double kSmallBytes = 60;

struct Sum {
  double kept = 0, weight = 0;
  float best = 0;

  float mean() const { return static_cast<float>(kept / std::max(1.0, weight)); }
};

// The features of the second table. tools/train_extraction.py computes the same ones.
class Surroundings {
 public:
  Surroundings(const HtmlPage& page, const FeatureTable& table, const std::vector<float>& first)
      : page_(page), table_(table), first_(first) {
    kept_.push_back(0);
    weight_.push_back(0);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const PageBlock& block = page.blocks[i];
      const double weight = std::min(static_cast<double>(block.text.size()), kWeightMax);
      for (Sum* sum : {&by_node_[block.node], &by_parent_[parent_of(i)],
                       &by_section_[table.section[i]], &by_look_[table.group[i]]}) {
        sum->kept += weight * static_cast<double>(first[i]);
        sum->weight += weight;
        sum->best = std::max(sum->best, first[i]);
      }
      kept_.push_back(kept_.back() + weight * static_cast<double>(first[i]));
      weight_.push_back(weight_.back() + weight);
      best_ = std::max(best_, first[i]);
    }
  }

  // Appends the features of block i to `row`.
  void append(std::size_t i, std::vector<float>& row) const {
    row.push_back(first_[i]);
    for (const int offset : {-3, -2, -1, 1, 2, 3}) {
      const auto at = static_cast<std::ptrdiff_t>(i) + offset;
      const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(first_.size());
      row.push_back(inside ? first_[static_cast<std::size_t>(at)] : -1);
    }
    for (const std::size_t radius : {std::size_t{3}, std::size_t{8}}) {
      const std::size_t begin = i >= radius ? i - radius : 0;
      const std::size_t end = std::min(first_.size(), i + radius + 1);
      row.push_back(static_cast<float>((kept_[end] - kept_[begin]) /
                                       std::max(1.0, weight_[end] - weight_[begin])));
    }
    for (const Sum* sum : {&by_node_.at(page_.blocks[i].node), &by_parent_.at(parent_of(i)),
                           &by_section_.at(table_.section[i]), &by_look_.at(table_.group[i])}) {
      row.push_back(sum->mean());
      row.push_back(sum->best);
    }
    const double all = std::max(1.0, kept_.back());
    row.push_back(static_cast<float>(kept_.back() / std::max(1.0, weight_.back())));
    row.push_back(static_cast<float>(kept_[i + 1] / all));
    row.push_back(static_cast<float>(std::log2(1 + all)));
    row.push_back(best_);
  }

 private:
  NodeId parent_of(std::size_t i) const { return page_.tree[page_.blocks[i].node].parent; }

  const HtmlPage& page_;
  const FeatureTable& table_;
  const std::vector<float>& first_;
  std::unordered_map<NodeId, Sum> by_node_, by_parent_, by_section_;
  std::unordered_map<std::uint32_t, Sum> by_look_;
  std::vector<double> kept_, weight_;  // sums over the blocks before
  float best_ = 0;
};

// What the type table sees: the page's own numbers, and what the first table said of its blocks.
// tools/train_extraction.py computes the same ones (page_row).
std::vector<float> type_row(const HtmlPage& page, const FeatureTable& table,
                            const std::vector<float>& first) {
  const std::size_t n = first.size();
  double bytes = 0, kept = 0, likely = 0, likely_bytes = 0, likely_blocks = 0, small = 0;
  std::array<double, 7> kept_of_kind{}, bytes_of_kind{};
  for (std::size_t i = 0; i < n; ++i) {
    const auto size = std::min(static_cast<double>(page.blocks[i].text.size()), kWeightMax);
    const auto kind = static_cast<std::size_t>(page.blocks[i].kind);
    const double part = size * static_cast<double>(first[i]);
    bytes += size;
    kept += part;
    kept_of_kind[kind] += part;
    bytes_of_kind[kind] += size;
    if (size < kSmallBytes) small += part;
    if (first[i] <= 0.5F) continue;
    likely += size;
    likely_blocks += 1;
  }
  likely_bytes = likely_blocks > 0 ? likely / likely_blocks : 0;
  const double all = std::max(1.0, bytes), all_kept = std::max(1e-6, kept);
  std::vector<float> row(table.row(0).end() - static_cast<std::ptrdiff_t>(table.page_columns),
                         table.row(0).end());
  for (const double value : {kept / all, likely / all, std::log2(1 + kept),
                             static_cast<double>(*std::ranges::max_element(first)),
                             std::log2(1 + static_cast<double>(n)), small / all_kept,
                             bytes / static_cast<double>(n), likely_bytes})
    row.push_back(static_cast<float>(value));
  for (const BlockKind kind :
       {BlockKind::Paragraph, BlockKind::Heading, BlockKind::ListItem, BlockKind::Table}) {
    row.push_back(static_cast<float>(kept_of_kind[static_cast<std::size_t>(kind)] / all_kept));
    row.push_back(static_cast<float>(bytes_of_kind[static_cast<std::size_t>(kind)] / all));
  }
  return row;
}

// A table is content or it is not, and so are the items of a list that look alike and the terms of
// a list of definitions: they share the mean of what was said about each.
class Runs {
 public:
  Runs(const HtmlPage& page, const FeatureTable& table) : page_(page), table_(table) {}

  void share(std::vector<float>& probability) const {
    for (std::size_t begin = 0; begin < probability.size();) {
      std::size_t end = begin + 1;
      while (end < probability.size() && is_of_run(begin, end)) ++end;
      if (end - begin > 1) share(probability, begin, end);
      begin = end;
    }
  }

 private:
  // tools/train_extraction.py has the same (is_of_run).
  bool is_of_run(std::size_t first, std::size_t i) const {
    const PageBlock& a = page_.blocks[first];
    const PageBlock& b = page_.blocks[i];
    if (a.kind != b.kind) return false;
    if (a.kind == BlockKind::Table) return a.group == b.group;
    if (page_.tree[a.node].parent != page_.tree[b.node].parent) return false;
    if (is_definition(a)) return is_definition(b);
    return a.kind == BlockKind::ListItem && table_.group[first] == table_.group[i];
  }

  bool is_definition(const PageBlock& block) const {
    const Tag tag = page_.tree[block.node].tag;
    return tag == Tag::Dt || tag == Tag::Dd;
  }

  void share(std::vector<float>& probability, std::size_t begin, std::size_t end) const {
    double sum = 0, bytes = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto size = static_cast<double>(page_.blocks[i].text.size());
      sum += size * static_cast<double>(probability[i]);
      bytes += size;
    }
    for (std::size_t i = begin; i < end; ++i) probability[i] = static_cast<float>(sum / bytes);
  }

  const HtmlPage& page_;
  const FeatureTable& table_;
};

// The rows of `table` with the features of learned words.
std::vector<std::vector<float>> first_rows(const HtmlPage& page, const FeatureTable& table) {
  LearnedWords words(page);
  std::vector<std::vector<float>> rows(table.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].reserve(table.columns + 64);
    rows[i].assign(table.row(i).begin(), table.row(i).end());
    words.append(page.blocks[i], rows[i]);
  }
  return rows;
}

void judge_blocks(const HtmlPage& page, std::string_view url, MainBlocks& out) {
  const FeatureTable table = measure_blocks(page, url);
  if (table.rows() == 0) return;
  std::vector<std::vector<float>> rows = first_rows(page, table);
  const std::vector<float> first = probabilities_of(first_table(), rows);
  out.uses = uses_of(type_row(page, table, first));
  const Surroundings surroundings(page, table, first);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    surroundings.append(i, rows[i]);
    rows[i].insert(rows[i].end(), out.uses.begin(), out.uses.end());
  }
  out.probability = probabilities_of(second_table(), rows);
  Runs(page, table).share(out.probability);
}

// In a text that is read from start to end, a foreign paragraph does more harm than a missing one
// helps; in a thread or a listing they weigh the same.
constexpr float kArticleLean = 0.3F;

double weight_of_missing(const MainBlocks& main) {
  const float whole_text = main.uses[static_cast<std::size_t>(PageUse::Article)] +
                           main.uses[static_cast<std::size_t>(PageUse::Documentation)];
  return static_cast<double>(1 - kArticleLean * whole_text);
}

// The expected F measure of keeping the blocks above a cut is, but for a factor,
// (sum of p*size above it) / (sum of size above it + missing * sum of p*size of all blocks).
// The same is in tools/train_extraction.py (chosen).
float best_cut(const std::vector<float>& probability, const std::vector<PageBlock>& blocks,
               double missing) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return probability[a] != probability[b] ? probability[a] > probability[b] : a < b;
  });
  double expected_all = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    expected_all +=
        static_cast<double>(probability[i]) * static_cast<double>(blocks[i].text.size());
  double hit = 0, kept = 0, best = -1;
  float cut = 0;
  for (const std::size_t i : order) {
    const auto size = static_cast<double>(blocks[i].text.size());
    hit += static_cast<double>(probability[i]) * size;
    kept += size;
    const double f = hit / (kept + missing * expected_all);
    if (f <= best) continue;
    best = f;
    cut = probability[i];
  }
  return cut;
}

// A small page without any furniture (navigation, forms, named containers) is all content: there is
// nothing to choose from, and too little for probabilities to mean much.
constexpr std::size_t kBarePageBytesMax = 3000;

bool is_bare(const HtmlPage& page) {
  std::size_t bytes = 0, link_bytes = 0;
  for (const PageBlock& block : page.blocks) {
    bytes += block.text.size();
    link_bytes += block.link_bytes;
  }
  if (bytes > kBarePageBytesMax || link_bytes * 4 > bytes) return false;
  HintReader hints(page.tree);
  for (NodeId id = 0; id < page.tree.size(); ++id) {
    const Tag tag = page.tree[id].tag;
    if (tag == Tag::Nav || tag == Tag::Aside || tag == Tag::Footer || tag == Tag::Form)
      return false;
    const HintSet content = 1U << static_cast<unsigned>(Hint::Content);
    if (tag != Tag::Meta && tag != Tag::Link && (hints.of(id) & ~content) != 0) return false;
  }
  return true;
}

}  // namespace

MainBlocks choose_main_blocks(const HtmlPage& page, std::string_view url) {
  MainBlocks out;
  if (auto manual = choose_manual_blocks(page)) {
    out.judge = MainBlocks::Judge::Generator;
    out.kept = *std::move(manual);
  } else if (is_bare(page)) {
    out.judge = MainBlocks::Judge::Bare;
    out.kept.assign(page.blocks.size(), true);
  } else {
    judge_blocks(page, url, out);
    out.cut = best_cut(out.probability, page.blocks, weight_of_missing(out));
    for (const float probability : out.probability) out.kept.push_back(probability >= out.cut);
  }
  return out;
}

}  // namespace muai
