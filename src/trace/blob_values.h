#pragma once

// Whole values of cut members, back from blobs/.

#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/trace/record.h"

namespace muai {

// The blob's bytes. Corrupt when they do not have the hash they are named by; InvalidInput when
// `sha256` is not the name of a blob.
Result<std::string> read_blob(const std::string& folder, std::string_view sha256);

// True for 64 lower-case hexadecimal digits: nothing else may become part of a path.
bool is_blob_name(std::string_view sha256);

// The string member at a JSON pointer, as `TruncatedValue::field` gives it; null when there is
// none.
std::string* value_at(TraceRecord& record, std::string_view pointer);

}  // namespace muai
