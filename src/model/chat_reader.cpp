// Every chunk is parsed into memory on the stack and forgotten; only text, usage and the reason of
// the end are kept. What contradicts the protocol ends the answer; what is merely unknown is read
// over.

#include "model/chat_reader.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "model/endpoint_error.h"
#include "model/openai_wire.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kObjectBytesMax = std::size_t{8} << 20;
constexpr std::size_t kChunkMemory = 4096;  // enough for the chunk of one token

const json::object* object_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

// Reasoning is shown by no endpoint under one name.
bool has_reasoning(const json::object& delta) {
  return !text_in(delta, "reasoning_content").empty() || !text_in(delta, "reasoning").empty();
}

}  // namespace

ChatReader::ChatReader(const OpenAiEndpoint& endpoint, std::size_t text_bytes_max,
                       ChatProgress progress)
    : endpoint_(endpoint),
      text_bytes_max_(text_bytes_max),
      progress_(std::move(progress)),
      sink_([this](const SseEvent& event) { return take_event(event.data); }) {}

// The first byte that is not blank tells; an event stream never begins with a brace.
ChatReader::Form ChatReader::form_of(std::string_view bytes) const {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Form::Unknown;
  return bytes[first] == '{' ? Form::Object : Form::Stream;
}

Result<void> ChatReader::read(std::string_view bytes) {
  if (form_ == Form::Unknown) form_ = form_of(bytes);
  if (form_ != Form::Object) {
    Result<void> read = events_.read(bytes, sink_);
    if (read || failure_) return read;
    std::string message = endpoint_message(endpoint_, read.error().message());
    return give_up({.cause = FailureCause::Endpoint,
                    .error = std::move(read).error().with_message(std::move(message))});
  }
  body_ += bytes;
  if (body_.size() <= kObjectBytesMax) return {};
  return give_up({.cause = FailureCause::Endpoint,
                  .error = Error(ErrorCode::LimitExceeded,
                                 endpoint_message(endpoint_, "its answer is too large"))});
}

Result<void> ChatReader::take_event(std::string_view data) {
  if (is_done_) return {};
  if (data == "[DONE]") {
    is_done_ = true;
    return {};
  }
  std::array<unsigned char, kChunkMemory> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code failed;
  const json::value value =
      json::parse(json::string_view(data.data(), data.size()), failed, &memory, options);
  const json::object* object = failed ? nullptr : value.if_object();
  if (!object) return give_up(nonsense(endpoint_, "an event of its stream is no JSON object"));
  return take_object(*object);
}

Result<void> ChatReader::take_object(const json::object& object) {
  const json::value* error = object.if_contains("error");
  if (error && !error->is_null()) {
    return give_up(failure_in_stream(endpoint_, read_complaint(*error)));
  }
  if (auto usage = read_usage(object)) usage_ = usage;
  const json::value* choices = object.if_contains("choices");
  if (!choices || !choices->is_array()) return {};
  for (const json::value& choice : choices->get_array()) {
    if (const json::object* found = choice.if_object()) MUAI_TRY_VOID(take_choice(*found));
  }
  return {};
}

Result<void> ChatReader::take_choice(const json::object& choice) {
  const json::value* index = choice.if_contains("index");
  if (index && index->is_int64() && index->get_int64() != 0) return {};
  const json::object* delta = object_in(choice, "delta");
  if (!delta) delta = object_in(choice, "message");
  if (delta) {
    const std::string_view text = text_in(*delta, "content");
    if (progress_.on_token && (!text.empty() || has_reasoning(*delta))) progress_.on_token();
    if (!text.empty()) MUAI_TRY_VOID(add_text(text));
  }
  const std::string_view reason = text_in(choice, "finish_reason");
  return reason.empty() ? Result<void>() : take_finish(reason);
}

Result<void> ChatReader::take_finish(std::string_view reason) {
  if (reason == "content_filter") {
    return give_up(
        {.cause = FailureCause::Request,
         .error = Error(ErrorCode::Refused, endpoint_message(endpoint_,
                                                             "its content filter ended the "
                                                             "answer"))});
  }
  finish_ = reason == "length" ? FinishReason::Length : FinishReason::Stop;
  return {};
}

Result<void> ChatReader::add_text(std::string_view piece) {
  if (text_.text().size() + piece.size() > text_bytes_max_) {
    return give_up(
        {.cause = FailureCause::Endpoint,
         .error = Error(
             ErrorCode::LimitExceeded,
             endpoint_message(endpoint_, fmt::format("it wrote more than the {} bytes that the "
                                                     "tokens asked for can be",
                                                     text_bytes_max_)))});
  }
  show(text_.add(piece));
  return {};
}

void ChatReader::show(std::string_view text) {
  if (text.empty() || !progress_.on_text) return;
  showed_text_ = true;
  progress_.on_text(text);
}

Result<void> ChatReader::give_up(ExchangeFailure failure) {
  Error error = failure.error;
  failure_.emplace(std::move(failure));
  return std::unexpected(std::move(error));
}

Exchange<ChatReply> ChatReader::finish() {
  if (!failure_ && form_ == Form::Object && take_event(body_)) is_done_ = true;
  if (!failure_ && !is_complete()) {
    failure_ =
        nonsense(endpoint_, form_ == Form::Unknown ? "its answer is empty"
                                                   : "its answer ended before it was complete");
  }
  if (failure_) {
    failure_->showed_text = showed_text_;
    return std::unexpected(*std::move(failure_));
  }
  show(text_.finish());
  return ChatReply{
      .text = text_.take(), .finish = finish_.value_or(FinishReason::Stop), .usage = usage_};
}

}  // namespace muai
