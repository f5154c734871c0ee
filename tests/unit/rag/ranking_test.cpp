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
PassageStore unsettled_store_of(const std::vector<std::string>& texts) {
  PassageStore store = PassageStore::open_in_memory().value();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    StoredDocument document;
    document.url = std::to_string(i);
    const std::vector<NewPassage> passages{{"", texts[i]}};
    EXPECT_TRUE(store.put(document, passages));
  }
  return store;
}

PassageStore store_of(const std::vector<std::string>& texts) {
  PassageStore store = unsettled_store_of(texts);
  EXPECT_TRUE(store.settle());
  return store;
}

using Ranking = std::vector<RankedPassage>;

std::vector<std::int64_t> ids(const Ranking& ranking) {
  std::vector<std::int64_t> ids;
  for (const RankedPassage& passage : ranking) ids.push_back(passage.passage_id);
  return ids;
}

Ranking rank(PassageStore& store, std::string_view query, std::size_t limit,
             const RankingModel& model = {}) {
  return rank_passages(store, {.query = query, .limit = limit, .reasons = Reasons::Include}, model)
      .value();
}

double sum_of_parts(const ScoreReasons& why) {
  double sum = why.coverage + why.proximity + why.sentence + why.gathering + why.phrases +
               why.script + why.naming + why.feedback + why.vector;
  for (const TermScore& term : why.terms) sum += term.score;
  return sum;
}

std::vector<std::int64_t> ranked(PassageStore& store, std::string_view query,
                                 const RankingModel& model = {}) {
  return ids(rank(store, query, 10, model));
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

TEST(Ranking, PassagesInTheScriptOfTheQuestionComeFirst) {
  PassageStore store =
      store_of({"LVM manages logical volumes. LVM is flexible.", "LVM 是逻辑卷管理器，很灵活。"});
  EXPECT_THAT(ranked(store, "什么是 LVM"), ElementsAre(2, 1));
  EXPECT_THAT(ranked(store, "what is LVM"), ElementsAre(1, 2));
  const Ranking ranking = rank(store, "什么是 LVM", 10);
  EXPECT_LT(ranking[1].why.script, 0);
  EXPECT_EQ(ranking[0].why.script, 0);
  EXPECT_NEAR(sum_of_parts(ranking[1].why), ranking[1].score, 1e-9);
}

TEST(Ranking, EqualPassagesKeepTheOrderOfTheirIds) {
  PassageStore store = store_of({"same words", "same words", "same words"});
  EXPECT_THAT(ranked(store, "words"), ElementsAre(1, 2, 3));
}

TEST(Ranking, ChineseQuestionWordsTakeTheirNeighboursWithThem) {
  PassageStore store = store_of({"绿茶是不发酵的茶", "这是什么是不知道的东西"});
  EXPECT_THAT(ranked(store, "什么是绿茶"), ElementsAre(1));
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
  const Ranking ranking = rank(store, "common rarity", 30, strict);
  EXPECT_THAT(ids(ranking), ElementsAre(21));
  EXPECT_THAT(ranking.front().why.dropped_terms, ElementsAre("common"));
  EXPECT_EQ(rank(store, "common", 30, strict).size(), 21u);
}

// 300 passages of words with falling frequencies.
std::vector<std::string> varied_texts() {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 300; ++i) {
    std::string text;
    for (std::size_t word = 1; word < 40; ++word) {
      for (std::size_t n = 0; n < (i * word + word) % (word + 3) % 4; ++n) {
        text += "word" + std::string(1, static_cast<char>('a' + word % 26)) + " ";
      }
    }
    texts.push_back(text + (i % 3 == 0 ? "frequent " : "") + (i % 50 == 0 ? "seldom" : "filler"));
  }
  return texts;
}

TEST(Ranking, SettlingChangesNoScore) {
  PassageStore unsettled = unsettled_store_of(varied_texts());
  PassageStore settled = store_of(varied_texts());
  for (const char* query : {"frequent", "seldom frequent", "worda wordb wordc", "frequent worde"}) {
    const Ranking slow = rank(unsettled, query, 20, {.feedback_weight = 0});
    const Ranking fast = rank(settled, query, 20, {.feedback_weight = 0});
    ASSERT_EQ(ids(slow), ids(fast)) << query;
    for (std::size_t i = 0; i < slow.size(); ++i) {
      EXPECT_DOUBLE_EQ(slow[i].score, fast[i].score) << query;
    }
  }
}

TEST(Ranking, PassagesThatCameAfterSettlingAreFoundAndRemovedOnesAreNot) {
  PassageStore store = store_of(varied_texts());
  ASSERT_TRUE(store.settle());
  StoredDocument late;
  late.url = "late";
  const std::vector<NewPassage> passages{{"", "frequent frequent frequent"}};
  ASSERT_TRUE(store.put(late, passages));
  const std::int64_t first = ranked(store, "frequent").front();
  EXPECT_EQ(first, 301);
  ASSERT_TRUE(store.remove(store.find_document("late").value()->id));
  ASSERT_TRUE(store.remove(store.find_document("0").value()->id));
  const auto left = ids(rank(store, "frequent", 400));
  EXPECT_EQ(left.size(), 99u);
  EXPECT_THAT(left, ::testing::Not(::testing::Contains(1)));
  EXPECT_THAT(left, ::testing::Not(::testing::Contains(301)));
}

TEST(Ranking, AnIdIsNotGivenAgainWhileAListNamesIt) {
  PassageStore store = store_of(varied_texts());
  ASSERT_TRUE(store.settle());
  ASSERT_TRUE(store.remove(store.find_document("299").value()->id));
  StoredDocument other;
  other.url = "other";
  const std::vector<NewPassage> passages{{"", "unrelated"}};
  ASSERT_TRUE(store.put(other, passages));
  EXPECT_THAT(ranked(store, "unrelated"), ElementsAre(301));
}

