#include "muai/model/openai_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/model_site.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace muai::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct OpenAiModelTest : ::testing::Test, ModelSite {};

TEST_F(OpenAiModelTest, StreamsTextAndGivesTheWhole) {
  on_chat(spoken({"The ", "sky", "."}));
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, "The sky.");
  EXPECT_EQ(answer->finish, FinishReason::Stop);
  EXPECT_EQ(answer->model, "tiny");
  EXPECT_THAT(shown, ElementsAre("The ", "sky", "."));
  EXPECT_EQ(answer->usage, (Usage{.prompt_tokens = 10, .completion_tokens = 3}));
  EXPECT_EQ(used, answer->usage);
}

TEST_F(OpenAiModelTest, AsksForAStreamWithItsUsage) {
  on_chat(spoken({"x"}));
  ASSERT_TRUE(ask({.messages = {{.role = ChatRole::System, .text = "Be brief."},
                                {.role = ChatRole::User, .text = "为什么 \"?\""}},
                   .tokens_max = 77,
                   .temperature = 0.25,
                   .top_p = 0.5,
                   .seed = 7,
                   .stop = {"\n\n", "END"}}));
  EXPECT_EQ(net.seen().at(0).method, "POST");
  EXPECT_EQ(net.seen().at(0).url.href(), "http://127.0.0.1:11434/v1/chat/completions");
  EXPECT_EQ(net.seen().at(0).headers.find("content-type"), "application/json");
  EXPECT_EQ(sent(0), json::parse(R"({"model":"qwen2.5:0.5b","messages":[
    {"role":"system","content":"Be brief."},{"role":"user","content":"为什么 \"?\""}],
    "stream":true,"stream_options":{"include_usage":true},"max_tokens":77,"temperature":0.25,
    "top_p":0.5,"seed":7,"stop":["\n\n","END"]})"));
}

TEST_F(OpenAiModelTest, MoneyIsCountedByThePoolAndNotTwice) {
  description.prices = {.prompt_micro_usd = 0.15, .completion_micro_usd = 2.5};
  on_chat(spoken({"x"}));
  ASSERT_TRUE(ask());
  EXPECT_EQ(used.cost_micro_usd, 0);
}

TEST_F(OpenAiModelTest, AServerGetsOneKey) {
  ModelDescription other = description;
  other.name = "other";
  EXPECT_TRUE(check_one_key(description, other));
  other.key_env = "OTHER_KEY";
  const auto differ = check_one_key(description, other);
  ASSERT_FALSE(differ);
  EXPECT_EQ(differ.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(differ.error().message(), AllOf(HasSubstr("'tiny'"), HasSubstr("'other'")));
  other.base_url = "http://127.0.0.1:8080/v1";
  EXPECT_TRUE(check_one_key(description, other));
}

TEST_F(OpenAiModelTest, SaysWhenTheAnswerWasCut) {
  on_chat(stream_answer({text_chunk("half"), finish_chunk("length"), std::string(kDone)}));
  EXPECT_EQ(ask()->finish, FinishReason::Length);
}

TEST_F(OpenAiModelTest, ReasoningIsNotShown) {
  on_chat(stream_answer({event(R"({"choices":[{"delta":{"role":"assistant","content":null}}]})"),
                         event(R"({"choices":[{"delta":{"reasoning_content":"Hmm."}}]})"),
                         event(R"({"choices":[{"delta":{"reasoning":"Hm."}}]})"),
                         text_chunk("Yes."), finish_chunk(), std::string(kDone)}));
  EXPECT_EQ(ask()->text, "Yes.");
  EXPECT_THAT(shown, ElementsAre("Yes."));
}

TEST_F(OpenAiModelTest, CodePointsSplitOverEventsAreShownWhole) {
  on_chat(spoken({"a\xE4\xBD", "\xA0\xE5", "\xA5", "\xBD\xF0\x9F", "\x98\x80"}));
  EXPECT_EQ(ask()->text, "a你好😀");
  EXPECT_THAT(shown, ElementsAre("a", "你", "好", "😀"));
}

TEST_F(OpenAiModelTest, BrokenBytesAndNulBytesAreReplaced) {
  on_chat(spoken({"a\xFF", R"(b\u0000c)", "\xE4\xBD"}));
  EXPECT_EQ(ask()->text, "a\uFFFDb\uFFFDc\uFFFD");
}

TEST_F(OpenAiModelTest, UsageIsFoundWhereverAnEndpointPutsIt) {
  on_chat(stream_answer({text_chunk("x"),
                         event(R"({"choices":[{"delta":{},"finish_reason":"stop"}],"timings":
                           {"cache_n":30,"prompt_n":12,"predicted_n":5}})"),
                         std::string(kDone)}));
  on_chat(stream_answer({text_chunk("x"), event(R"({"choices":[{"delta":{},"finish_reason":"stop"}],
                           "usage":{"prompt_tokens":8,"completion_tokens":2}})"),
                         std::string(kDone)}));
  EXPECT_EQ(ask()->usage, (Usage{.prompt_tokens = 42, .completion_tokens = 5}));
  EXPECT_EQ(ask()->usage, (Usage{.prompt_tokens = 8, .completion_tokens = 2}));
}

