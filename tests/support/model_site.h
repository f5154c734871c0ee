#pragma once

// An OpenAI-compatible model over a network in memory and in virtual time.

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/model/openai_model.h"
#include "tests/support/fetch_site.h"

namespace muai::testing {

// `data` as one event of a stream, its line breaks dropped.
inline std::string event(std::string_view data) {
  std::string line = "data: ";
  for (const char c : data)
    if (c != '\n') line += c;
  return line + "\n\n";
}

// The chunk of a chat stream with one piece of text, which must need no escaping.
inline std::string text_chunk(std::string_view text) {
  return event(R"({"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":)"
               R"({"content":")" +
               std::string(text) + R"("},"finish_reason":null}]})");
}
inline std::string finish_chunk(std::string_view reason = "stop") {
  return event(R"({"choices":[{"index":0,"delta":{},"finish_reason":")" + std::string(reason) +
               "\"}]}");
}
inline std::string usage_chunk(int prompt, int completion) {
  return event(R"({"choices":[],"usage":{"prompt_tokens":)" + std::to_string(prompt) +
               R"(,"completion_tokens":)" + std::to_string(completion) + R"(,"total_tokens":)" +
               std::to_string(prompt + completion) + "}}");
}
inline constexpr std::string_view kDone = "data: [DONE]\n\n";

inline FakeAnswer stream_answer(std::vector<std::string> chunks) {
  FakeAnswer answer;
  answer.headers = {{"Content-Type", "text/event-stream"}};
  answer.chunks = std::move(chunks);
  return answer;
}
// A whole answer whose text comes in these pieces.
inline FakeAnswer spoken(const std::vector<std::string>& pieces) {
  std::vector<std::string> chunks;
  for (const std::string& piece : pieces) chunks.push_back(text_chunk(piece));
  chunks.push_back(finish_chunk());
  chunks.push_back(usage_chunk(10, 3));
  chunks.emplace_back(kDone);
  return stream_answer(std::move(chunks));
}
inline FakeAnswer refusal(int status, std::string body, HttpHeaders headers = {}) {
  FakeAnswer answer;
  answer.status = status;
  answer.headers = std::move(headers);
  answer.headers.add({"Content-Type", "application/json"});
  answer.chunks = {std::move(body)};
  return answer;
}

struct ModelSite : FetchSite {
  static constexpr std::string_view kBase = "http://127.0.0.1:11434/v1";

  ModelSite() {
    description.name = "tiny";
    description.capabilities = {"generate", "embed"};
    description.backend = ModelBackend::OpenAi;
    description.base_url = kBase;
    description.model_path = "qwen2.5:0.5b";
  }

  Model& model() {
    if (!model_) model_ = make_openai_model(loop, *fetcher, description, options);
    return *model_;
  }
  void on_chat(FakeAnswer answer) {
    net.set_answer(std::string(kBase) + "/chat/completions", std::move(answer));
  }
  // Whatever is asked from now on.
  void answer_with(FakeAnswer answer) { net.set_default(std::move(answer)); }
  void on_embeddings(FakeAnswer answer) {
    net.set_answer(std::string(kBase) + "/embeddings", std::move(answer));
  }
  void on_models(std::string body) {
    net.set_answer(std::string(kBase) + "/models", refusal(200, std::move(body)));
  }

  ModelCall call() {
    ModelCall made;
    made.stop = stop.get_token();
    made.deadline = deadline;
    made.on_text = [this](std::string_view text) { shown.emplace_back(text); };
    made.on_usage = [this](const Usage& usage) { used += usage; };
    made.on_event = [this](ModelEvent its) { events.push_back(std::move(its)); };
    return made;
  }
  Result<Generation> ask(GenerateRequest request) {
    return loop.run(model().generate(std::move(request), call()));
  }
  Result<Generation> ask(std::string question = "Why?") {
    return ask(GenerateRequest{.messages = {{.role = ChatRole::User, .text = question}}});
  }
  Result<std::vector<Embedding>> embed(std::vector<std::string> texts) {
    return loop.run(model().embed(std::move(texts), call()));
  }
  // The error of asking; Contract when there was none.
  Error error_of_asking() {
    auto answer = ask();
    return answer ? Error(ErrorCode::Contract, "answered: " + answer->text) : answer.error();
  }
  boost::json::value sent(std::size_t index) const {
    return boost::json::parse(net.seen().at(index).body);
  }

  ModelDescription description;
  BreakerTable breakers{loop, {.failures_max = 1'000}};
  OpenAiOptions options{.breakers = &breakers};
  TimePoint deadline = kNever;
  std::vector<std::string> shown;
  std::vector<ModelEvent> events;
  Usage used;

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace muai::testing
