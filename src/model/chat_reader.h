#pragma once

// Reads the answer to a chat request while it arrives.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/openai_endpoint.h"
#include "model/retry.h"
#include "model/whole_text.h"
#include "muai/core/usage.h"
#include "muai/model/generation.h"
#include "muai/net/sse.h"

namespace muai {

// What an endpoint answered to one chat request.
struct ChatReply {
  std::string text;
  FinishReason finish = FinishReason::Stop;
  std::optional<Usage> usage;  // absent when the endpoint did not say
};

// What is told while the answer arrives. Each may be empty.
struct ChatProgress {
  std::function<void(std::string_view)> on_text;
  std::function<void()> on_token;  // text or reasoning: the model is at work
};

// One answer: a stream of events, or, from endpoints that do not stream, one JSON object.
class ChatReader {
 public:
  // `endpoint` must outlive the reader. More text than `text_bytes_max` is LimitExceeded.
  ChatReader(const OpenAiEndpoint& endpoint, std::size_t text_bytes_max, ChatProgress progress);

  // The next bytes of the body. An error ends the exchange; `failure` then says more.
  Result<void> read(std::string_view bytes);

  // The end of the body.
  Exchange<ChatReply> finish();

  // The answer is whole, whatever else may come.
  bool is_complete() const { return is_done_ || finish_.has_value(); }
  // The endpoint has said its last word.
  bool is_done() const { return is_done_; }
  bool showed_text() const { return showed_text_; }
  // Why `read` failed, or what the stream held in place of an answer.
  std::optional<ExchangeFailure>& failure() { return failure_; }
  const std::optional<Usage>& usage() const { return usage_; }

 private:
  enum class Form : std::uint8_t { Unknown, Stream, Object };

  Result<void> take_event(std::string_view data);
  Result<void> take_object(const boost::json::object& object);
  Result<void> take_choice(const boost::json::object& choice);
  Result<void> take_finish(std::string_view reason);
  Result<void> add_text(std::string_view piece);
  void show(std::string_view text);
  Result<void> give_up(ExchangeFailure failure);
  Form form_of(std::string_view bytes) const;

  const OpenAiEndpoint& endpoint_;
  std::size_t text_bytes_max_;
  ChatProgress progress_;
  SseReader events_;
  SseSink sink_;
  WholeText text_;
  std::string body_;  // of the Object form
  Form form_ = Form::Unknown;
  std::optional<FinishReason> finish_;
  std::optional<Usage> usage_;
  std::optional<ExchangeFailure> failure_;
  bool is_done_ = false;
  bool showed_text_ = false;
};

}  // namespace muai
