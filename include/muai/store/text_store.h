#pragma once

// TextStore: the extracted texts that answers were made from, kept by the hash of their bytes, so
// that a citation can be shown and checked long after the page has changed or gone.
//
// The total size is capped: the texts stored longest ago are dropped first. Several processes may
// use one store at a time. One TextStore belongs to one thread at a time; every call may touch the
// disk, so call it on a pool thread. Errors are those of Database.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/store/database.h"

namespace muai {

struct StoredText {
  std::string sha256;  // of `text`, 64 lower-case hexadecimal digits
  std::string url;     // where it was read last
  std::string title;
  double retrieved_at = 0;  // Unix seconds of that reading
  std::string text;
};

class TextStore {
 public:
  static constexpr std::int64_t kBytesMax = 512 << 20;

  // Opens or creates `data_dir`/texts.db. `bytes_max` caps the sum of the texts' sizes.
  static Result<TextStore> open(const std::filesystem::path& data_dir,
                                std::int64_t bytes_max = kBytesMax);

  // Stores `text` and returns its hash. A text that is there already takes the new url, title and
  // time, and counts as new for eviction. A text larger than the cap is refused (LimitExceeded).
  Result<std::string> put(std::string_view text, std::string url, std::string title,
                          double retrieved_at);

  // Empty when the text was never stored or has been dropped. Corrupt when the stored bytes no
  // longer have this hash.
  Result<std::optional<StoredText>> find(std::string_view sha256);

  // Forgets one text; false when it was not there.
  Result<bool> remove(std::string_view sha256);

  // Sum of the sizes of all texts.
  Result<std::int64_t> stored_bytes();

 private:
  TextStore(Database database, std::int64_t bytes_max);
  Database database_;
  std::int64_t bytes_max_;
};

}  // namespace muai
