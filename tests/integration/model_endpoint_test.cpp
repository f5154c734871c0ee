// Models behind real HTTP on 127.0.0.1 and on a UNIX socket: three dialects, and every way in which
// our server can misbehave.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "model/openai_client.h"
#include "muai/async/asio_loop.h"
#include "muai/async/sleep.h"
#include "muai/model/openai_model.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"
#include "tests/support/model_server.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using namespace muai::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct ModelEndpoint : ::testing::Test {
  void serve(ModelServerOptions with = {}) { server = std::make_unique<ModelServer>(with); }

  Model& model() {
    if (model_) return *model_;
    description.name = "remote";
    description.capabilities = {"generate", "embed"};
    description.backend = ModelBackend::OpenAi;
    description.base_url = server->base_url();
    if (description.model_path.empty()) description.model_path = "tiny";
    options.find_variable = [this](std::string_view) { return key; };
    model_ = make_openai_model(loop, *fetcher, description, options);
    return *model_;
  }
  ModelCall call() {
    ModelCall made;
    made.stop = stop.get_token();
    made.deadline = loop.now() + 30s;
    made.on_text = [this](std::string_view text) {
      shown.emplace_back(text);
      if (on_token) on_token();
    };
    made.on_usage = [this](const Usage& usage) { used += usage; };
    return made;
  }
  static GenerateRequest request(std::string question = "Why is the sky blue?") {
    return {.messages = {{.role = ChatRole::User, .text = std::move(question)}}};
  }
  Result<Generation> ask(GenerateRequest asked = request()) {
    return loop.run(model().generate(std::move(asked), call()));
  }
  // What became of a request that goes wrong, without another try.
  ErrorCode code_of(Fault fault) {
    options.retries.tries_max = 1;
    server->fail_next({fault});
    const auto answer = ask();
    return answer ? ErrorCode::Contract : answer.error().code();
  }

  std::unique_ptr<ModelServer> server;
  AsioLoop loop;
  std::unique_ptr<CurlTransport> transport = CurlTransport::create(loop).value();
  std::unique_ptr<Fetcher> fetcher = Fetcher::create(loop, *transport, {}).value();
  BreakerTable breakers{loop, {.failures_max = 1'000}};
  ModelDescription description;
  OpenAiOptions options{.retries = {.delay_first = 1ms}, .breakers = &breakers};
  std::optional<std::string> key;
  std::stop_source stop;
  std::function<void()> on_token;
  std::vector<std::string> shown;
  Usage used;

 private:
  std::unique_ptr<Model> model_;
};

TEST_F(ModelEndpoint, EveryDialectStreamsAndCounts) {
  for (const ServerDialect dialect :
       {ServerDialect::LlamaServer, ServerDialect::Ollama, ServerDialect::Cloud}) {
    const ModelServer its({.dialect = dialect});
    description.base_url = its.base_url();
    description.model_path = "tiny";
    shown.clear();
    const auto remote = make_openai_model(loop, *fetcher, description, options);
    const auto answer = loop.run(remote->generate(request(), call()));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->text, "The sky is blue.");
    EXPECT_THAT(shown, ElementsAre("The", " sky", " is", " blue", "."));
    EXPECT_EQ(answer->usage, (Usage{.prompt_tokens = 6, .completion_tokens = 5}));
    const auto vectors = loop.run(remote->embed({"a", "bcd"}, call()));
    ASSERT_TRUE(vectors) << vectors.error().message();
    EXPECT_THAT(*vectors, ElementsAre(ElementsAre(1, 1, 0.5), ElementsAre(1, 3, 1.5)));
  }
}

TEST_F(ModelEndpoint, ConnectionsAreUsedAgain) {
  serve();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ask());
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(ModelEndpoint, StoppingMakesTheServerStop) {
  serve({.token_delay = 20ms});
  server->fail_next({Fault::Endless});
  on_token = [this] {
    if (shown.size() == 3) stop.request_stop();
  };
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Cancelled);
  for (int i = 0; i < 500 && server->abandoned() == 0; ++i)
    ASSERT_TRUE(loop.run(sleep_for(loop, 10ms, {})));
  EXPECT_EQ(server->abandoned(), 1);
}

TEST_F(ModelEndpoint, TokensMaxAndSchemasReachTheServer) {
  serve();
  auto brief = request();
  brief.tokens_max = 2;
  const auto cut = ask(std::move(brief));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->finish, FinishReason::Length);
  EXPECT_EQ(cut->text, "The sky");
  auto fitting = request();
  fitting.json_schema = R"({"type":"object","required":["n"]})";
  EXPECT_EQ(ask(std::move(fitting))->text, R"({"n":3})");
}

TEST_F(ModelEndpoint, TheKeyIsSentAndRepeatedByNoMessage) {
  serve({.dialect = ServerDialect::Cloud, .key = "a-very-secret-key"});
  description.key_env = "CLOUD_KEY";
  key = "a-very-secret-key";
  EXPECT_TRUE(ask());
}

