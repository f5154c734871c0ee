#include "document/html_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include "document/html_declared.h"
#include "document/html_features.h"
#include "document/html_main.h"
#include "document/html_words.h"

namespace muai {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HtmlWords, NamesAreCutAtHumpsAndMarksAndSaidOnce) {
  const HtmlPage page =
      parse_page("<div class='postBody main-col2 BODY' id=Post role=main>The sea.</div>");
  NodeId id = 0;
  while (page.tree[id].tag != Tag::Div) ++id;
  EXPECT_THAT(name_words(page.tree, id), ElementsAre("<div", "post", "body", "main", "col"));
}

TEST(HtmlWords, FirstWordsAreWholeAndLowerCase) {
  EXPECT_THAT(first_words("Read MORE about tides: a 2nd time"),
              ElementsAre("read", "more", "about", "tides", "nd", "time"));
  EXPECT_THAT(first_words(std::string(158, ' ') + "seaside"), IsEmpty());
  EXPECT_THAT(first_words("潮汐是海面的升降运动它由月亮和太阳引起"), IsEmpty());
}

TEST(HtmlWords, WeightsAreReadFromTheTables) {
  EXPECT_GT(weights_of_names().size(), 500U);
  EXPECT_GT(weights_of_text().size(), 500U);
  EXPECT_LT(weights_of_names().at("<footer"), -1);
  EXPECT_GT(weights_of_names().at("article"), 0);
  for (const auto* weights : {&weights_of_names(), &weights_of_text()})
    for (const auto& [word, weight] : *weights) {
      EXPECT_FALSE(word.empty());
      EXPECT_LE(std::abs(weight), 4) << word;
    }
}

TEST(HtmlDeclared, AShareCountsLettersOnly) {
  WindowSet set;
  set.add("Tides are the rise and fall of sea levels, caused by the Moon.");
  set.seal();
  EXPECT_FLOAT_EQ(
      set.share_of(WindowSet::letters_at_beginning("TIDES are the rise -- and fall of sea levels")),
      1);
  EXPECT_FLOAT_EQ(set.share_of(WindowSet::letters_at_beginning(
                      "Subscribe to our newsletter today, it is free")),
                  0);
  EXPECT_FLOAT_EQ(set.share_of(WindowSet::letters_at_beginning("short")), 0);
}

std::string forum_page() {
  std::string page =
      "<title>Tides - Sea forum</title><nav class=nav><a href=/>Home</a></nav><main>";
  for (int i = 0; i < 6; ++i)
    page += "<div class=post><div class=author>Ada " + std::to_string(i) +
            "</div><div class=post-body>I have watched the tides here for many years, and number " +
            std::to_string(i) + " was the strongest that I remember.</div></div>";
  return page + "</main>";
}

TEST(HtmlFeatures, RowsHaveOneWidthAndBlocksThatLookAlikeShareAGroup) {
  const HtmlPage page = parse_page(forum_page());
  const FeatureTable table = measure_blocks(page, "https://a.example/forum/t/1");
  ASSERT_EQ(table.rows(), page.blocks.size());
  ASSERT_EQ(table.group.size(), page.blocks.size());
  std::set<std::uint32_t> bodies;
  for (std::size_t i = 0; i < page.blocks.size(); ++i)
    if (page.blocks[i].text.starts_with("I have watched")) bodies.insert(table.group[i]);
  EXPECT_EQ(bodies.size(), 1U);
  for (std::size_t column = table.columns - table.page_columns; column < table.columns; ++column)
    EXPECT_EQ(table.row(0)[column], table.row(table.rows() - 1)[column]) << column;
}

TEST(HtmlModel, ProbabilitiesAreProbabilities) {
  const HtmlPage page = parse_page(forum_page());
  const MainBlocks main = choose_main_blocks(page, "https://a.example/forum/t/1");
  ASSERT_EQ(main.judge, MainBlocks::Judge::Model);
  for (const float probability : main.probability) {
    EXPECT_GT(probability, 0);
    EXPECT_LT(probability, 1);
  }
  EXPECT_NEAR(std::accumulate(main.uses.begin(), main.uses.end(), 0.0F), 1, 1e-4);
}

TEST(HtmlModel, TablesAskOnlyForWhatIsMeasured) {
  const HtmlPage page = parse_page(forum_page());
  const FeatureTable table = measure_blocks(page, "");
  const auto widest = [](const TreeTable& trees) {
    std::int16_t most = 0;
    for (const TreeNode& node : trees.nodes) most = std::max(most, node.feature);
    return static_cast<std::size_t>(most);
  };
  constexpr std::size_t kWords = 14, kSurroundings = 21, kTypeOfBlocks = 16;
  EXPECT_LT(widest(first_table()), table.columns + kWords);
  EXPECT_LT(widest(type_table()), table.page_columns + kTypeOfBlocks);
  EXPECT_LT(widest(second_table()), table.columns + kWords + kSurroundings + kPageUseCount);
  EXPECT_EQ(type_table().leaves_of_tree.size() % kPageUseCount, 0U);
}

// Splits at 1.5 and, right of it, at 2.5.
TEST(HtmlModel, TreesSayWhatTheLeafOfTheirRowSays) {
  constexpr TreeNode kSteps[] = {{0, 0, 1, 1.5F}, {0, 1, 2, 2.5F}};
  constexpr float kSaid[] = {-1, 0, 2, 0.5F};
  constexpr std::uint8_t kLeaves[] = {3, 1};
  std::vector<std::vector<float>> rows;
  for (int i = 0; i < 70; ++i) rows.push_back({static_cast<float>(1 + i % 3)});
  const std::vector<float> found = probabilities_of({kSteps, kSaid, kLeaves}, rows);
  ASSERT_EQ(found.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float said = kSaid[i % 3] + 0.5F;
    EXPECT_FLOAT_EQ(found[i], 1 / (1 + std::exp(-said))) << i;
  }
}

TEST(HtmlModel, TablesAreWhole) {
  for (const TreeTable& table : {first_table(), type_table(), second_table()}) {
    std::size_t nodes = 0, leaves = 0;
    for (const std::uint8_t count : table.leaves_of_tree) {
      ASSERT_GE(count, 1);
      ASSERT_LE(count, kLeavesMax);
      for (const TreeNode& node : table.nodes.subspan(nodes, count - 1U)) {
        EXPECT_LT(node.left_begin, node.left_end);
        EXPECT_LT(node.left_end, count);
      }
      nodes += count - 1U;
      leaves += count;
    }
    EXPECT_EQ(nodes, table.nodes.size());
    EXPECT_EQ(leaves, table.leaves.size());
  }
}

}  // namespace
}  // namespace muai
