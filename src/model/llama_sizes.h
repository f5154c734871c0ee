#pragma once

// How much memory a llama model takes: reckoned from its header, asked of llama-fit-params,
// remembered from the last time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muai/model/gguf.h"
#include "muai/model/model.h"

namespace muai {

// What decides about the size besides the file.
struct LlamaShape {
  std::int64_t context_tokens = 0;  // of one request
  std::int64_t requests = 1;        // at a time
  Placement placement;
  bool operator==(const LlamaShape&) const = default;
};

// Weights, cache and work space, a tenth more, and what the process itself takes.
MemoryUse reckoned_size(const GgufHeader& header, const LlamaShape& shape);

// The table that llama-fit-params prints, a line for each device: name and the megabytes of
// weights, cache and work space. Absent when it is no such table.
std::optional<MemoryUse> fitted_size(std::string_view table);

// For FileNotes: what is remembered under which name.
std::string size_note_name(const std::string& file_identity, const LlamaShape& shape);
std::string size_note(MemoryUse measured);
std::optional<MemoryUse> noted_size(std::string_view note);

}  // namespace muai
