#include "model/schema_reply.h"
#include "model/whole_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <ranges>

#include "muai/core/json.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t kViolationsNamed = 10;
constexpr std::size_t kReplyCodePointsMax = 8000;  // of a reply that is sent back

std::string_view inside_fence(std::string_view text) {
  if (!text.starts_with("```")) return text;
  const std::size_t line_end = text.find('\n');
  const std::size_t close = text.rfind("```");
  if (line_end == std::string_view::npos || close <= line_end) return text;
  return without_outer_blanks(text.substr(line_end + 1, close - line_end - 1));
}

std::string_view between_brackets(std::string_view text) {
  const std::size_t begin = text.find_first_of("{[");
  const std::size_t end = text.find_last_of("}]");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return text;
  return text.substr(begin, end - begin + 1);
}

}  // namespace

std::vector<ChatMessage> with_schema_in_words(std::vector<ChatMessage> messages,
                                              std::string_view schema) {
  const std::string words = fmt::format(
      "Answer with one JSON value that fits this JSON Schema, and with nothing else:\n{}", schema);
  const auto last =
      std::find_if(messages.rbegin(), messages.rend(),
                   [](const ChatMessage& message) { return message.role == ChatRole::User; });
  if (last == messages.rend()) {
    messages.push_back({.role = ChatRole::User, .text = words});
  } else {
    last->text += "\n\n" + words;
  }
  return messages;
}

Result<std::string> find_fitting_json(std::string_view reply, const JsonSchema& schema,
                                      FinishReason finish) {
  const std::string_view whole = without_outer_blanks(reply);
  std::optional<Error> unreadable;
  for (const std::string_view candidate : {whole, inside_fence(whole), between_brackets(whole)}) {
    const auto value = parse_json(candidate);
    if (!value) {
      if (!unreadable) unreadable = value.error();
      continue;
    }
    const std::vector<SchemaViolation> violations = schema.validate(*value);
    if (violations.empty()) return std::string(candidate);
    std::string lines;
    for (const SchemaViolation& violation :
         violations | std::views::take(static_cast<std::ptrdiff_t>(kViolationsNamed))) {
      if (!lines.empty()) lines += '\n';
      lines += violation.to_string();
    }
    return fail(ErrorCode::InvalidInput, std::move(lines));
  }
  if (finish == FinishReason::Length) {
    return fail(ErrorCode::InvalidInput,
                "the answer was cut because it was too long; answer more briefly");
  }
  return fail(ErrorCode::InvalidInput, "the answer is not JSON: " + unreadable->message());
}

std::vector<ChatMessage> with_repair_asked(std::vector<ChatMessage> messages, std::string reply,
                                           std::string_view problem) {
  reply.resize(first_code_points(reply, kReplyCodePointsMax).size());
  messages.push_back({.role = ChatRole::Assistant, .text = std::move(reply)});
  messages.push_back(
      {.role = ChatRole::User,
       .text = fmt::format("That answer does not fit:\n{}\nGive the whole answer again, corrected, "
                           "as one JSON value and with nothing else.",
                           problem)});
  return messages;
}

}  // namespace muai
