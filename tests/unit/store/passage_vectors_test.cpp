#include "muai/store/passage_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "muai/store/passage_store.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void put(PassageStore& store, const std::string& url, const std::vector<std::string>& texts) {
  StoredDocument document;
  document.url = url;
  document.title = "Title of " + url;
  std::vector<NewPassage> passages;
  for (const std::string& text : texts) passages.push_back({"Heading", text});
  ASSERT_TRUE(store.put(document, passages));
}

TEST(PassageVectors, AreReadBackAtLengthOneToHalfPrecision) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"one", "two"});
  PassageVectors vectors(store.database());
  EXPECT_FALSE(vectors.model().value());
  ASSERT_TRUE(vectors.set_model({"small", 3}));
  const std::vector<std::int64_t> ids{1, 2};
  ASSERT_TRUE(vectors.put(ids, std::vector<std::vector<float>>{{3, 0, -4}, {1e-3f, 1e-3f, 0}}));
  const VectorTable table = vectors.read().value();
  EXPECT_THAT(table.ids, ElementsAre(1, 2));
  const float diagonal = std::sqrt(0.5f);
  const std::vector<float> expected{0.6f, 0, -0.8f, diagonal, diagonal, 0};
  ASSERT_EQ(table.values.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(table.values[i], expected[i], 1e-3) << i;
  }
}

TEST(PassageVectors, MissingPassagesAreNamedUntilTheyHaveOne) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"one", "two", "three"});
  PassageVectors vectors(store.database());
  ASSERT_TRUE(vectors.set_model({"small", 2}));
  ASSERT_TRUE(vectors.put(std::vector<std::int64_t>{2}, std::vector<std::vector<float>>{{1, 0}}));
  const auto missing = vectors.missing(10).value();
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_EQ(missing[0].title, "Title of a");
  EXPECT_EQ(missing[0].heading, "Heading");
  EXPECT_EQ(missing[1].text, "three");
  EXPECT_EQ(vectors.missing(1).value().size(), 1u);
  EXPECT_EQ(vectors.count().value(), 1u);
}

TEST(PassageVectors, GoWithTheirPassageAndWithTheirModel) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"one"});
  put(store, "b", {"two"});
  PassageVectors vectors(store.database());
  ASSERT_TRUE(vectors.set_model({"small", 1}));
  ASSERT_TRUE(
      vectors.put(std::vector<std::int64_t>{1, 2}, std::vector<std::vector<float>>{{1}, {1}}));
  const std::int64_t before = vectors.generation().value();
  ASSERT_TRUE(store.remove(store.find_document("a").value()->id));
  EXPECT_THAT(vectors.read().value().ids, ElementsAre(2));
  EXPECT_NE(vectors.generation().value(), before);
  ASSERT_TRUE(vectors.set_model({"small", 1}));
  EXPECT_EQ(vectors.count().value(), 1u);
  ASSERT_TRUE(vectors.set_model({"other", 1}));
  EXPECT_EQ(vectors.count().value(), 0u);
}

TEST(PassageVectors, UselessVectorsAreRefusedAndNoneOfTheirBatchIsStored) {
  PassageStore store = PassageStore::open_in_memory().value();
  put(store, "a", {"one", "two"});
  PassageVectors vectors(store.database());
  ASSERT_TRUE(vectors.set_model({"small", 2}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& bad : {std::vector<float>{1, 2, 3}, {0, 0}, {nan, 1}}) {
    const auto stored =
        vectors.put(std::vector<std::int64_t>{1, 2}, std::vector<std::vector<float>>{{1, 0}, bad});
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::InvalidInput);
  }
  EXPECT_THAT(vectors.read().value().ids, IsEmpty());
}

}  // namespace
}  // namespace muai
