#include "muai/rag/collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "muai/text/utf8.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::string> urls(Collection& collection) {
  std::vector<std::string> urls;
  for (const StoredDocument& document : collection.list().value()) urls.push_back(document.url);
  return urls;
}

AddReport add(Collection& collection, const fs::path& path, const AddOptions& options = {}) {
  const std::vector<fs::path> paths{path};
  return collection.add(paths, options).value();
}

Collection in_memory() { return Collection::open_in_memory("c").value(); }

TEST(Collection, AddsTheReadableFilesOfAFolder) {
  const TemporaryFolder folder;
  const fs::path papers = folder / "papers";
  write_file(papers / "a.md", "# Tea\n\nGreen tea is not fermented.\n");
  write_file(papers / "deep/b.txt", "Coffee is roasted.\n");
  write_file(papers / "page.html",
             "<html><title>P</title><body><p>Cocoa is a seed of the cacao "
             "tree.</p></body></html>");
  write_file(papers / "image.png", "not text");
  write_file(papers / ".hidden/c.md", "hidden words");
  write_file(papers / ".d.md", "hidden words");
  Collection collection = in_memory();
  const AddReport report = add(collection, papers);
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/a.md", "kb://c/papers/deep/b.txt",
                                            "kb://c/papers/page.html"));
  EXPECT_EQ(report.counts.files_found, 3u);
  EXPECT_EQ(report.counts.files_done, 3u);
  EXPECT_EQ(report.counts.added, 3u);
  EXPECT_THAT(report.skipped, IsEmpty());
}

TEST(Collection, HitsNameTheirPlaceInTheDocument) {
  const TemporaryFolder folder;
  write_file(folder / "papers/茶.md", "# 茶\n\n绿茶是不发酵的茶。它产于中国。\n");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  const auto hits = collection.search("绿茶").value();
  ASSERT_EQ(hits.size(), 1u);
  const Passage& hit = hits[0];
  EXPECT_EQ(hit.document_url, "kb://c/papers/茶.md");
  EXPECT_EQ(hit.language, "zh");
  const auto document = collection.find_document(hit.url).value();
  ASSERT_TRUE(document);
  EXPECT_EQ(hit.span.of(document->text), hit.text);
  const std::size_t begin = code_point_offset(document->text, hit.span.begin);
  const std::size_t end = code_point_offset(document->text, hit.span.end);
  EXPECT_EQ(hit.url, "kb://c/papers/茶.md#" + std::to_string(begin) + "-" + std::to_string(end));
}

TEST(Collection, ADocumentComesBackWithItsBlocks) {
  const TemporaryFolder folder;
  write_file(folder / "a.md", "# Tea\n\nGreen tea.\n\n- one\n- two\n\n## Kinds\n\n> quoted\n");
  Collection collection = in_memory();
  add(collection, folder / "a.md");
  const auto document = collection.find_document("kb://c/a.md").value();
  ASSERT_TRUE(document);
  ASSERT_EQ(document->headings.size(), 2u);
  EXPECT_EQ(document->headings[1].title, "Kinds");
  EXPECT_EQ(document->headings[1].level, 2);
  EXPECT_EQ(document->kind, DocumentKind::Markdown);
  EXPECT_GE(document->blocks.size(), 4u);
}

TEST(Collection, UnchangedFilesAreLeftAlone) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "first words");
  write_file(folder / "papers/b.txt", "second words");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  const AddReport again = add(collection, folder / "papers");
  EXPECT_EQ(again.counts.unchanged, 2u);
  EXPECT_EQ(again.counts.bytes_read, 0u);
}

TEST(Collection, ATouchedFileIsReadButNotReplaced) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "some words");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  const fs::path file = folder / "papers/a.txt";
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::hours(1));
  const AddReport touched = add(collection, folder / "papers");
  EXPECT_EQ(touched.counts.unchanged, 1u);
  EXPECT_EQ(touched.counts.bytes_read, 10u);
  EXPECT_EQ(add(collection, folder / "papers").counts.bytes_read, 0u);
}

TEST(Collection, AChangedFileIsReplaced) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "the old contents");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  write_file(folder / "papers/a.txt", "the new contents, longer");
  const AddReport changed = add(collection, folder / "papers");
  EXPECT_EQ(changed.counts.replaced, 1u);
  EXPECT_THAT(collection.search("old").value(), IsEmpty());
  EXPECT_EQ(collection.search("new").value().size(), 1u);
  EXPECT_TRUE(collection.check_integrity());
}

