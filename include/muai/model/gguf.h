#pragma once

// What a GGUF file says about its model, read without loading it.
//
// Reads the header (keys and tensor list) of versions 2 and 3 and none of the weights. The file is
// somebody else's: every count, length and offset is checked against the bytes that are there
// before it is believed, nothing is allocated by a number of the file, at most 256 MiB are read.
// Thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

struct GgufHeader {
  std::uint32_t version = 3;
  std::string architecture;  // "llama", "bert", "qwen2": never empty
  std::string name;          // may be empty
  std::int64_t file_bytes = 0;
  std::int64_t weight_bytes = 0;  // of the tensors of this file
  std::int64_t parameters = 0;    // numbers in them
  std::int64_t parts = 1;         // files that the model is split into; this is one of them

  // Zero where the file does not say.
  std::int64_t context_tokens = 0;  // that it was trained for
  std::int64_t layers = 0;
  std::int64_t embedding_length = 0;
  std::int64_t heads = 0;
  std::int64_t vocabulary = 0;

  // Numbers that each token of the context takes in the cache, all layers together; zero for
  // models without one (encoders).
  std::int64_t cache_numbers_per_token = 0;

  bool has_chat_template = false;
  bool is_encoder = false;  // gives vectors, no text

  // Of the matrices, by what their tensors are and not by what the file is called: the type that
  // most of the numbers have ("F16", "Q8_0", "Q4_K"), and the bits that a number takes.
  std::string weight_type;
  double bits_per_weight = 0;
};

// Blocks. NotFound; Io; Corrupt, saying what is wrong and at which byte, also for files that are
// no GGUF and for those that end before their last tensor.
Result<GgufHeader> read_gguf_header(const std::string& path);

// The same for a file that lies in memory.
Result<GgufHeader> parse_gguf_header(std::string_view file);

// Megabytes that the cache of `context_tokens` tokens takes, in half precision.
std::int64_t cache_mb(const GgufHeader& header, std::int64_t context_tokens);

}  // namespace muai
