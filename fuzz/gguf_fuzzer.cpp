// Any bytes as a GGUF file: a header whose numbers are within bounds, or a typed error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/check.h"
#include "muai/model/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(bytes), size);
  const muai::Result<muai::GgufHeader> header = muai::parse_gguf_header(file);
  if (!header) {
    MUAI_CHECK(header.error().code() == muai::ErrorCode::Corrupt);
    return 0;
  }
  MUAI_CHECK(!header->architecture.empty());
  MUAI_CHECK(header->weight_bytes >= 0 && header->weight_bytes <= header->file_bytes);
  MUAI_CHECK(header->parameters >= 0 && header->layers >= 0 && header->context_tokens >= 0);
  MUAI_CHECK(muai::cache_mb(*header, 1 << 20) >= 0);
  return 0;
}