TEST_F(OpenAiModelTest, MissingAndSenselessUsageIsNotInvented) {
  answer_with(stream_answer({text_chunk("x"), finish_chunk(), std::string(kDone)}));
  EXPECT_EQ(ask()->usage, Usage{});
  answer_with(stream_answer({text_chunk("x"), finish_chunk(),
                             event(R"({"choices":[],"usage":{"prompt_tokens":-4,
                           "completion_tokens":1e300,"total_tokens":"many"}})"),
                             std::string(kDone)}));
  EXPECT_EQ(ask()->usage, Usage{});
}

TEST_F(OpenAiModelTest, AnEndpointThatDoesNotStreamIsReadToo) {
  on_chat(refusal(200, R"({"id":"c","object":"chat.completion","choices":[{"index":0,"message":
    {"role":"assistant","content":"Whole."},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}})"));
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, "Whole.");
  EXPECT_EQ(answer->usage.prompt_tokens, 4);
}

TEST_F(OpenAiModelTest, TheKeyGoesToTheOriginAndIntoNoMessage) {
  description.key_env = "CLOUD_KEY";
  options.find_variable = [](std::string_view name) {
    return name == "CLOUD_KEY" ? std::optional<std::string>(" very-secret-key\n") : std::nullopt;
  };
  on_chat(refusal(401, R"({"error":{"message":"Incorrect key very-secret-key","type":"x"}})"));
  const Error error = error_of_asking();
  EXPECT_EQ(net.seen().at(0).headers.find("authorization"), "Bearer very-secret-key");
  EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(error.message(), HasSubstr("the variable CLOUD_KEY"));
  EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
}

TEST_F(OpenAiModelTest, AMissingKeyNamesItsVariable) {
  description.key_env = "CLOUD_KEY";
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(error.message(), HasSubstr("CLOUD_KEY is not set"));
  EXPECT_TRUE(net.seen().empty());
}

TEST_F(OpenAiModelTest, AKeyFileGivesItsFirstLineAndOthersMustNotReadIt) {
  const TemporaryFolder folder;
  const std::string file = folder / "key";
  std::ofstream(file) << "first-line \nsecond\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  std::string notice;
  options.on_notice = [&notice](std::string_view text) { notice = text; };
  description.key_file = file;
  on_chat(spoken({"x"}));
  ASSERT_TRUE(ask());
  EXPECT_EQ(net.seen().at(0).headers.find("authorization"), "Bearer first-line");
  EXPECT_THAT(notice, HasSubstr("chmod 600 " + file));
}

TEST_F(OpenAiModelTest, AKeyThatWouldBreakTheHeaderIsRefused) {
  description.key_env = "CLOUD_KEY";
  options.find_variable = [](std::string_view) { return "a\r\nX-Evil: 1"; };
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(error.message(), Not(HasSubstr("Evil")));
}

TEST_F(OpenAiModelTest, AnUnknownModelIsNamedWithWhatIsOffered) {
  on_chat(refusal(404, R"({"error":{"message":"model 'qwen2.5:0.5b' not found","type":"api_error",
    "param":null,"code":null}})"));
  on_models(R"({"object":"list","data":[{"id":"llama3:8b"},{"id":"qwen2.5:1.5b"}]})");
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::NotFound);
  EXPECT_THAT(error.message(), HasSubstr("'qwen2.5:1.5b'"));
}

