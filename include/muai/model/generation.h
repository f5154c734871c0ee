#pragma once

// What is asked of a model and what it answers. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/usage.h"
#include "muai/model/extractive.h"

namespace muai {

enum class ChatRole : std::uint8_t { System, User, Assistant };

// "system", "user", "assistant".
std::string_view to_string(ChatRole role);

struct ChatMessage {
  ChatRole role = ChatRole::User;
  std::string text;
  bool operator==(const ChatMessage&) const = default;
};

// The task behind a prompt, for the backend that has no weights: it answers with sentences of
// these sources. Models with weights read `messages`, which say the same in words.
struct Grounding {
  enum class Kind : std::uint8_t { Answer, Summary };
  struct Source {
    std::string url;
    std::string title;
    std::string text;                    // valid UTF-8
    std::vector<ByteSpan> allowed = {};  // as in SourceText
  };
  Kind kind = Kind::Answer;
  std::string question;  // may be empty for a summary
  std::vector<Source> sources;
  std::size_t sentences_max = 3;
  std::size_t code_points_max = 900;
};

struct GenerateRequest {
  std::vector<ChatMessage> messages;
  std::int64_t tokens_max = 1024;
  double temperature = 0.7;  // 0 to 2
  std::optional<double> top_p = {};
  std::optional<std::int64_t> seed = {};
  std::vector<std::string> stop = {};  // texts that end the generation, at most 4
  // A JSON Schema that the answer must fit; empty: free text. The reply is checked here whatever
  // the endpoint promised, so Generation::text is then valid JSON.
  std::string json_schema = {};
  std::optional<Grounding> grounding = {};
};

enum class FinishReason : std::uint8_t {
  Stop,    // the model was done
  Length,  // tokens_max or its context was reached: the text is cut
};

struct Generation {
  std::string text;
  FinishReason finish = FinishReason::Stop;
  Usage usage;        // of the attempt that answered; estimated counts are never invented
  std::string model;  // name of the ModelDescription that answered
  // From `extractive` only: the sentences that make up the text, best first. Empty with an empty
  // text when the sources hold no answer.
  std::vector<RankedSentence> quoted = {};
};

}  // namespace muai
