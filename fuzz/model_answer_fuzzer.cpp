// Any bytes as an endpoint's answer, in any pieces: a chat answer is an error or whole text that is
// what was shown, valid and bounded; embeddings and lists of models are errors or sound.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/chat_reader.h"
#include "model/endpoint_error.h"
#include "model/openai_wire.h"
#include "muai/core/check.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t kTextBytesMax = 1024;

const OpenAiEndpoint& endpoint() {
  static const OpenAiEndpoint made{.base = Url::parse("http://127.0.0.1:1/v1").value(),
                                   .model = "tiny",
                                   .name = "tiny",
                                   .redactor = Redactor({"hunter2"})};
  return made;
}

void check_error(const Error& error) {
  MUAI_CHECK(!error.message().empty());
  MUAI_CHECK(is_valid_utf8(error.message()));
  MUAI_CHECK(error.message().find("hunter2") == std::string::npos);
}

void read_chat(std::string_view body, std::size_t piece) {
  std::string shown;
  ChatReader reader(endpoint(), kTextBytesMax,
                    {.on_text =
                         [&shown](std::string_view text) {
                           MUAI_CHECK(is_valid_utf8(text));
                           shown += text;
                         },
                     .on_token = {}});
  bool failed = false;
  for (std::size_t at = 0; at < body.size() && !failed; at += piece)
    failed = !reader.read(body.substr(at, piece));
  MUAI_CHECK(!failed || reader.failure().has_value());
  auto reply = reader.finish();
  MUAI_CHECK(!failed || !reply);
  if (!reply) return check_error(reply.error().error);
  MUAI_CHECK(reply->text == shown);
  // A broken byte becomes three.
  MUAI_CHECK(reply->text.size() <= 3 * kTextBytesMax);
  MUAI_CHECK(!reply->usage || reply->usage->prompt_tokens >= 0);
}

void read_vectors(std::string_view body) {
  constexpr std::size_t kTexts = 2;
  const auto answer = read_embeddings(body, kTexts);
  if (!answer) return check_error(answer.error());
  MUAI_CHECK(answer->vectors.size() == kTexts);
  MUAI_CHECK(!answer->vectors[0].empty());
  MUAI_CHECK(answer->vectors[0].size() == answer->vectors[1].size());
}

}  // namespace
}  // namespace muai

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace muai;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  read_chat(body, std::size_t{1} + bytes[0] % 64);
  read_chat(body, std::max<std::size_t>(body.size(), 1));
  read_vectors(body);
  if (const auto models = read_models(body); !models) check_error(models.error());
  const RefusedResponse refused{.status = 400 + bytes[0] % 200,
                                .what = "/chat/completions",
                                .complaint = read_complaint(body)};
  check_error(failure_of(endpoint(), refused).error);
  return 0;
}
