#include "muai/rag/local_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(LocalSearch, AnswersFromFilesWithoutStoringThem) {
  const TemporaryFolder folder;
  write_file(folder / "papers/tea.md", "# Tea\n\nGreen tea is not fermented.\n");
  write_file(folder / "papers/coffee.md", "# Coffee\n\nCoffee is roasted.\n");
  const std::vector<fs::path> paths{folder / "papers"};
  LocalSearch search = LocalSearch::from_paths(paths).value();
  const auto hits = search.passages("fermented tea").value();
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].document_url, "kb://files/papers/tea.md");
  const auto text = search.find_text(hits[0].url).value();
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, ::testing::HasSubstr("Green tea is not fermented."));
  EXPECT_FALSE(search.find_text("kb://files/papers/none.md").value());
  EXPECT_FALSE(search.find_text("https://example.org/").value());
}

TEST(LocalSearch, GivesOnePassageForEachDocument) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "Sentence " + std::to_string(i) + " is about tea. ";
  write_file(folder / "papers/long.txt", text);
  write_file(folder / "papers/short.txt", "Another text about tea.");
  const std::vector<fs::path> paths{folder / "papers"};
  LocalSearch search = LocalSearch::from_paths(paths).value();
  EXPECT_GT(search.passages("tea").value().size(), 2u);
  EXPECT_EQ(search.documents("tea").value().size(), 2u);
}

TEST(LocalSearch, FilesWithoutTextAreAnError) {
  const TemporaryFolder folder;
  write_file(folder / "papers/empty.txt", "");
  const std::vector<fs::path> paths{folder / "papers"};
  const auto nothing = LocalSearch::from_paths(paths);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), ErrorCode::InvalidInput);
}

TEST(LocalSearch, NamesUnreadableFiles) {
  const TemporaryFolder folder;
  write_file(folder / "papers/good.txt", "good words");
  write_file(folder / "papers/empty.txt", "");
  const std::vector<fs::path> paths{folder / "papers"};
  EXPECT_EQ(LocalSearch::from_paths(paths).value().skipped().size(), 1u);
}

TEST(LocalSearch, SearchesACollection) {
  const TemporaryFolder folder;
  write_file(folder / "papers/a.txt", "some words");
  {
    Collection collection =
        Collection::open(folder / "data", "manuals", CollectionAccess::Write).value();
    const std::vector<fs::path> paths{folder / "papers"};
    ASSERT_TRUE(collection.add(paths));
  }
  LocalSearch search = LocalSearch::open(folder / "data", "manuals").value();
  EXPECT_EQ(search.collection(), "manuals");
  EXPECT_EQ(search.passages("words").value().size(), 1u);
  EXPECT_EQ(LocalSearch::open(folder / "data", "none").error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace muai