TEST_F(ModelEndpoint, AWrongKeyIsRefusedWithItsPlace) {
  serve({.dialect = ServerDialect::Cloud, .key = "the-right-one"});
  description.key_env = "CLOUD_KEY";
  key = "the-wrong-one";
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(answer.error().message(),
              AllOf(HasSubstr("CLOUD_KEY"), Not(HasSubstr("the-wrong-one"))));
}

TEST_F(ModelEndpoint, AModelThatIsNotThereListsWhatIs) {
  serve({.dialect = ServerDialect::Ollama, .model = "qwen2.5:0.5b"});
  description.model_path = "qwen2.5:7b";
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(answer.error().message(), HasSubstr("'qwen2.5:0.5b'"));
}

TEST_F(ModelEndpoint, ATooLongPromptIsInvalidInputInEveryDialect) {
  std::string prompt;
  for (int i = 0; i < 2'000; ++i) prompt += "is it so ";
  for (const ServerDialect dialect :
       {ServerDialect::LlamaServer, ServerDialect::Ollama, ServerDialect::Cloud}) {
    const ModelServer its({.dialect = dialect, .context_tokens = 1'024});
    description.base_url = its.base_url();
    description.model_path = "tiny";
    const auto remote = make_openai_model(loop, *fetcher, description, options);
    const auto answer = loop.run(remote->generate(request(prompt), call()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::InvalidInput) << answer.error().message();
    EXPECT_THAT(answer.error().message(), HasSubstr("context"));
  }
}

TEST_F(ModelEndpoint, EveryFaultIsATypedError) {
  serve();
  EXPECT_EQ(code_of(Fault::CutInEvent), ErrorCode::Network);
  EXPECT_EQ(code_of(Fault::CutBetween), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::Malformed), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::HugeToken), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of(Fault::Endless), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of(Fault::NulBytes), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::ErrorInStream), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::WrongType), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::Busy), ErrorCode::Upstream);
  EXPECT_EQ(code_of(Fault::ServerError), ErrorCode::Upstream);
  EXPECT_TRUE(ask()) << "the model is as good as before";
}

TEST_F(ModelEndpoint, TextIsShownWhenItArrivesAndSilenceEndsAtItsBound) {
  serve();
  options.deadlines = {.first_token_max = 1'500ms, .token_gap_max = 300ms};
  EXPECT_EQ(code_of(Fault::Silent), ErrorCode::Timeout);
  EXPECT_TRUE(shown.empty());
  EXPECT_EQ(code_of(Fault::Stalls), ErrorCode::Timeout);
  EXPECT_THAT(shown, ElementsAre("The"));
}

TEST_F(ModelEndpoint, HarmlessFaultsDoNotSpoilTheAnswer) {
  serve({.tokens = {"你好", "😀"}});
  for (const Fault fault : {Fault::WrongUsage, Fault::NoUsage, Fault::SplitCodePoints,
                            Fault::InvalidUtf8, Fault::Lingers}) {
    server->fail_next({fault});
    shown.clear();
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->text, fault == Fault::InvalidUtf8 ? "你好\uFFFD\uFFFD😀" : "你好😀");
    if (fault == Fault::WrongUsage || fault == Fault::NoUsage) EXPECT_EQ(answer->usage, Usage{});
    if (fault == Fault::SplitCodePoints) EXPECT_THAT(shown, ElementsAre("你", "好", "😀"));
  }
}

TEST_F(ModelEndpoint, ErrorsBeforeTheFirstTextAreTriedAgain) {
  serve();
  server->fail_next({Fault::ServerError, Fault::Busy});
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(server->requests().size(), 3u);
  EXPECT_EQ(shown.size(), 5u);
}

TEST_F(ModelEndpoint, AServerThatIsGoneIsANetworkError) {
  serve();
  model();
  server.reset();
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Network);
  EXPECT_THAT(answer.error().message(), HasSubstr("see that it runs"));
}

TEST_F(ModelEndpoint, TheClientSpeaksOverAUnixSocketToo) {
  const TemporaryFolder folder;
  const std::string socket = folder / "model.sock";
  serve({.unix_socket = socket, .key = "child-key"});
  ASSERT_TRUE(fetcher->add_origin({.url = "http://llama-1.localhost",
                                   .unix_socket = socket,
                                   .headers = {{"Authorization", "Bearer child-key"}}}));
  OpenAiClient client(loop, *fetcher,
                      {.base = Url::parse("http://llama-1.localhost/v1").value(),
                       .model = "tiny",
                       .name = "local"});
  const auto answer = loop.run(client.generate(request(), call()));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, "The sky is blue.");
  EXPECT_EQ(answer->model, "local");
}

TEST_F(ModelEndpoint, DoctorHearsOfIt) {
  serve({.model = "tiny:latest"});
  model();
  const auto report = loop.run(probe_endpoint(loop, *fetcher, description, options, {}));
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_THAT(report->models, ElementsAre("tiny:latest"));
  EXPECT_TRUE(report->offers_model);
}

}  // namespace
}  // namespace muai
