// Each block gets a probability of being content. Which blocks are kept then follows from a goal
// for the page as a whole: the cut that makes the expected F1 (by bytes) largest. A page of prose
// is cut sharply that way, a page of scraps generously.

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

namespace muai {
namespace {

// A long block counts no more than this towards what is said about its surroundings.
constexpr double kWeightMax = 400;

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
      for (Sum* sum :
           {&by_node_[block.node], &by_parent_[parent_of(i)], &by_section_[table.section[i]]}) {
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
                           &by_section_.at(table_.section[i])}) {
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
  std::vector<double> kept_, weight_;  // sums over the blocks before
  float best_ = 0;
};

std::vector<float> judge_blocks(const HtmlPage& page, std::string_view url) {
  const FeatureTable table = measure_blocks(page, url);
  std::vector<float> first;
  first.reserve(table.rows());
  for (std::size_t i = 0; i < table.rows(); ++i)
    first.push_back(probability_of(first_table(), table.row(i)));
  const Surroundings surroundings(page, table, first);
  std::vector<float> second, row;
  second.reserve(table.rows());
  for (std::size_t i = 0; i < table.rows(); ++i) {
    row.assign(table.row(i).begin(), table.row(i).end());
    surroundings.append(i, row);
    second.push_back(probability_of(second_table(), row));
  }
  return second;
}

// A table is content or it is not: its rows share the mean of what was said about each.
void join_tables(std::vector<float>& probability, const std::vector<PageBlock>& blocks) {
  for (std::size_t begin = 0; begin < blocks.size();) {
    std::size_t end = begin + 1;
    if (blocks[begin].kind == BlockKind::Table) {
      while (end < blocks.size() && blocks[end].kind == BlockKind::Table &&
             blocks[end].group == blocks[begin].group)
        ++end;
      double sum = 0, bytes = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const auto size = static_cast<double>(blocks[i].text.size());
        sum += size * static_cast<double>(probability[i]);
        bytes += size;
      }
      for (std::size_t i = begin; i < end; ++i) probability[i] = static_cast<float>(sum / bytes);
    }
    begin = end;
  }
}

// Expected F1 of keeping the blocks above a cut is 2 * (sum of p*size above it) / (sum of size
// above it + sum of p*size of all blocks).
float best_cut(const std::vector<float>& probability, const std::vector<PageBlock>& blocks) {
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
    const double f1 = 2 * hit / (kept + expected_all);
    if (f1 <= best) continue;
    best = f1;
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
    out.probability = judge_blocks(page, url);
    join_tables(out.probability, page.blocks);
    out.cut = best_cut(out.probability, page.blocks);
    for (const float probability : out.probability) out.kept.push_back(probability >= out.cut);
  }
  return out;
}

}  // namespace muai
