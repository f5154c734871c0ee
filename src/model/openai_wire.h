#pragma once

// Bodies of requests to OpenAI-compatible endpoints, and of the answers that are not streamed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/core/usage.h"
#include "muai/model/generation.h"
#include "muai/model/model.h"

namespace boost::json {
class object;
}

namespace muai {

// What an endpoint has refused to understand so far; the next request does without.
struct Dialect {
  bool names_completion_tokens = false;  // max_completion_tokens in place of max_tokens
  bool fixed_sampling = false;           // neither temperature nor top_p
  bool no_usage_option = false;          // no stream_options
  bool no_seed = false;
};

enum class SchemaForm : std::uint8_t {
  ResponseFormat,  // response_format with the request's schema, when it has one
  WordsOnly,       // the schema stands in the messages and nowhere else
};

// The body of a streamed chat request. InvalidInput names a text that is not UTF-8, InvalidConfig
// a schema that is not JSON.
Result<std::string> chat_body(std::string_view model, const GenerateRequest& request,
                              const Dialect& dialect, SchemaForm form);

// The body of a request for embeddings.
Result<std::string> embeddings_body(std::string_view model, const std::vector<std::string>& texts);

// Token counts where an endpoint states them: `usage`, else llama-server's `timings`, else Ollama's
// own counts. Absent when there are none, or no sensible ones.
std::optional<Usage> read_usage(const boost::json::object& answer);

struct EmbeddingsAnswer {
  std::vector<Embedding> vectors;  // in the order of the texts
  std::optional<Usage> usage;
};

// Vectors as arrays of numbers or as base64 of little-endian floats, put in order by `index`. The
// error's message says what is wrong: not `count` of them, one missing, of different lengths, not
// finite.
Result<EmbeddingsAnswer> read_embeddings(std::string_view body, std::size_t count);

// The names at /models.
Result<std::vector<std::string>> read_models(std::string_view body);

}  // namespace muai