TEST_F(OpenAiModelTest, AWrongPathIsToldFromAWrongModel) {
  on_chat(refusal(404, "<html><body><h1>404</h1> page not found</body></html>"));
  net.set_default(refusal(404, "no"));
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::NotFound);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("/v1"), HasSubstr("404 page not found")));
}

TEST_F(OpenAiModelTest, RefusalsAreTypedByRemedy) {
  const auto code = [this](int status, const std::string& body) {
    answer_with(refusal(status, body));
    return error_of_asking().code();
  };
  options.retries.tries_max = 1;
  EXPECT_EQ(code(400, R"({"error":{"code":400,"message":"the request exceeds the available context
    size","type":"exceed_context_size_error","n_prompt_tokens":600,"n_ctx":512}})"),
            ErrorCode::InvalidInput);
  EXPECT_EQ(code(403, "{}"), ErrorCode::InvalidConfig);
  EXPECT_EQ(code(413, "too large"), ErrorCode::InvalidInput);
  EXPECT_EQ(code(429, R"({"error":{"type":"insufficient_quota","message":"You exceeded"}})"),
            ErrorCode::Refused);
  EXPECT_EQ(code(429, R"({"error":"slow down"})"), ErrorCode::Upstream);
  EXPECT_EQ(code(501, R"({"error":{"message":"no"}})"), ErrorCode::InvalidConfig);
  EXPECT_EQ(code(502, "<html>Bad gateway</html>"), ErrorCode::Upstream);
  EXPECT_EQ(code(307, ""), ErrorCode::Upstream);
}

TEST_F(OpenAiModelTest, WhatTheBodySaysIsInTheMessage) {
  options.retries.tries_max = 1;
  on_chat(refusal(500, R"({"error":"llama runner process has terminated"})"));
  on_chat(refusal(502, "<html><head><title>502</title></head>\n<body>Bad\n gateway</body></html>"));
  EXPECT_THAT(error_of_asking().message(),
              AllOf(HasSubstr("model 'tiny' at http://127.0.0.1:11434/v1"),
                    HasSubstr("llama runner process has terminated")));
  EXPECT_THAT(error_of_asking().message(), HasSubstr("502 Bad gateway"));
}

TEST_F(OpenAiModelTest, TooManyRequestsAreTriedAgainAfterTheTimeAsked) {
  on_chat(refusal(429, R"({"error":{"message":"busy"}})", {{"Retry-After", "3"}}));
  on_chat(spoken({"x"}));
  const TimePoint begun = loop.now();
  ASSERT_TRUE(ask());
  EXPECT_GE(loop.now() - begun, 3s);
  EXPECT_EQ(net.seen().size(), 2u);
}

TEST_F(OpenAiModelTest, ALongRetryAfterIsAnAnswer) {
  on_chat(refusal(429, R"({"error":{"message":"busy"}})", {{"Retry-After", "600"}}));
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::Upstream);
  EXPECT_DOUBLE_EQ(error.retry_after_s(), 600);
  EXPECT_EQ(net.seen().size(), 1u);
}

TEST_F(OpenAiModelTest, AServerErrorIsTriedAgain) {
  on_chat(refusal(500, R"({"error":{"message":"oops"}})"));
  on_chat(refusal(503, R"({"error":{"code":503,"message":"Loading model"}})"));
  on_chat(spoken({"fine"}));
  EXPECT_EQ(ask()->text, "fine");
}

TEST_F(OpenAiModelTest, AtMostThreeTries) {
  on_chat(refusal(500, R"({"error":{"message":"oops"}})"));
  EXPECT_EQ(error_of_asking().code(), ErrorCode::Upstream);
  EXPECT_EQ(net.seen().size(), 3u);
}

TEST_F(OpenAiModelTest, NothingIsTriedAgainAfterTheFirstText) {
  on_chat(stream_answer({text_chunk("Once "), event(R"({"error":{"code":500,"message":"boom",
    "type":"server_error"}})")}));
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::Upstream);
  EXPECT_THAT(error.message(), HasSubstr("boom"));
  EXPECT_THAT(shown, ElementsAre("Once "));
  EXPECT_EQ(net.seen().size(), 1u);
}

TEST_F(OpenAiModelTest, AnErrorBeforeTheFirstTextIsTriedAgain) {
  on_chat(stream_answer({event(R"({"error":{"code":500,"message":"boom"}})")}));
  on_chat(spoken({"fine"}));
  EXPECT_EQ(ask()->text, "fine");
}

