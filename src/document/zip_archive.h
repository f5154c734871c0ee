#pragma once

// The parts of a zip archive in memory, read by name and within bounds. Nothing is ever written to
// a disk and no name is used as a path, so links and "../" mean nothing here.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"

namespace muai {

inline constexpr std::size_t kZipEntriesMax = 10'000;
inline constexpr std::size_t kZipNameBytesMax = 1024;
inline constexpr std::size_t kZipEntryBytesMax = std::size_t{16} << 20;  // unpacked
inline constexpr std::size_t kZipTotalBytesMax = std::size_t{64} << 20;  // of all parts read
inline constexpr std::size_t kZipRatioMax = 100;  // unpacked : packed, judged above 1 MiB

class ZipArchive {
 public:
  // `bytes` outlives the archive. InvalidInput for what is no archive, is damaged, or holds two
  // parts of one name; LimitExceeded for too many parts or too long a name. Messages are clauses
  // about the file ("it is damaged: ...") for the caller to complete.
  static Result<ZipArchive> open(std::string_view bytes);

  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;
  ~ZipArchive();

  bool has(std::string_view name) const;
  // The unpacked part. NotFound when there is none, InvalidInput when it is encrypted or damaged,
  // LimitExceeded when it or all parts read so far go beyond the bounds above.
  Result<std::string> read(std::string_view name);

 private:
  struct Rep;
  explicit ZipArchive(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// True when the bytes begin as zip archives do.
bool is_zip(std::string_view bytes);

}  // namespace muai
