#pragma once

// Answers that must fit a JSON Schema: asked for in words, found in the reply, checked, and sent
// back once with what is wrong.

#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/model/generation.h"
#include "muai/text/json_schema.h"

namespace muai {

// The messages with the schema in words, at the end of the last message of the user: some chat
// templates know no system role.
std::vector<ChatMessage> with_schema_in_words(std::vector<ChatMessage> messages,
                                              std::string_view schema);

// The JSON in a reply: the whole, what a code fence holds, or from the first bracket to the last.
// InvalidInput says what does not fit, a violation a line, at most ten.
Result<std::string> find_fitting_json(std::string_view reply, const JsonSchema& schema,
                                      FinishReason finish);

// The messages that send `reply` back. `problem` is the message of find_fitting_json.
std::vector<ChatMessage> with_repair_asked(std::vector<ChatMessage> messages, std::string reply,
                                           std::string_view problem);

}  // namespace muai