TEST_F(OpenAiModelTest, HostileStreamsAreTypedErrors) {
  options.retries.tries_max = 1;
  const auto code = [this](std::vector<std::string> chunks) {
    answer_with(stream_answer(std::move(chunks)));
    return error_of_asking().code();
  };
  EXPECT_EQ(code({}), ErrorCode::Upstream) << "empty";
  EXPECT_EQ(code({text_chunk("half")}), ErrorCode::Upstream) << "cut between events";
  EXPECT_EQ(code({text_chunk("half"), "data: {\"choi"}), ErrorCode::Upstream) << "cut inside one";
  EXPECT_EQ(code({"data: {\"choices\":[{]}\n\n"}), ErrorCode::Upstream) << "no JSON";
  EXPECT_EQ(code({"data: 7\n\n"}), ErrorCode::Upstream) << "no object";
  EXPECT_EQ(code({std::string("data: \0\0\n\n", 10)}), ErrorCode::Upstream) << "NUL bytes";
  EXPECT_EQ(code({"<html>hello</html>"}), ErrorCode::Upstream) << "HTML";
  EXPECT_EQ(code({text_chunk(std::string(100'000, 'x'))}), ErrorCode::LimitExceeded);
  EXPECT_EQ(code({"data: " + std::string(2'000'000, 'x')}), ErrorCode::LimitExceeded);
  EXPECT_EQ(code({finish_chunk("content_filter")}), ErrorCode::Refused);
  EXPECT_EQ(code({event(R"({"error":{"code":400,"message":"context size","type":
    "exceed_context_size_error"}})")}),
            ErrorCode::InvalidInput);
}

TEST_F(OpenAiModelTest, AnEndlessAnswerIsEnded) {
  FakeAnswer endless =
      stream_answer(std::vector<std::string>(8'000, text_chunk("spam spam spam ")));
  endless.chunk_delay = 10ms;
  on_chat(std::move(endless));
  auto answer = ask({.messages = {{.text = "?"}}, .tokens_max = 10});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::LimitExceeded);
}

TEST_F(OpenAiModelTest, OddShapesInsideEventsAreReadOver) {
  on_chat(stream_answer(
      {": comment\n\n", event("{}"), event(R"({"choices":null})"),
       event(R"({"choices":[7,{"delta":null},{"index":1,"delta":{"content":"other"}}]})"),
       event(R"({"choices":[{"delta":{"content":["a"],"tool_calls":[]}}],"error":null})"),
       text_chunk("x"), finish_chunk("eos"), std::string(kDone), "data: nonsense\n\n"}));
  EXPECT_EQ(ask()->text, "x");
}

TEST_F(OpenAiModelTest, EachWaitHasItsBound) {
  options.deadlines = {.first_token_max = 4'000ms, .token_gap_max = 2'000ms};
  FakeAnswer silent = spoken({"x"});
  silent.head_delay = 10s;
  answer_with(silent);
  const TimePoint begun = loop.now();
  const Error first = error_of_asking();
  EXPECT_EQ(first.code(), ErrorCode::Timeout);
  EXPECT_THAT(first.message(), HasSubstr("nothing for 4 s"));
  EXPECT_EQ(loop.now() - begun, 4s);
  EXPECT_EQ(net.seen().size(), 1u) << "slowness is not tried again";

  FakeAnswer slow = spoken({"x", "y"});
  slow.chunk_delay = 3s;
  answer_with(slow);
  const Error gap = error_of_asking();
  EXPECT_THAT(gap.message(), HasSubstr("nothing more for 2 s"));
  EXPECT_THAT(shown, ElementsAre("x"));
}

TEST_F(OpenAiModelTest, TheDeadlineOfTheCallHoldsOverAllTries) {
  answer_with(refusal(503, "{}", {{"Retry-After", "4"}}));
  deadline = loop.now() + 10s;
  EXPECT_EQ(error_of_asking().code(), ErrorCode::Upstream);
  EXPECT_EQ(net.seen().size(), 3u);
  EXPECT_LE(loop.now(), deadline);

  FakeAnswer slow = spoken({"x"});
  slow.chunk_delay = 60s;
  answer_with(slow);
  deadline = loop.now() + 7s;
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
  EXPECT_THAT(error.message(), HasSubstr("the deadline of the call"));
  EXPECT_EQ(loop.now(), deadline);
}

TEST_F(OpenAiModelTest, StoppingEndsTheExchangeAtOnce) {
  FakeAnswer slow = spoken({"x", "y"});
  slow.chunk_delay = 5s;
  on_chat(slow);
  loop.at(loop.now() + 7s, [this] { stop.request_stop(); });
  const TimePoint begun = loop.now();
  EXPECT_EQ(error_of_asking().code(), ErrorCode::Cancelled);
  EXPECT_EQ(loop.now() - begun, 7s);
  EXPECT_THAT(shown, ElementsAre("x"));
}

TEST_F(OpenAiModelTest, UnloadingEndsItsWork) {
  FakeAnswer slow = spoken({"x", "y"});
  slow.chunk_delay = 5s;
  on_chat(slow);
  ASSERT_TRUE(loop.run(model().load({}, call())));
  EXPECT_TRUE(model().is_loaded());
  std::optional<StartedTask> unloading;
  loop.at(loop.now() + 7s, [&] { unloading = start(model().unload(), [](Outcome<void>) {}); });
  EXPECT_EQ(error_of_asking().code(), ErrorCode::ModelUnavailable);
  EXPECT_FALSE(model().is_loaded());
}

TEST_F(OpenAiModelTest, AQuantisationIsNotAskedForAndThatIsSaid) {
  ASSERT_TRUE(loop.run(model().load({.quantization = Quantization::Bits4}, call())));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].model, "tiny");
  EXPECT_THAT(events[0].reason, HasSubstr("4bit"));
  EXPECT_EQ(loop.run(model().estimate({})).value(), MemoryUse{});
}

TEST_F(OpenAiModelTest, AnEndpointThatStaysOpenAfterItsLastWordIsLeft) {
  FakeAnswer lingering = spoken({"x"});
  lingering.chunks.emplace_back(": keep-alive\n\n");
  lingering.chunk_delay = 10s;
  on_chat(lingering);
  const TimePoint begun = loop.now();
  EXPECT_EQ(ask()->text, "x");
  EXPECT_LT(loop.now() - begun, 41s);
}

TEST_F(OpenAiModelTest, AFailingEndpointIsLeftAloneByAllItsModels) {
  BreakerTable table(loop, {.failures_max = 3, .open_for = 20s});
  options.breakers = &table;
  on_chat(refusal(500, "{}"));
  EXPECT_EQ(error_of_asking().code(), ErrorCode::Upstream);
  description.name = "other";
  const auto other = make_openai_model(loop, *fetcher, description, options);
  const auto refused = loop.run(other->generate({.messages = {{.text = "?"}}}, call()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(net.seen().size(), 3u);
  EXPECT_EQ(table.status().at(0).phase, BreakerPhase::Open);
  loop.run_for(20s);
  net.set_answer(std::string(kBase) + "/chat/completions", spoken({"back"}));
  EXPECT_FALSE(loop.run(other->generate({.messages = {{.text = "?"}}}, call())));
  loop.run_for(40s);
  EXPECT_EQ(ask()->text, "back");
  EXPECT_EQ(table.status().at(0).phase, BreakerPhase::Closed);
}

TEST_F(OpenAiModelTest, RefusedRequestsAreNoFailuresOfTheEndpoint) {
  BreakerTable table(loop, {.failures_max = 1});
  options.breakers = &table;
  on_chat(refusal(400, R"({"error":{"message":"no"}})"));
  EXPECT_EQ(error_of_asking().code(), ErrorCode::InvalidInput);
  EXPECT_EQ(table.status().at(0).phase, BreakerPhase::Closed);
}

TEST_F(OpenAiModelTest, APromptThatWasCutInSilenceIsAnError) {
  std::string prompt;
  for (int i = 0; i < 4'000; ++i) prompt += "word ";
  answer_with(stream_answer({text_chunk("x"), finish_chunk(), usage_chunk(2'048, 1)}));
  const auto cut = ask(prompt);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(cut.error().message(), HasSubstr("2048 tokens"));
  answer_with(stream_answer({text_chunk("x"), finish_chunk(), usage_chunk(4'010, 1)}));
  EXPECT_TRUE(ask(prompt));
  answer_with(stream_answer({text_chunk("x"), finish_chunk(), usage_chunk(1, 1)}));
  EXPECT_TRUE(ask(prompt)) << "nonsense is no evidence";
}

TEST_F(OpenAiModelTest, WhatAnEndpointDoesNotKnowIsLeftOutFromThenOn) {
  on_chat(refusal(400, R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported
    with this model. Use 'max_completion_tokens' instead.","param":"max_tokens",
    "code":"unsupported_parameter"}})"));
  on_chat(refusal(400, R"({"error":{"message":"Unsupported value: 'temperature' does not support
    0.7.","param":"temperature","code":"unsupported_value"}})"));
  on_chat(spoken({"x"}));
  ASSERT_TRUE(ask());
  ASSERT_TRUE(ask());
  ASSERT_EQ(net.seen().size(), 4u);
  EXPECT_EQ(sent(3).at("max_completion_tokens"), 1024);
  EXPECT_FALSE(sent(3).as_object().contains("max_tokens"));
  EXPECT_FALSE(sent(3).as_object().contains("temperature"));
}

TEST_F(OpenAiModelTest, ARefusalThatRepeatsThePromptTeachesNothing) {
  answer_with(refusal(400, R"({"error":{"message":"bad request: 'what temperature is it?'"}})"));
  EXPECT_EQ(error_of_asking().code(), ErrorCode::InvalidInput);
  EXPECT_EQ(net.seen().size(), 1u);
}

TEST_F(OpenAiModelTest, APromptThatIsCertainlyTooLongIsNotSent) {
  description.context_tokens = 100;
  std::string prompt;
  for (int i = 0; i < 200; ++i) prompt += "word ";
  const auto answer = ask(prompt);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::InvalidInput);
  EXPECT_TRUE(net.seen().empty());
}

TEST_F(OpenAiModelTest, AKeyThatWouldBeSentInTheOpenIsSaid) {
  std::vector<std::string> notices;
  description.key_env = "CLOUD_KEY";
  options.find_variable = [](std::string_view) { return "some-key"; };
  options.on_notice = [&notices](std::string_view text) { notices.emplace_back(text); };
  for (const std::string url : {"http://127.0.0.1:1/v1", "http://localhost:1/v1",
                                "https://api.example.org/v1", "http://api.example.org/v1"}) {
    description.base_url = url;
    make_openai_model(loop, *fetcher, description, options);
  }
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_THAT(notices[0], AllOf(HasSubstr("http://api.example.org"), HasSubstr("CLOUD_KEY"),
                                Not(HasSubstr("some-key"))));
}

TEST_F(OpenAiModelTest, ABaseUrlThatIsNoneIsSaid) {
  for (const std::string url : {"", "ollama", "ftp://a/v1", "http://user:pass@127.0.0.1/v1"}) {
    description.base_url = url;
    const auto wrong = make_openai_model(loop, *fetcher, description, options);
    const auto answer = loop.run(wrong->generate({}, call()));
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code(), ErrorCode::InvalidConfig) << url;
    EXPECT_THAT(answer.error().message(), HasSubstr("model 'tiny'"));
    EXPECT_THAT(answer.error().message(), Not(HasSubstr("pass@")));
  }
}

TEST_F(OpenAiModelTest, AnEndpointThatIsNotThereSaysWhatToSee) {
  options.retries.tries_max = 1;
  net.fail_operation(1, ErrorCode::Network);
  const Error error = error_of_asking();
  EXPECT_EQ(error.code(), ErrorCode::Network);
  EXPECT_THAT(error.message(), HasSubstr("see that it runs"));
}

TEST_F(OpenAiModelTest, EveryOperationOfTheNetworkMayFailOnce) {
  for (int n = 1; n <= 3; ++n) {
    on_chat(spoken({"fine"}));
    net.fail_operation(n, ErrorCode::Network);
    const auto answer = ask();
    ASSERT_TRUE(answer) << n << answer.error().message();
    EXPECT_EQ(answer->text, "fine");
  }
}

TEST_F(OpenAiModelTest, DoctorHearsWhatAnEndpointOffers) {
  on_models(R"({"object":"list","data":[{"id":"a"},{"id":"qwen2.5:0.5b"},{"nope":1}]})");
  const auto report =
      loop.run(probe_endpoint(loop, *fetcher, description, options, stop.get_token()));
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_THAT(report->models, ElementsAre("a", "qwen2.5:0.5b"));
  EXPECT_TRUE(report->offers_model);
}

}  // namespace
}  // namespace muai
