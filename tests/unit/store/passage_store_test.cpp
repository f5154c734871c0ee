#include "muai/store/passage_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "muai/text/tokens.h"
#include "store/full_text_index.h"
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

// Ids of the passages that hold any of the terms.
std::vector<std::int64_t> holding(PassageStore& store, const std::vector<std::string>& terms) {
  std::set<std::int64_t> ids;
  const PassageSlots slots = *store.slots().value();
  for (const std::string& term : terms) {
    for (const PostingList& list : store.find_postings(term).value().lists) {
      list.for_each([&](std::uint32_t slot, FieldCounts) {
        if (!std::ranges::binary_search(slots.removed(), slot)) ids.insert(slots.id_of(slot));
      });
    }
  }
  return {ids.begin(), ids.end()};
}

std::vector<std::int64_t> matching(PassageStore& store, const std::string& text) {
  return holding(store, analyse(text));
}

// Counts by field of a term in the one passage that holds it.
std::array<std::uint32_t, 3> counts_of(PassageStore& store, const std::string& term) {
  std::vector<FieldCounts> counts;
  for (const PostingList& list : store.find_postings(term).value().lists) {
    list.for_each([&](std::uint32_t, FieldCounts found) { counts.push_back(found); });
  }
  EXPECT_EQ(counts.size(), 1u);
  return counts.empty() ? std::array<std::uint32_t, 3>{} : counts.front().by_field();
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

TEST(PassageStore, SaysHowOftenTermsOccurAndWhere) {
  for (const bool settled : {false, true}) {
    PassageStore store = PassageStore::open_in_memory().value();
    put(store, "a", {"red tea and green tea"}, "Tea", "Kinds > Tea");
    if (settled) ASSERT_TRUE(store.settle());
    EXPECT_EQ(counts_of(store, "tea"), (std::array<std::uint32_t, 3>{1, 1, 2}));
    EXPECT_EQ(counts_of(store, "green"), (std::array<std::uint32_t, 3>{0, 0, 1}));
    EXPECT_EQ(store.find_postings("absent").value().passages, 0u);
    EXPECT_EQ(store.slots().value()->lengths()[0], PassageLength(5, Script::Other));
  }
}

TEST(PassageStore, KeepsTheTokensOfAPassage) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"Tea is hot. The os.path is 7. 天气"}, "Tea", "Kinds > Tea");
  const TokenStream tokens = store.tokens_of(1).value().value();
  const auto heading = tokens.field(Field::Heading);
  ASSERT_EQ(heading.size(), 2u);
  EXPECT_TRUE(heading[1].is(TokenCode::Begins));
  EXPECT_EQ(heading[1].term(), term_code("tea"));
  const auto body = tokens.field(Field::Body);
  std::vector<std::string> marks;
  for (const TokenCode token : body) {
    marks.push_back(std::string(token.is(TokenCode::Begins) ? "B" : "") +
                    (token.is(TokenCode::SamePosition) ? "S" : "") +
                    (token.is(TokenCode::SaysNothing) ? "N" : ""));
  }
  // tea is hot | the os.path os path is 7 | 天气 天 气
  EXPECT_THAT(marks, ElementsAre("B", "N", "", "BN", "", "S", "", "N", "N", "B", "SN", "N"));
  EXPECT_EQ(tokens.length(Field::Body), 10u);
  EXPECT_FALSE(store.tokens_of(2).value());
}

TEST(PassageStore, KnowsWhichPassagesAreInCjkCharacters) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a",
      {"运行 pg_dump -f v1.2.out 备份数据库，然后检查文件。",
       "Release v1.2.3 of the 1.2 line: see 2.1.", "茶", ""});
  for (int i = 0; i < 2; ++i) {
    const auto lengths = store.slots().value()->lengths();
    EXPECT_EQ(lengths[0].script(), Script::Cjk);
    EXPECT_EQ(lengths[1].script(), Script::Other);
    EXPECT_EQ(lengths[3].script(), Script::Other);
    ASSERT_TRUE(store.settle());
  }
}

