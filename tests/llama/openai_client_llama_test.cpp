// Our client against a real llama-server on a UNIX socket: what the scripted server of the other
// tests imitates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "model/openai_client.h"
#include "muai/async/asio_loop.h"
#include "muai/async/process.h"
#include "muai/async/sleep.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_gguf.h"

namespace muai {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace muai::testing;
using ::testing::HasSubstr;

constexpr std::string_view kOrigin = "http://llama.localhost";

struct LlamaClient : ::testing::Test {
  void TearDown() override { server.reset(); }

  // Starts the server of MUAI_LLAMA_SERVER with a tiny model and waits until it is ready.
  void serve(TinyArchitecture architecture, std::vector<std::string> flags = {}) {
    const char* program = std::getenv("MUAI_LLAMA_SERVER");
    ASSERT_NE(program, nullptr) << "MUAI_LLAMA_SERVER names the server";
    std::ofstream(folder / "tiny.gguf", std::ios::binary)
        << tiny_gguf({.architecture = architecture});
    ProcessOptions process;
    process.argv = {program,
                    "-m",
                    folder / "tiny.gguf",
                    "--host",
                    folder / "m.sock",
                    "-t",
                    "1",
                    "-c",
                    "512",
                    "-np",
                    "1",
                    "--no-ui",
                    "--offline",
                    "--cache-ram",
                    "0",
                    "-fit",
                    "off"};
    process.argv.insert(process.argv.end(), flags.begin(), flags.end());
    process.environment = {{"OMP_WAIT_POLICY", "PASSIVE"}, {"LLAMA_API_KEY", "the-key"}};
    process.inherited_environment = {"PATH"};
    auto launched = loop.run(spawner.launch(std::move(process)));
    ASSERT_TRUE(launched) << launched.error().message();
    server.emplace(*std::move(launched));
    ASSERT_TRUE(fetcher->add_origin({.url = std::string(kOrigin),
                                     .unix_socket = folder / "m.sock",
                                     .headers = {{"Authorization", "Bearer the-key"}}}));
    for (int i = 0; i < 600 && get("/health").value_or("") != "200"; ++i) {
      ASSERT_FALSE(server->exit()) << server->output_tail();
      ASSERT_TRUE(loop.run(sleep_for(loop, 50ms, {})));
    }
    client.emplace(loop, *fetcher,
                   OpenAiEndpoint{.base = Url::parse(std::string(kOrigin) + "/v1").value(),
                                  .model = "tiny",
                                  .name = "tiny"});
  }

  // "200" for /health, else the body.
  Result<std::string> get(const std::string& path) {
    HttpRequest request{.url = Url::parse(std::string(kOrigin) + path).value(),
                        .egress = Egress::Configured};
    auto response = loop.run(fetcher->fetch(std::move(request), {}));
    if (!response) return std::unexpected(response.error());
    return path == "/health" ? std::to_string(response->status) : response->body;
  }
  bool is_busy() {
    const json::value slots = json::parse(get("/slots").value());
    return slots.at(0).at("is_processing").as_bool();
  }

  ModelCall call() {
    ModelCall made;
    made.stop = stop.get_token();
    made.deadline = loop.now() + 60s;
    made.on_text = [this](std::string_view text) {
      shown += text;
      if (on_token) on_token();
    };
    return made;
  }
  static GenerateRequest request(std::string question, std::int64_t tokens_max) {
    return {.messages = {{.role = ChatRole::User, .text = std::move(question)}},
            .tokens_max = tokens_max,
            .seed = 7};
  }

  AsioLoop loop;
  Spawner spawner{loop};
  std::unique_ptr<CurlTransport> transport = CurlTransport::create(loop).value();
  std::unique_ptr<Fetcher> fetcher = Fetcher::create(loop, *transport, {}).value();
  TemporaryFolder folder;
  std::optional<ChildProcess> server;
  std::optional<OpenAiClient> client;
  std::stop_source stop;
  std::string shown;
  std::function<void()> on_token;
};

TEST_F(LlamaClient, StreamsAndCounts) {
  serve(TinyArchitecture::Llama);
  const auto answer = loop.run(client->generate(request("Why?", 24), call()));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, shown);
  EXPECT_FALSE(answer->text.empty());
  EXPECT_EQ(answer->finish, FinishReason::Length);
  EXPECT_EQ(answer->usage.completion_tokens, 24);
  EXPECT_GT(answer->usage.prompt_tokens, 0);
  const auto names = loop.run(client->list_models(call()));
  ASSERT_TRUE(names) << names.error().message();
  EXPECT_EQ(names->size(), 1u);
}

TEST_F(LlamaClient, ASchemaIsKeptByTheServerAndChecked) {
  serve(TinyArchitecture::Llama);
  GenerateRequest fitting = request("Choose.", 64);
  fitting.json_schema =
      R"({"type":"object","properties":{"choice":{"enum":["yes","no"]}},"required":["choice"],)"
      R"("additionalProperties":false})";
  const auto answer = loop.run(client->generate(fitting, call()));
  ASSERT_TRUE(answer) << answer.error().message();
  const json::value value = json::parse(answer->text);
  EXPECT_TRUE(value.at("choice") == "yes" || value.at("choice") == "no") << answer->text;
  EXPECT_EQ(shown, answer->text);
}

TEST_F(LlamaClient, StoppingMakesTheServerIdle) {
  serve(TinyArchitecture::Llama, {"--slots"});
  on_token = [this] { stop.request_stop(); };
  const auto answer = loop.run(client->generate(request("Go on.", 480), call()));
  if (!answer) EXPECT_EQ(answer.error().code(), ErrorCode::Cancelled);
  for (int i = 0; i < 400 && is_busy(); ++i) ASSERT_TRUE(loop.run(sleep_for(loop, 10ms, {})));
  EXPECT_FALSE(is_busy());
}

TEST_F(LlamaClient, APromptBeyondTheContextIsInvalidInput) {
  serve(TinyArchitecture::Llama);
  const auto answer = loop.run(client->generate(request(std::string(2'000, 'x'), 16), call()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(answer.error().message(), HasSubstr("context"));
}

TEST_F(LlamaClient, AServerThatDoesNotEmbedSaysSo) {
  serve(TinyArchitecture::Llama);
  const auto vectors = loop.run(client->embed({"a"}, call()));
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code(), ErrorCode::InvalidConfig) << vectors.error().message();
}

TEST_F(LlamaClient, EmbedsAndEqualTextsAreEqual) {
  serve(TinyArchitecture::Bert, {"--embeddings"});
  const auto vectors = loop.run(client->embed({"the sky", "a stone", "the sky"}, call()));
  ASSERT_TRUE(vectors) << vectors.error().message();
  ASSERT_EQ(vectors->size(), 3u);
  EXPECT_EQ((*vectors)[0].size(), 256u);
  double difference = 0;
  for (std::size_t i = 0; i < 256; ++i) difference += std::abs((*vectors)[0][i] - (*vectors)[2][i]);
  EXPECT_LT(difference, 1e-2);
}

TEST_F(LlamaClient, TheDeathOfTheServerEndsTheCall) {
  serve(TinyArchitecture::Llama);
  on_token = [this] { server->terminate(); };
  ModelCall made = call();
  const auto answer = loop.run(client->generate(request("Go on.", 400), std::move(made)));
  if (!answer) EXPECT_NE(answer.error().code(), ErrorCode::Contract);
  server.reset();
  const auto gone = loop.run(client->generate(request("Still there?", 4), call()));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::Network) << gone.error().message();
}

}  // namespace
}  // namespace muai
