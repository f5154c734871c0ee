#include "muai/store/passage_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "muai/text/tokens.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TemporaryFolder;

StoredDocument document(std::string url, std::string title = "") {
  StoredDocument document;
  document.url = std::move(url);
  document.title = std::move(title);
  return document;
}

void put(PassageStore& store, const std::string& url, std::vector<std::string> texts,
         const std::string& title = "", const std::string& heading = "") {
  std::vector<NewPassage> passages;
  for (const std::string& text : texts) passages.push_back({heading, text});
  ASSERT_TRUE(store.put(document(url, title), passages));
}

std::vector<std::int64_t> matching(PassageStore& store, const std::vector<std::string>& terms) {
  std::vector<std::int64_t> ids;
  EXPECT_TRUE(store.match(terms, 0, [&](const MatchRow& row) { ids.push_back(row.passage_id()); }));
  return ids;
}

std::vector<std::int64_t> matching(PassageStore& store, const std::string& text) {
  return matching(store, analyse(text));
}

TEST(PassageStore, TheTextOfADocumentIsItsPassagesTogether) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "kb://c/a", {"One. ", "二。", "Three."});
  const auto found = store.find_document("kb://c/a").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(store.text_of(found->id).value(), "One. 二。Three.");
  EXPECT_EQ(found->passages, 3);
  const auto third = store.find_passage(3).value();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->span, (ByteSpan{11, 17}));
  EXPECT_EQ(third->begin_code_point, 7u);
  EXPECT_EQ(third->number, 2);
}

TEST(PassageStore, FindsChineseWordsOfTwoAndOneCharacters) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"今天天气很好", "我家的猫睡了", "無關的文字"});
  EXPECT_THAT(matching(store, "天气"), ElementsAre(1));
  EXPECT_THAT(matching(store, "猫"), ElementsAre(2));
  EXPECT_THAT(matching(store, "好"), ElementsAre(1));
  EXPECT_THAT(matching(store, "气天"), IsEmpty());
}

TEST(PassageStore, FindsEnglishWordsByTheirStem) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"The indexes were rebuilt.", "Nothing of interest."});
  EXPECT_THAT(matching(store, "index"), ElementsAre(1));
  EXPECT_THAT(matching(store, "INDEXING"), ElementsAre(1));
}

TEST(PassageStore, TermsOfQuerySyntaxAreOnlyTerms) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"text"});
  for (const char* term : {"\"", "OR", "text*", "title:", "(", "a\"b", "NEAR", "^text", "-"}) {
    EXPECT_TRUE(store.match(std::vector<std::string>{term}, 0, [](const MatchRow&) {})) << term;
  }
}

TEST(PassageStore, SaysWhereTermsOccur) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"red tea and green tea"}, "Tea", "Kinds > Tea");
  int rows = 0;
  const auto terms = analyse("tea green");
  ASSERT_TRUE(store.match(terms, 0, [&](const MatchRow& row) {
    ++rows;
    EXPECT_EQ(row.frequencies(0), (std::array<std::uint32_t, 3>{1, 1, 2}));
    EXPECT_EQ(row.frequencies(1), (std::array<std::uint32_t, 3>{0, 0, 1}));
    std::vector<std::uint32_t> positions;
    row.positions(0, Field::Body, positions);
    EXPECT_THAT(positions, ElementsAre(1, 4));
    EXPECT_EQ(row.length(Field::Body), 5u);
    EXPECT_EQ(row.length(Field::Title), 1u);
  }));
  EXPECT_EQ(rows, 1);
}

TEST(PassageStore, MatchesOnlyAfterTheGivenId) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"words", "words", "words"});
  std::vector<std::int64_t> ids;
  ASSERT_TRUE(store.match(std::vector<std::string>{"word"}, 1,
                          [&](const MatchRow& row) { ids.push_back(row.passage_id()); }));
  EXPECT_THAT(ids, ElementsAre(2, 3));
}

