#pragma once

// Walks the lines of one file, from either end, with one block and one line in memory.

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/trace/reader.h"

namespace muai {

// Longer lines are reported without their text. Ours are at most 64 KiB; those of the earlier
// system had no limit.
inline constexpr std::size_t kReadLineBytesMax = 16 * 1024 * 1024;

struct FileLine {
  std::string_view text;  // without its newline; valid during the visit
  off_t offset = 0;       // of its first byte
  bool is_overlong = false;
};

// Goes over the file as it is when the walk begins; the last line may lack its newline. Returns
// Stop when the visitor stopped it. A file that is gone has no lines.
using LineVisitor = std::function<Walk(const FileLine&)>;
Result<Walk> walk_lines(const std::string& path, WalkOrder order, const LineVisitor& visit);

// Nothing but blanks: a purged line.
bool is_blank_line(std::string_view line);

// True when `text` holds `part`, whatever the case of ASCII letters.
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace muai
