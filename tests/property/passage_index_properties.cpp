// The index against the plain truth: after any sequence of documents put, replaced and removed, of
// transactions kept and dropped, of settlings and of openings anew, it answers what counting the
// stored passages answers.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "muai/store/passage_store.h"
#include "muai/text/tokens.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using Counts = std::array<std::uint32_t, kFieldCount>;

struct PlainDocument {
  std::string title;
  std::vector<std::string> passages;
};

// What a store should hold.
using Plain = std::map<std::string, PlainDocument>;

std::string any_text() {
  static const std::vector<std::string> words{"tea",  "Tea", "green", "the",  "teas", "os.path",
                                              "天气", "茶",  "2024",  "army", ". ",   "茶叶好"};
  std::string text;
  for (const std::string& word : *rc::gen::resize(
           12, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words)))) {
    text += word + " ";
  }
  return text;
}

PlainDocument any_document() {
  PlainDocument document{any_text(), {}};
  const auto count = *rc::gen::inRange<std::size_t>(0, 4);
  while (document.passages.size() < count) document.passages.push_back(any_text());
  return document;
}

class Subject {
 public:
  Subject() { open(); }

  void put(const std::string& url, const PlainDocument& plain) {
    StoredDocument document;
    document.url = url;
    document.title = plain.title;
    std::vector<NewPassage> passages;
    for (const std::string& text : plain.passages) passages.push_back({"Part", text});
    RC_ASSERT(store_->put(document, passages).has_value());
  }
  void remove(const std::string& url) {
    RC_ASSERT(store_->remove(store_->find_document(url).value()->id).has_value());
  }
  void open() {
    store_.reset();
    store_ = std::make_unique<PassageStore>(
        PassageStore::open(folder_ / "a.db", DatabaseAccess::ExclusiveWriter).value());
  }
  PassageStore& store() { return *store_; }

 private:
  testing::TemporaryFolder folder_;
  std::unique_ptr<PassageStore> store_;
};

// For each term, the counts of each passage that holds it, in any order.
using TermTruth = std::map<std::string, std::vector<Counts>>;

TermTruth truth_of(const Plain& plain) {
  TermTruth truth;
  for (const auto& [url, document] : plain) {
    for (const std::string& text : document.passages) {
      std::map<std::string, FieldCounts> counts;
      const std::array<std::string, kFieldCount> fields{document.title, "Part", text};
      for (std::size_t field = 0; field < kFieldCount; ++field) {
        for (const std::string& term : analyse(fields[field], {.cjk_unigrams = CjkUnigrams::All})) {
          counts[term].add_one(static_cast<Field>(field));
        }
      }
      for (const auto& [term, count] : counts) truth[term].push_back(count.by_field());
    }
  }
  for (auto& [term, counts] : truth) std::ranges::sort(counts);
  return truth;
}

void check(PassageStore& store, const Plain& plain) {
  const PassageSlots slots = *store.slots().value();
  for (const auto& [term, expected] : truth_of(plain)) {
    std::vector<Counts> found;
    for (const PostingList& list : store.find_postings(term).value().lists) {
      list.for_each([&](std::uint32_t slot, FieldCounts counts) {
        if (!std::ranges::binary_search(slots.removed(), slot)) found.push_back(counts.by_field());
      });
    }
    std::ranges::sort(found);
    RC_ASSERT(found == expected);
  }
  std::size_t passages = 0;
  for (const auto& [url, document] : plain) passages += document.passages.size();
  RC_ASSERT(store.index_sizes().value().passages == passages);
  RC_ASSERT(store.check_integrity().has_value());
}

// One change of subject and plain truth alike. `url`s are few, so that documents are replaced.
void change(Subject& subject, Plain& plain) {
  const std::string url = *rc::gen::elementOf(std::vector<std::string>{"a", "b", "c", "d", "e"});
  if (plain.contains(url) && *rc::gen::inRange(0, 3) == 0) {
    subject.remove(url);
    plain.erase(url);
  } else {
    plain[url] = any_document();
    subject.put(url, plain[url]);
  }
}

void change_in_a_transaction(Subject& subject, Plain& plain) {
  Plain changed = plain;
  RC_ASSERT(subject.store().begin().has_value());
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) change(subject, changed);
  if (*rc::gen::arbitrary<bool>()) {
    RC_ASSERT(subject.store().commit().has_value());
    plain = changed;
  } else {
    subject.store().rollback();
  }
}

RC_GTEST_PROP(PassageIndex, AnswersWhatCountingAnswers, ()) {
  Subject subject;
  Plain plain;
  for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
    switch (*rc::gen::inRange(0, 6)) {
      case 0: RC_ASSERT(subject.store().settle().has_value()); break;
      case 1: subject.open(); break;
      case 2: change_in_a_transaction(subject, plain); break;
      default: change(subject, plain);
    }
  }
  check(subject.store(), plain);
  RC_ASSERT(subject.store().settle().has_value());
  check(subject.store(), plain);
}

}  // namespace
}  // namespace muai