TEST(PassageStore, PuttingAgainReplaces) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"old words", "more old words"});
  put(store, "a", {"new words"});
  EXPECT_THAT(matching(store, "old"), IsEmpty());
  EXPECT_EQ(matching(store, "new").size(), 1u);
  EXPECT_EQ(store.passage_count().value(), 1u);
  EXPECT_EQ(store.list().value().size(), 1u);
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, RemovingLeavesNoTrace) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"first words 天气"}, "A title");
  put(store, "b", {"second words"});
  ASSERT_TRUE(store.remove(store.find_document("a").value()->id));
  EXPECT_THAT(matching(store, "first title"), IsEmpty());
  EXPECT_EQ(matching(store, "words").size(), 1u);
  EXPECT_FALSE(store.find_document("a").value());
  EXPECT_TRUE(store.check_integrity());
  const IndexSizes sizes = store.index_sizes().value();
  EXPECT_EQ(sizes.passages, 1u);
  EXPECT_EQ(sizes.mean_length[2], 2.0);
}

TEST(PassageStore, WhatIsRolledBackWasNeverThere) {
  PassageStore store = PassageStore::open_in_memory().value();
  ASSERT_TRUE(store.begin());
  put(store, "a", {"words"});
  store.rollback();
  EXPECT_TRUE(store.list().value().empty());
  EXPECT_THAT(matching(store, "words"), IsEmpty());
  put(store, "b", {"words"});
  EXPECT_EQ(matching(store, "words").size(), 1u);
}

std::vector<std::string> even_and_odd(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(i % 2 == 0 ? "even word" : "odd word odd");
  return texts;
}

TEST(PassageStore, SettlingListsTheTermsOfManyPassages) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", even_and_odd(600), "Numbers");
  EXPECT_FALSE(store.find_list("word").value());
  ASSERT_TRUE(store.settle());
  const ListedPassages& listed = *store.listed_passages().value();
  EXPECT_EQ(listed.ids.size(), 600u);
  EXPECT_EQ(listed.last_id, 600);
  EXPECT_EQ(listed.lengths[0], 2u);
  EXPECT_EQ(listed.lengths[1], 3u);
  const TermList odd = store.find_list("odd").value().value();
  EXPECT_EQ(odd.passages(), 300u);
  std::uint32_t next = 1;
  odd.for_each([&](std::uint32_t slot, FieldCounts counts) {
    EXPECT_EQ(slot, next);
    EXPECT_EQ(counts.by_field(), (std::array<std::uint32_t, 3>{0, 0, 2}));
    next += 2;
  });
  EXPECT_EQ(next, 601u);
  EXPECT_EQ(store.count_listed("number").value(), 600u);
  EXPECT_EQ(store.count_listed("absent").value(), 0u);
}

TEST(PassageStore, RemovedPassagesAreNamedUntilTheListsAreMadeAnew) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", even_and_odd(200));
  put(store, "b", {"word", "word"});
  put(store, "c", {"word"});
  ASSERT_TRUE(store.settle());
  ASSERT_TRUE(store.remove(store.find_document("b").value()->id));
  EXPECT_THAT(store.listed_passages().value()->removed, ElementsAre(200u, 201u));
  put(store, "d", even_and_odd(100));
  ASSERT_TRUE(store.settle());
  EXPECT_THAT(store.listed_passages().value()->removed, IsEmpty());
  EXPECT_EQ(store.count_listed("word").value(), 301u);
}

TEST(PassageStore, AReaderSeesListsThatAnotherProcessMade) {
  const TemporaryFolder folder;
  PassageStore writer =
      PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
  PassageStore reader = PassageStore::open(folder / "a.db", DatabaseAccess::Reader).value();
  EXPECT_TRUE(reader.listed_passages().value()->ids.empty());
  put(writer, "a", even_and_odd(100));
  ASSERT_TRUE(writer.settle());
  EXPECT_EQ(reader.listed_passages().value()->ids.size(), 100u);
}