TEST(Ranking, ThePartsOfAScoreAddUp) {
  PassageStore store = store_of(varied_texts());
  for (const RankedPassage& passage : rank(store, "seldom frequent worda", 10)) {
    EXPECT_NEAR(passage.score, sum_of_parts(passage.why), 1e-9);
  }
}

TEST(Ranking, AWordThatNoPassageHoldsBecomesOneSpeltAlike) {
  PassageStore store = store_of({"the arpanet was a network", "telescopes and mirrors"});
  const Ranking ranking = rank(store, "arpnet", 10);
  ASSERT_THAT(ids(ranking), ElementsAre(1));
  EXPECT_EQ(ranking.front().why.terms.front().term, "arpanet");
  EXPECT_EQ(ranking.front().why.terms.front().asked, "arpnet");
  EXPECT_THAT(ranked(store, "telecsopes"), ElementsAre(2));
  EXPECT_THAT(ranked(store, "arp"), IsEmpty());
}

TEST(Ranking, OneSentenceThatHoldsTheQueryWins) {
  PassageStore store = store_of({"Tea comes late. The harvest is small. Rain helps much there.",
                                 "Rain helps. The tea harvest comes late there, small and much."});
  EXPECT_EQ(ranked(store, "tea comes late harvest", {.proximity_weight = 0}).front(), 2);
}

TEST(Ranking, WordsAroundOnePlaceWinOverTheSameWordsFarApart) {
  const std::string filler = " and then other things were said that nobody had asked about at all";
  PassageStore store = store_of({"copper" + filler + filler + " smelters" + filler + " exports",
                                 "copper smelters exports" + filler + filler + filler});
  const Ranking ranking = rank(store, "exports smelters copper", 10,
                               {.proximity_weight = 0, .sentence_weight = 0, .phrase_weight = 0});
  EXPECT_THAT(ids(ranking), ElementsAre(2, 1));
  EXPECT_GT(ranking[0].why.gathering, 2 * ranking[1].why.gathering);
  EXPECT_DOUBLE_EQ(ranking[0].why.coverage, ranking[1].why.coverage);
}

TEST(Ranking, ATitleSpeaksForEveryPlaceOfItsPassage) {
  PassageStore store = PassageStore::open_in_memory().value();
  for (const char* title : {"Sweden", "Norway"}) {
    StoredDocument document;
    document.url = title;
    document.title = title;
    const std::vector<NewPassage> passages{{"", "the copper mines were closed"}};
    ASSERT_TRUE(store.put(document, passages));
  }
  const Ranking ranking = rank(store, "copper mines of Norway", 10, {.naming_weight = 0});
  EXPECT_THAT(ids(ranking), ElementsAre(2, 1));
  EXPECT_GT(ranking[0].why.gathering, ranking[1].why.gathering);
}

TEST(Ranking, StopWordsCountBesideTheirNeighbours) {
  PassageStore store = store_of({"the charge and what it is for and who is in it",
                                 "the one who is in charge of it and of what is"});
  const Ranking ranking = rank(store, "who is in charge", 10);
  EXPECT_EQ(ids(ranking).front(), 2);
  EXPECT_GT(ranking[0].why.phrases, ranking[1].why.phrases);
  EXPECT_EQ(rank(store, "charge", 10).front().why.phrases, 0);
}

TEST(Ranking, AnotherFormOfAWordIsTheSameWord) {
  PassageStore store = store_of({"the harbour was built there", "the harbour was shown there"});
  const Ranking ranking = rank(store, "where did they build", 10);
  ASSERT_THAT(ids(ranking), ElementsAre(1));
  EXPECT_EQ(ranking.front().why.terms.front().term, "build");
  EXPECT_EQ(ranking.front().why.terms.front().frequency, 1);
  EXPECT_THAT(ranked(store, "build built"), ElementsAre(1));
}

TEST(Ranking, FeedbackAddsWordsThatTheBestPassagesShare) {
  PassageStore store = store_of({"gliders soar in thermals over ridges", "gliders soar in thermals",
                                 "gliders in a shop window full of toys", "unrelated words here"});
  const Ranking with = rank(store, "gliders", 10, {.feedback_weight = 0.5});
  ASSERT_FALSE(with.front().why.feedback_terms.empty());
  EXPECT_EQ(ids(with).back(), 3);
  EXPECT_TRUE(
      rank(store, "gliders", 10, {.feedback_weight = 0}).front().why.feedback_terms.empty());
}

TEST(Ranking, FeedbackIsNotAskedWhereOnePassageStandsOut) {
  PassageStore store = store_of({"alpha beta gamma delta epsilon", "alpha words shared by some",
                                 "alpha words shared by others", "alpha words shared by many"});
  const Ranking ranking = rank(store, "alpha beta gamma delta epsilon", 10);
  EXPECT_EQ(ranking.front().why.feedback, 0);
  EXPECT_EQ(ranking.front().passage_id, 1);
}

TEST(Ranking, AShortListIsTheTopOfALongOne) {
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (int j = 0; j <= i * 7 % 13; ++j) text += j % 3 == 0 ? "tea " : "leaf and ";
    texts.push_back(text + std::string(static_cast<std::size_t>(i * 11 % 17), 'x'));
  }
  PassageStore store = store_of(texts);
  const auto many = ids(rank(store, "tea leaf", 200, {.feedback_weight = 0}));
  const auto few = ids(rank(store, "tea leaf", 5, {.feedback_weight = 0}));
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
  EXPECT_THAT(ids(rank(store, "words", 0)), IsEmpty());
}

}  // namespace
}  // namespace muai
