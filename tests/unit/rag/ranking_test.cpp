#include "rag/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// One passage for each text; their ids are 1, 2, 3, ...
PassageStore store_of(const std::vector<std::string>& texts) {
  PassageStore store = PassageStore::open_in_memory().value();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    StoredDocument document;
    document.url = std::to_string(i);
    const std::vector<NewPassage> passages{{"", texts[i]}};
    EXPECT_TRUE(store.put(document, passages));
  }
  return store;
}

std::vector<std::int64_t> ids(const Ranking& ranking) {
  std::vector<std::int64_t> ids;
  for (const RankedPassage& passage : ranking.passages) ids.push_back(passage.passage_id);
  return ids;
}

std::vector<std::int64_t> ranked(PassageStore& store, std::string_view query,
                                 const RankingModel& model = {}) {
  return ids(rank_passages(store, query, 10, model).value());
}

TEST(Ranking, RareWordsWeighMoreThanFrequentOnes) {
  PassageStore store = store_of({"server logs", "server files", "server users", "logs archive"});
  EXPECT_EQ(ranked(store, "server archive").front(), 4);
}

TEST(Ranking, WordsThatStandTogetherWin) {
  PassageStore store = store_of({"partial results of an old index", "a partial index of results"});
  EXPECT_EQ(ranked(store, "partial index").front(), 2);
}

TEST(Ranking, TitlesAndHeadingsCount) {
  PassageStore store = store_of({"about logs"});
  StoredDocument titled;
  titled.url = "titled";
  titled.title = "Logs";
  const std::vector<NewPassage> passages{{"", "about logs"}};
  ASSERT_TRUE(store.put(titled, passages));
  EXPECT_THAT(ranked(store, "logs"), ElementsAre(2, 1));
}

TEST(Ranking, EqualPassagesKeepTheOrderOfTheirIds) {
  PassageStore store = store_of({"same words", "same words", "same words"});
  EXPECT_THAT(ranked(store, "words"), ElementsAre(1, 2, 3));
}

TEST(Ranking, ChineseQuestionWordsTakeTheirNeighboursWithThem) {
  PassageStore store = store_of({"绿茶是不发酵的茶", "这是什么是不知道的东西"});
  const Ranking ranking = rank_passages(store, "什么是绿茶", 10).value();
  EXPECT_THAT(ranking.terms, ::testing::Not(::testing::Contains("么是")));
  EXPECT_EQ(ranking.passages.front().passage_id, 1);
}

TEST(Ranking, AQuestionOfStopWordsAloneIsTakenAsItIs) {
  PassageStore store = store_of({"to be or not to be", "other words"});
  EXPECT_THAT(ranked(store, "to be or not to be"), ElementsAre(1));
}

TEST(Ranking, CommonWordsAreDroppedUnlessNothingElseIsLeft) {
  std::vector<std::string> texts(20, "common words");
  texts.push_back("common rarity");
  PassageStore store = store_of(texts);
  const RankingModel strict{.common_share = 0.5, .common_min = 5};
  const Ranking ranking = rank_passages(store, "common rarity", 30, strict).value();
  EXPECT_THAT(ranking.dropped_terms, ElementsAre("common"));
  EXPECT_THAT(ids(ranking), ElementsAre(21));
  EXPECT_EQ(rank_passages(store, "common", 30, strict).value().passages.size(), 21u);
}

TEST(Ranking, LookingUpFrequentWordsGivesTheSameScoresAsReadingThemWhole) {
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) {
    std::string text = "word" + std::to_string(i) + (i % 2 == 0 ? " often" : "");
    if (i % 10 == 0) text += " rarely again";
    texts.push_back(text);
  }
  PassageStore store = store_of(texts);
  const RankingModel whole;
  const RankingModel frugal{.visits_max = 1};
  const Ranking all = rank_passages(store, "rarely again often", 6, whole).value();
  const Ranking few = rank_passages(store, "rarely again often", 6, frugal).value();
  ASSERT_EQ(ids(all), ids(few));
  for (std::size_t i = 0; i < all.passages.size(); ++i) {
    EXPECT_DOUBLE_EQ(all.passages[i].score, few.passages[i].score);
  }
}

TEST(Ranking, AShortListIsTheTopOfALongOne) {
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (int j = 0; j <= i * 7 % 13; ++j) text += j % 3 == 0 ? "tea " : "leaf and ";
    texts.push_back(text + std::string(static_cast<std::size_t>(i * 11 % 17), 'x'));
  }
  PassageStore store = store_of(texts);
  const auto many = ids(rank_passages(store, "tea leaf", 200).value());
  const auto few = ids(rank_passages(store, "tea leaf", 5).value());
  ASSERT_EQ(few.size(), 5u);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(Ranking, IdentifiersAreFoundWholeAndInParts) {
  PassageStore store = store_of({"call os.path.join here", "a path to join the club", "nothing"});
  EXPECT_EQ(ranked(store, "os.path.join").front(), 1);
  EXPECT_THAT(ranked(store, "path"), UnorderedElementsAre(1, 2));
}

TEST(Ranking, MalformedTextIsIndexedAroundItsBreaks) {
  PassageStore store = store_of({std::string("good \xff\xc3 words \xe5\xa4") + "天气"});
  EXPECT_THAT(ranked(store, "words"), ElementsAre(1));
  EXPECT_THAT(ranked(store, "天气"), ElementsAre(1));
  EXPECT_THAT(ranked(store, "absent"), IsEmpty());
  EXPECT_TRUE(store.check_integrity());
}

TEST(Ranking, NothingAskedIsNothingFound) {
  PassageStore store = store_of({"words"});
  EXPECT_THAT(ranked(store, ""), IsEmpty());
  EXPECT_THAT(ranked(store, "..."), IsEmpty());
  EXPECT_THAT(ids(rank_passages(store, "words", 0).value()), IsEmpty());
}

}  // namespace
}  // namespace muai