TEST(PassageStore, AListOfLongStepsIsReadBackAndADamagedOneEnds) {
  const std::string bytes("\x05\x01\xff\x10\x27\x00\x00\x42\xff\x01", 10);
  std::vector<std::uint32_t> slots;
  TermList(2, bytes).for_each([&](std::uint32_t slot, FieldCounts) { slots.push_back(slot); });
  EXPECT_THAT(slots, ElementsAre(5u, 10005u));
}

TEST(PassageStore, AFileOfTheFirstVersionIsMigratedAndListsAreMadeAtTheNextSettling) {
  const TemporaryFolder folder;
  {
    PassageStore store =
        PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
    put(store, "a", even_and_odd(100));
    ASSERT_TRUE(store.settle());
    // What version 2 added is taken away again.
    ASSERT_TRUE(store.database().execute(
        "DROP TABLE term_lists; DROP TABLE listed_passages; DROP TABLE removed_ranges; "
        "DROP TABLE vectors; DROP TABLE vector_model; CREATE TABLE frequent_terms (term TEXT "
        "PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID; DELETE FROM counters WHERE name "
        "LIKE '%list%'; UPDATE muai_file SET version = 1"));
  }
  PassageStore store = PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
  EXPECT_TRUE(std::filesystem::exists(folder / "a.db.v1.bak"));
  EXPECT_EQ(matching(store, "even").size(), 50u);
  EXPECT_FALSE(store.find_list("word").value());
  ASSERT_TRUE(store.settle());
  EXPECT_TRUE(store.find_list("word").value());
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, KnowsTheTermsThatBeginAlike) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"arpanet army", "army article", "zebra"});
  const auto terms = store.terms_with_prefix("ar", 2).value();
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms[0].term, "armi");
  EXPECT_EQ(terms[0].passages, 2u);
  EXPECT_EQ(terms[1].term, "arpanet");
}

TEST(PassageStore, SettlingStopsOnRequest) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"words"});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(store.settle(stop.get_token()).error().code(), ErrorCode::Cancelled);
  EXPECT_TRUE(store.settle());
}

TEST(PassageStore, AnotherTokenizerVersionRebuildsTheIndex) {
  const TemporaryFolder folder;
  {
    PassageStore store =
        PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
    put(store, "a", {"some words", "other 天气"}, "A title");
    // As an earlier tokenizer might have left it: other terms, other version.
    ASSERT_TRUE(store.database().execute(
        "INSERT INTO passage_index(passage_index) VALUES ('delete-all'); "
        "INSERT INTO passage_index(rowid, title, heading, body) VALUES (1, '', '', 'stale'); "
        "UPDATE muai_file SET tokenizer = 0"));
  }
  PassageStore store = PassageStore::open(folder / "a.db", DatabaseAccess::Reader).value();
  EXPECT_THAT(matching(store, "stale"), IsEmpty());
  EXPECT_THAT(matching(store, "words"), ElementsAre(1));
  EXPECT_THAT(matching(store, "天气"), ElementsAre(2));
  EXPECT_EQ(matching(store, "title").size(), 2u);
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, AnIndexThatLostAPassageIsFound) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"one", "two"});
  ASSERT_TRUE(store.database().execute("DELETE FROM passages WHERE id = 2"));
  EXPECT_EQ(store.check_integrity().error().code(), ErrorCode::Corrupt);
}

TEST(PassageStore, RemembersRoots) {
  PassageStore store = PassageStore::open_in_memory().value();
  ASSERT_TRUE(store.put_root("/a/docs", "docs"));
  const auto roots = store.roots().value();
  ASSERT_EQ(roots.size(), 1u);
  EXPECT_EQ(roots[0].path, "/a/docs");
  EXPECT_EQ(roots[0].label, "docs");
  EXPECT_EQ(store.put_root("/b/docs", "docs").error().code(), ErrorCode::AlreadyExists);
  ASSERT_TRUE(store.remove_root(roots[0].id));
  EXPECT_TRUE(store.roots().value().empty());
}

}  // namespace
}  // namespace muai