TEST(Collection, VanishedFilesAreReportedAndRemovedOnlyOnRequest) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "some words");
  write_file(folder / "papers/b.txt", "other words");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  fs::remove(folder / "papers/b.txt");
  EXPECT_THAT(add(collection, folder / "papers").vanished, ElementsAre("kb://c/papers/b.txt"));
  EXPECT_EQ(urls(collection).size(), 2u);
  const AddReport removed = add(collection, folder / "papers", {.vanished = VanishedFiles::Remove});
  EXPECT_EQ(removed.counts.removed, 1u);
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/a.txt"));
}

TEST(Collection, FoldersOfOneNameHaveDifferentUrls) {
  const TemporaryFolder folder;
  write_file(folder / "x/html/index.txt", "from x");
  write_file(folder / "y/html/index.txt", "from y");
  Collection collection = in_memory();
  add(collection, folder / "x/html");
  add(collection, folder / "y/html");
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/html-2/index.txt", "kb://c/html/index.txt"));
  add(collection, folder / "y/html");
  EXPECT_EQ(urls(collection).size(), 2u) << "adding again finds its own label";
}

TEST(Collection, AFileIsStoredOnceHoweverItIsReached) {
  const TemporaryFolder folder;
  write_file(folder / "papers/sub/a.txt", "some words");
  Collection collection = in_memory();
  add(collection, folder / "papers/sub");
  add(collection, folder / "papers");
  add(collection, folder / "papers/sub/a.txt");
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/sub/a.txt"));
}

TEST(Collection, LinksOutOfTheFolderAreSkippedAndLoopsEnd) {
  const TemporaryFolder folder;
  write_file(folder / "secret.txt", "secret words");
  write_file(folder / "papers/a.txt", "public words");
  fs::create_symlink(folder / "secret.txt", folder / "papers/out.txt");
  fs::create_directory_symlink(folder.path(), folder / "papers/up");
  fs::create_directory_symlink(folder / "papers", folder / "papers/loop");
  fs::create_symlink(folder / "nowhere", folder / "papers/broken.txt");
  fs::create_symlink(folder / "papers/a.txt", folder / "papers/inside.txt");
  Collection collection = in_memory();
  const AddReport report = add(collection, folder / "papers");
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/a.txt"));
  EXPECT_EQ(report.skipped.size(), 3u);
}

TEST(Collection, FoldersAreFollowedOnlySoDeep) {
  const TemporaryFolder folder;
  write_file(folder / "papers/1/2/3/a.txt", "deep words");
  write_file(folder / "papers/1/2/b.txt", "words");
  Collection collection = in_memory();
  const AddReport report = add(collection, folder / "papers", {.depth_max = 2});
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/1/2/b.txt"));
  EXPECT_EQ(report.skipped.size(), 1u);
}

TEST(Collection, WhatCannotBeReadIsReportedAndTheRestIsAdded) {
  const TemporaryFolder folder;
  write_file(folder / "papers/good.txt", "good words");
  write_file(folder / "papers/empty.txt", "");
  write_file(folder / "papers/large.txt", std::string(2000, 'x'));
  ASSERT_EQ(::mkfifo((folder / "papers/pipe.txt").c_str(), 0600), 0);
  Collection collection = in_memory();
  const AddReport report = add(collection, folder / "papers", {.file_bytes_max = 1000});
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/good.txt"));
  EXPECT_EQ(report.skipped.size(), 2u);
}

TEST(Collection, APathThatDoesNotExistIsNamed) {
  Collection collection = in_memory();
  const std::vector<fs::path> paths{"no/such/folder"};
  const auto missing = collection.add(paths);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(missing.error().message(), HasSubstr("no/such/folder"));
}

