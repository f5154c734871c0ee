#pragma once

// TextArchive: the texts that answers are made from, put away by their hash while a run is going
// on. A thin lock around the store's TextStore, so that pool jobs of several runs can share it.
// Private to the engine.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/store/text_store.h"
#include "muai/tool/page.h"

namespace muai {

class TextArchive {
 public:
  explicit TextArchive(TextStore store) : store_(std::move(store)) {}

  // Stores the whole text behind the page; returns its hash. Touches the disk: pool thread.
  Result<std::string> put(const Page& page);

  // Thread-safe; touches the disk.
  Result<std::optional<StoredText>> find(std::string_view sha256);

 private:
  std::mutex mutex_;
  TextStore store_;
};

}  // namespace muai