TEST(PassageStore, BytesThatAreNoTokensGiveNone) {
  for (const std::string& bytes : {std::string(), std::string("abc"), std::string(12, '\xff')}) {
    const TokenStream tokens = TokenStream::from_bytes(bytes);
    EXPECT_TRUE(tokens.field(Field::Title).empty());
    EXPECT_TRUE(tokens.field(Field::Body).empty());
  }
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

TEST(PassageStore, WhatWasReadInsideARolledBackTransactionIsForgotten) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"words"});
  put(store, "b", {"words"});
  ASSERT_TRUE(store.begin());
  ASSERT_TRUE(store.remove(store.find_document("a").value()->id));
  EXPECT_THAT(matching(store, "words"), ElementsAre(2));
  store.rollback();
  ASSERT_TRUE(store.begin());
  ASSERT_TRUE(store.remove(store.find_document("b").value()->id));
  ASSERT_TRUE(store.commit());
  EXPECT_THAT(matching(store, "words"), ElementsAre(1));
}

std::vector<std::string> even_and_odd(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(i % 2 == 0 ? "even word" : "odd word odd");
  return texts;
}

TEST(PassageStore, SettlingChangesNoAnswer) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", even_and_odd(600), "Numbers");
  const auto odd = matching(store, "odd");
  EXPECT_EQ(odd.size(), 300u);
  ASSERT_TRUE(store.settle());
  EXPECT_EQ(matching(store, "odd"), odd);
  const TermPostings postings = store.find_postings("odd").value();
  EXPECT_EQ(postings.passages, 300u);
  ASSERT_EQ(postings.lists.size(), 1u);
  std::uint32_t next = 1;
  postings.lists[0].for_each([&](std::uint32_t slot, FieldCounts counts) {
    EXPECT_EQ(slot, next);
    EXPECT_EQ(counts.by_field(), (std::array<std::uint32_t, 3>{0, 0, 2}));
    next += 2;
  });
  EXPECT_EQ(next, 601u);
  EXPECT_EQ(store.find_term(term_code("number")).value()->passages, 600u);
  EXPECT_FALSE(store.find_term(term_code("absent")).value());
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, RemovedPassagesAreNamedUntilTheIndexIsTidied) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", even_and_odd(200));
  put(store, "b", {"word", "word"});
  put(store, "c", {"word"});
  ASSERT_TRUE(store.settle());
  ASSERT_TRUE(store.remove(store.find_document("b").value()->id));
  EXPECT_THAT(store.slots().value()->removed(), ElementsAre(200u, 201u));
  EXPECT_EQ(store.index_sizes().value().passages, 201u);
  put(store, "d", even_and_odd(100));
  ASSERT_TRUE(store.settle());
  EXPECT_THAT(store.slots().value()->removed(), IsEmpty());
  EXPECT_EQ(store.find_postings("word").value().passages, 301u);
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, AReaderSeesWhatAnotherProcessCommitted) {
  const TemporaryFolder folder;
  PassageStore writer =
      PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
  PassageStore reader = PassageStore::open(folder / "a.db", DatabaseAccess::Reader).value();
  EXPECT_EQ(reader.slots().value()->count(), 0u);
  put(writer, "a", even_and_odd(100));
  EXPECT_EQ(matching(reader, "odd").size(), 50u);
  ASSERT_TRUE(writer.settle());
  EXPECT_EQ(matching(reader, "odd").size(), 50u);
  ASSERT_TRUE(writer.remove(writer.find_document("a").value()->id));
  EXPECT_THAT(matching(reader, "odd"), IsEmpty());
}