TEST(Collection, StoppingKeepsWhatWasReported) {
  const TemporaryFolder folder;
  for (int i = 0; i < 300; ++i) {
    write_file(folder / ("papers/" + std::to_string(i) + ".txt"), "words of " + std::to_string(i));
  }
  Collection collection = in_memory();
  std::stop_source stop;
  std::size_t reported = 0;
  const std::vector<fs::path> paths{folder / "papers"};
  const auto stopped = collection.add(
      paths, {},
      [&](const AddProgress& progress) {
        reported = progress.added;
        if (reported > 0) stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::Cancelled);
  EXPECT_GT(reported, 0u);
  EXPECT_EQ(collection.list().value().size(), reported);
  const AddReport rest = add(collection, folder / "papers");
  EXPECT_EQ(rest.counts.unchanged, reported);
  EXPECT_EQ(rest.counts.added, 300 - reported);
  EXPECT_TRUE(collection.check_integrity());
}

TEST(Collection, RemovesADocumentAFolderOrAll) {
  const TemporaryFolder folder;
  for (const char* name : {"papers/a.txt", "papers/sub/b.txt", "papers/sub/c.txt", "other/d.txt"}) {
    write_file(folder / name, std::string("words in ") + name);
  }
  Collection collection = in_memory();
  add(collection, folder / "papers");
  add(collection, folder / "other");
  EXPECT_EQ(collection.remove("kb://c/papers/a.txt#0-5").value(), 1u);
  EXPECT_EQ(collection.remove("papers/sub").value(), 2u);
  EXPECT_EQ(collection.remove("papers/sub").value(), 0u);
  EXPECT_EQ(collection.remove(folder / "other/d.txt").value(), 1u);
  EXPECT_THAT(urls(collection), IsEmpty());
  EXPECT_FALSE(collection.remove(""));
}

TEST(Collection, ReasonsAddUpToTheScore) {
  Collection collection = in_memory();
  Document tea;
  tea.title = "Tea";
  tea.text = "Green tea is not fermented. Black tea is.";
  Document coffee;
  coffee.text = "Coffee is roasted, tea is not.";
  ASSERT_TRUE(collection.put("tea", tea));
  ASSERT_TRUE(collection.put("coffee", coffee));
  const auto hits =
      collection.search("green tea", {.limit = 10, .reasons = Reasons::Include}).value();
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].title, "Tea");
  for (const Passage& hit : hits) {
    double sum = hit.why.proximity + hit.why.coverage + hit.why.naming + hit.why.sentence +
                 hit.why.gathering + hit.why.phrases + hit.why.feedback + hit.why.script;
    for (const TermScore& term : hit.why.terms) sum += term.score;
    EXPECT_NEAR(sum, hit.score, 1e-9);
  }
  EXPECT_EQ(hits[1].why.terms.size(), 1u);
  EXPECT_EQ(hits[1].why.terms[0].passages, 2u);
}

// A model that knows two subjects: vectors point to boats or to bread.
Result<std::vector<std::vector<float>>> boats_or_bread(const std::vector<std::string>& texts) {
  std::vector<std::vector<float>> vectors;
  for (const std::string& text : texts) {
    const bool is_boat = text.contains("ship") || text.contains("vessel");
    vectors.push_back(is_boat ? std::vector<float>{1, 0.1f} : std::vector<float>{0.1f, 1});
  }
  return vectors;
}

Collection boats_and_bread() {
  Collection collection = in_memory();
  for (const char* text : {"A ship is moored here.", "Bread is baked at night.", "Dough rises."}) {
    Document document;
    document.text = text;
    EXPECT_TRUE(collection.put(std::to_string(document.text.size()), document));
  }
  return collection;
}

TEST(Collection, FindsByMeaningWhatSharesNoWordWithTheQuery) {
  Collection collection = boats_and_bread();
  EXPECT_TRUE(collection.search("vessel").value().empty());
  const EmbedProgress done = collection.embed_missing("two", boats_or_bread).value();
  EXPECT_EQ(done.done, 3u);
  EXPECT_EQ(collection.vector_model().value()->name, "two");
  const auto query = boats_or_bread({"vessel"}).value();
  const auto hits =
      collection.search("vessel", {.reasons = Reasons::Include, .embedding = query[0]}).value();
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0].text, "A ship is moored here.");
  EXPECT_GT(hits[0].why.vector, 0);
}

TEST(Collection, EmbeddingGoesOnWhereItFailed) {
  Collection collection = in_memory();
  for (int i = 0; i < 40; ++i) {
    Document document;
    document.text = "text " + std::to_string(i);
    ASSERT_TRUE(collection.put(std::to_string(i), document));
  }
  std::size_t texts_seen = 0;
  const auto fails_the_second_time =
      [&](const std::vector<std::string>& texts) -> Result<std::vector<std::vector<float>>> {
    if (texts_seen > 0) return fail(ErrorCode::Network, "gone");
    texts_seen += texts.size();
    return boats_or_bread(texts);
  };
  EXPECT_EQ(collection.embed_missing("two", fails_the_second_time).error().code(),
            ErrorCode::Network);
  std::size_t later = 0;
  const auto counts = [&](const std::vector<std::string>& texts) {
    later += texts.size();
    return boats_or_bread(texts);
  };
  ASSERT_TRUE(collection.embed_missing("two", counts));
  EXPECT_EQ(texts_seen + later, 40u);
  ASSERT_TRUE(collection.embed_missing("another", counts));
  EXPECT_EQ(texts_seen + later, 80u);
}

TEST(Collection, AnEmbeddingOfAnotherLengthIsRefused) {
  Collection collection = boats_and_bread();
  ASSERT_TRUE(collection.embed_missing("two", boats_or_bread));
  const std::vector<float> three{1, 2, 3};
  EXPECT_EQ(collection.search("ship", {.embedding = three}).error().code(),
            ErrorCode::InvalidInput);
}

TEST(Collection, NearDuplicatesAreShownOnce) {
  Collection collection = in_memory();
  Document page;
  page.text = "The same page about green tea stands in two folders, word for word, line by line.";
  ASSERT_TRUE(collection.put("one", page));
  ASSERT_TRUE(collection.put("two", page));
  EXPECT_EQ(collection.search("green tea").value().size(), 1u);
}

TEST(Collection, AQueryOfCommonWordsStillFinds) {
  Collection collection = in_memory();
  Document page;
  page.text = "To be or not to be.";
  ASSERT_TRUE(collection.put("hamlet", page));
  EXPECT_EQ(collection.search("to be").value().size(), 1u);
}

TEST(Collection, AStoppedSearchDoesNotStopLaterOnes) {
  Collection collection = in_memory();
  Document page;
  page.text = "Some words.";
  ASSERT_TRUE(collection.put("a", page));
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = collection.search("words", {}, stop.get_token());
  EXPECT_TRUE(stopped || stopped.error().code() == ErrorCode::Cancelled);
  EXPECT_EQ(collection.search("words").value().size(), 1u);
  EXPECT_TRUE(collection.find_document("kb://c/a").value());
}

TEST(Collection, HostileQueriesAreOnlyWords) {
  Collection collection = in_memory();
  Document page;
  page.text = "Some words.";
  ASSERT_TRUE(collection.put("a", page));
  for (const char* query : {"", " ", "\"", "words\"", "* OR NEAR(", "'; DROP TABLE passages;--",
                            "\xff\xfe words", "title:words AND NOT x"}) {
    EXPECT_TRUE(collection.search(query)) << query;
  }
  EXPECT_EQ(collection.search("\xff\xfe words").value().size(), 1u);
  std::string endless;
  for (int i = 0; i < 20'000; ++i) endless += "w" + std::to_string(i) + " ";
  EXPECT_TRUE(collection.search(endless));
}

TEST(Collection, SpecialCharactersOfPathsAreEncoded) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a b#c%.txt", "some words");
  Collection collection = in_memory();
  add(collection, folder / "papers");
  EXPECT_THAT(urls(collection), ElementsAre("kb://c/papers/a%20b%23c%25.txt"));
  EXPECT_TRUE(collection.find_document("kb://c/papers/a%20b%23c%25.txt#0-3").value());
}

TEST(Collection, NamesThatLeaveTheFolderAreRefused) {
  const TemporaryFolder folder;
  for (const char* name : {"", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a b", "-rf", ".x",
                           "a\nb", "a%2fb", "C:x", "\xff", "x\x7f", "a;b"}) {
    const auto refused = Collection::open(folder.path(), name, CollectionAccess::Write);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidInput) << name;
    EXPECT_EQ(remove_collection(folder.path(), name).error().code(), ErrorCode::InvalidInput);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_TRUE(check_collection_name("手册-2.0"));
  EXPECT_FALSE(check_collection_name(std::string(65, 'a')));
}

TEST(Collection, IsKeptListedAndRemovedByName) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "some words");
  {
    Collection collection =
        Collection::open(folder / "data", "manuals", CollectionAccess::Write).value();
    add(collection, folder / "papers");
    const auto second = Collection::open(folder / "data", "manuals", CollectionAccess::Write);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::Refused);
    EXPECT_TRUE(Collection::open(folder / "data", "manuals", CollectionAccess::Read));
    EXPECT_EQ(remove_collection(folder / "data", "manuals").error().code(), ErrorCode::Refused);
  }
  EXPECT_THAT(list_collections(folder / "data").value(), ElementsAre("manuals"));
  Collection reopened =
      Collection::open(folder / "data", "manuals", CollectionAccess::Read).value();
  EXPECT_EQ(reopened.search("words").value().size(), 1u);
  const auto missing = Collection::open(folder / "data", "manual", CollectionAccess::Read);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("manuals"));
  ASSERT_TRUE(remove_collection(folder / "data", "manuals"));
  EXPECT_THAT(list_collections(folder / "data").value(), IsEmpty());
}

}  // namespace
}  // namespace muai