TEST(PassageStore, PassagesThatAnEarlierProcessLeftPendingAreTakenUp) {
  const TemporaryFolder folder;
  for (const char* url : {"a", "b", "c"}) {
    PassageStore store =
        PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
    put(store, url, even_and_odd(10));
  }
  PassageStore store = PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
  ASSERT_TRUE(store.remove(store.find_document("b").value()->id));
  put(store, "d", even_and_odd(10));
  ASSERT_TRUE(store.settle());
  EXPECT_EQ(matching(store, "odd").size(), 15u);
  EXPECT_EQ(store.find_postings("odd").value().passages, 15u);
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, ADocumentIsNotCutWhereASegmentIsFull) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "many", even_and_odd(32'760));
  put(store, "cut", even_and_odd(20));
  put(store, "last", even_and_odd(20));
  ASSERT_TRUE(store.remove(store.find_document("cut").value()->id));
  EXPECT_EQ(store.index_sizes().value().passages, 32'780u);
  EXPECT_DOUBLE_EQ(store.index_sizes().value().mean_length[2], 2.5);
  ASSERT_TRUE(store.settle());
  EXPECT_EQ(store.find_postings("odd").value().passages, 16'390u);
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, ADamagedListEnds) {
  const std::string bytes("\x05\x01\xff\x10\x27\x00\x00\x42\xff\x01", 10);
  std::vector<std::uint32_t> slots;
  const auto visit = [&](std::uint32_t slot, FieldCounts) { slots.push_back(slot); };
  PostingList(100, 20'000, bytes).for_each(visit);
  EXPECT_THAT(slots, ElementsAre(105u, 10105u));
  slots.clear();
  PostingList(100, 1000, bytes).for_each(visit);
  EXPECT_THAT(slots, ElementsAre(105u));
}

TEST(PassageStore, ADamagedBlockIsReported) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", even_and_odd(100));
  ASSERT_TRUE(store.settle());
  ASSERT_TRUE(store.database().execute("UPDATE segment_blocks SET entries = x'01'"));
  EXPECT_EQ(store.find_postings("odd").error().code(), ErrorCode::Corrupt);
  EXPECT_EQ(store.check_integrity().error().code(), ErrorCode::Corrupt);
}

// A file as version 2 left it: with a full-text index instead of segments and tokens.
void make_version_2(PassageStore& store) {
  ASSERT_TRUE(register_tokenizer_name(store.database()));
  ASSERT_TRUE(store.database().execute(
      "DROP TABLE segments; DROP TABLE segment_blocks; DROP TABLE spelling_terms; DROP TABLE "
      "removed_passages; CREATE TABLE removed_ranges (first INTEGER PRIMARY KEY, passages INTEGER "
      "NOT NULL); CREATE TABLE term_lists (term TEXT PRIMARY KEY, passages INTEGER NOT NULL, list "
      "BLOB NOT NULL); CREATE TABLE listed_passages (ids BLOB NOT NULL, lengths BLOB NOT NULL); "
      "ALTER TABLE passages DROP COLUMN tokens; CREATE VIRTUAL TABLE passage_index USING "
      "fts5(title, heading, body, content = '', tokenize = 'muai', detail = full); CREATE VIRTUAL "
      "TABLE passage_terms USING fts5vocab(passage_index, row); INSERT INTO counters VALUES "
      "('last_listed_passage', 7); DELETE FROM counters WHERE name IN ('last_passage', "
      "'index_generation'); UPDATE muai_file SET version = 2, tokenizer = 1"));
}

TEST(PassageStore, AFileOfVersion2GetsAnIndexOfOurOwn) {
  const TemporaryFolder folder;
  {
    PassageStore store =
        PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
    put(store, "a", {"some words", "other 天气"}, "A title");
    make_version_2(store);
  }
  PassageStore store = PassageStore::open(folder / "a.db", DatabaseAccess::ExclusiveWriter).value();
  EXPECT_TRUE(std::filesystem::exists(folder / "a.db.v2.bak"));
  EXPECT_THAT(matching(store, "words"), ElementsAre(1));
  EXPECT_THAT(matching(store, "天气"), ElementsAre(2));
  EXPECT_EQ(matching(store, "title").size(), 2u);
  EXPECT_TRUE(store.check_integrity());
  put(store, "b", {"more words"});
  EXPECT_THAT(matching(store, "words"), ElementsAre(1, 8));  // 7 may have been given
  EXPECT_TRUE(store.check_integrity());
}

TEST(PassageStore, KnowsTheTermsThatBeginAlike) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"arpanet army", "army article", "zebra"});
  ASSERT_TRUE(store.settle());
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
    ASSERT_TRUE(
        store.database().execute("UPDATE passages SET tokens = x''; UPDATE muai_file SET tokenizer "
                                 "= 0"));
  }
  PassageStore store = PassageStore::open(folder / "a.db", DatabaseAccess::Reader).value();
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
