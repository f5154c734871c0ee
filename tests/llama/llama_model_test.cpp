// Models in a real llama-server, which MUAI_LLAMA_SERVER names.

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

#include "muai/async/when_all.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/llama_parts.h"

namespace muai {
namespace {

using testing::ask;
using testing::LlamaParts;
using testing::TinyArchitecture;

std::string real_server() {
  const char* const server = std::getenv("MUAI_LLAMA_SERVER");
  if (!server) {
    ADD_FAILURE() << "MUAI_LLAMA_SERVER must name a llama-server: run these tests by ./dev test";
    std::exit(1);
  }
  return server;
}

class RealLlama : public ::testing::Test {
 protected:
  Result<void> load(Model& model, Placement placement = {}) {
    ModelCall call;
    call.on_event = [this](ModelEvent event) { events.push_back(std::move(event)); };
    Result<void> loaded = parts.loop.run(model.load(placement, call));
    EXPECT_TRUE(loaded) << loaded.error().to_string();
    return loaded;
  }

  Result<Generation> generate(Model& model, GenerateRequest request, ModelCall call = {}) {
    return parts.loop.run(model.generate(std::move(request), std::move(call)));
  }

  void unload(Model& model) { parts.loop.run(model.unload()); }

  LlamaParts parts{real_server()};
  std::vector<ModelEvent> events;
};

TEST_F(RealLlama, StreamsWhatItReturns) {
  const auto model = parts.model(parts.write("tiny.gguf"));
  ASSERT_TRUE(load(*model));
  EXPECT_TRUE(model->is_loaded());
  std::string streamed;
  int pieces = 0;
  ModelCall call;
  call.on_text = [&](std::string_view text) {
    streamed += text;
    ++pieces;
  };
  const Result<Generation> answer = generate(*model, ask("Tell me a story"), std::move(call));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->text, streamed);
  EXPECT_GT(pieces, 3);
  EXPECT_EQ(answer->model, "tiny");
  EXPECT_GT(answer->usage.prompt_tokens, 10);
  EXPECT_GT(answer->usage.completion_tokens, 3);
  unload(*model);
}

TEST_F(RealLlama, UnloadingGivesEverythingBack) {
  const auto model = parts.model(parts.write("tiny.gguf"));
  EXPECT_EQ(model->memory(), MemoryUse{});
  ASSERT_TRUE(load(*model));
  const std::vector<int> servers = LlamaParts::servers();
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(parts.sockets().size(), 1U);
  EXPECT_GT(model->memory().ram_mb, 10);
  EXPECT_LT(model->memory().ram_mb, 200);
  unload(*model);
  EXPECT_FALSE(model->is_loaded());
  EXPECT_EQ(model->memory(), MemoryUse{});
  EXPECT_NE(::kill(servers[0], 0), 0);
  EXPECT_TRUE(parts.sockets().empty());
}

TEST_F(RealLlama, LoadsAgainAndAgainWithoutLeavingAnything) {
  const auto model = parts.model(parts.write("tiny.gguf"));
  std::ptrdiff_t files = 0;
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(load(*model));
    ASSERT_TRUE(generate(*model, ask("hi", 8)));
    unload(*model);
    const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    if (round == 1) files = open;
    if (round > 1) EXPECT_LE(open, files);
  }
  EXPECT_TRUE(LlamaParts::servers().empty());
}

TEST_F(RealLlama, DyingInMidAnswerIsSaidWithItsSignal) {
  const auto model =
      parts.model(parts.write("tiny.gguf", {.context_tokens = 4096, .may_end = false}));
  ASSERT_TRUE(load(*model));
  const int pid = LlamaParts::servers().at(0);
  ModelCall call;
  call.on_text = [pid](std::string_view) { ::kill(pid, SIGKILL); };
  GenerateRequest request = ask("Tell me a story", 4000);
  const Result<Generation> answer = generate(*model, std::move(request), std::move(call));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_TRUE(answer.error().message().starts_with(
      "llama-server of model 'tiny' ended while it answered (signal 9) and said:"))
      << answer.error().message();
  EXPECT_FALSE(model->is_loaded());
  ASSERT_TRUE(load(*model));  // and can be loaded anew
  EXPECT_TRUE(generate(*model, ask("hi", 8)));
  unload(*model);
}

TEST_F(RealLlama, JsonSchemaAnswersAreValidJson) {
  const auto model = parts.model(parts.write("tiny.gguf"), {.context_tokens = 512});
  ASSERT_TRUE(load(*model));
  GenerateRequest request = ask("Give me one", 300);
  request.json_schema =
      R"({"type":"object","properties":{"kind":{"enum":["a","b"]},"ok":{"type":"boolean"}},)"
      R"("required":["kind","ok"],"additionalProperties":false})";
  const Result<Generation> answer = generate(*model, std::move(request));
  ASSERT_TRUE(answer) << answer.error().to_string();
  const boost::json::value value = boost::json::parse(answer->text);
  EXPECT_TRUE(value.at("ok").is_bool());
  EXPECT_EQ(value.as_object().size(), 2U);
  unload(*model);
}

double cosine(const Embedding& a, const Embedding& b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return dot / std::sqrt(aa * bb);
}

TEST_F(RealLlama, AnEncoderGivesEqualVectorsForEqualTexts) {
  const auto model = parts.model(parts.write("bert.gguf", {.architecture = TinyArchitecture::Bert}),
                                 {.capabilities = {"embed"}});
  ASSERT_TRUE(load(*model));
  const auto vectors = parts.loop.run(
      model->embed({"the quick brown fox", "the quick brown fox", "9 + 4 = 13"}, {}));
  ASSERT_TRUE(vectors) << vectors.error().to_string();
  ASSERT_EQ(vectors->size(), 3U);
  EXPECT_EQ((*vectors)[0].size(), 256U);
  EXPECT_NEAR(cosine((*vectors)[0], (*vectors)[1]), 1, 1e-4);
  EXPECT_LT(cosine((*vectors)[0], (*vectors)[2]), 0.99);
  unload(*model);
}

// Symptom: a passage of more tokens than the encoder takes kept all others from getting vectors.
TEST_F(RealLlama, ATextOfMoreTokensThanTheEncoderTakesIsCut) {
  const auto model = parts.model(parts.write("bert.gguf", {.architecture = TinyArchitecture::Bert}),
                                 {.capabilities = {"embed"}});
  ASSERT_TRUE(load(*model));
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "brown fox ";
  const auto vectors = parts.loop.run(model->embed({"the quick", text, "the lazy dog"}, {}));
  ASSERT_TRUE(vectors) << vectors.error().to_string();
  EXPECT_EQ(vectors->size(), 3U);
  unload(*model);
}

TEST_F(RealLlama, AnEncoderForTextIsRefusedBeforeItStarts) {
  const auto model =
      parts.model(parts.write("bert.gguf", {.architecture = TinyArchitecture::Bert}));
  const Result<void> loaded = parts.loop.run(model->load({}, {}));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::InvalidConfig);
}

TEST_F(RealLlama, BothWidthsAreMadeOnceAndAreWhatTheySay) {
  const std::string file = parts.write("tiny.gguf");
  for (const auto& [width, type] :
       {std::pair{Quantization::Bits8, "Q8_0"}, std::pair{Quantization::Bits4, "Q4_K"}}) {
    Quantizer& quantizer = parts.host->quantizer();
    double share = 0;
    const QuantizeJob job{.stop = {}, .on_progress = [&share](double now) { share = now; }};
    const Result<QuantizedFile> made = parts.loop.run(quantizer.quantize(file, width, job));
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_FALSE(made->was_there);
    EXPECT_EQ(made->header.weight_type, type);
    EXPECT_EQ(share, 1);
    const Result<QuantizedFile> again = parts.loop.run(quantizer.quantize(file, width, job));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->path, made->path);

    const auto model = parts.model(file);
    ASSERT_TRUE(load(*model, {.quantization = width}));
    EXPECT_TRUE(events.empty());
    EXPECT_TRUE(generate(*model, ask("hi", 8)));
    unload(*model);
  }
}

TEST_F(RealLlama, AFormThatCantBeMadeIsReplacedByTheFileWithItsReason) {
  const auto made = parts.loop.run(
      parts.host->quantizer().quantize(parts.write("tiny.gguf"), Quantization::Bits4, {}));
  ASSERT_TRUE(made) << made.error().to_string();
  const auto model = parts.model(made->path);
  ASSERT_TRUE(load(*model, {.quantization = Quantization::Bits8}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, ModelEventKind::Fallback);
  EXPECT_TRUE(events[0].reason.contains("is Q4_K already")) << events[0].reason;
  EXPECT_TRUE(generate(*model, ask("hi", 8)));
  unload(*model);
}

TEST_F(RealLlama, ParallelAnswersEqualSequentialOnes) {
  const auto model =
      parts.model(parts.write("tiny.gguf"), {.context_tokens = 512, .concurrency_max = 4});
  ASSERT_TRUE(load(*model));
  const std::vector<std::string> questions = {"one", "Tell me a story", "what?", "hi there"};
  std::vector<std::string> alone;
  for (const std::string& question : questions) {
    const Result<Generation> answer = generate(*model, ask(question, 48));
    ASSERT_TRUE(answer) << answer.error().to_string();
    alone.push_back(answer->text);
  }
  std::vector<Task<Result<Generation>>> tasks;
  for (const std::string& question : questions) {
    tasks.push_back(model->generate(ask(question, 48), {}));
  }
  const auto together = parts.loop.run(when_all(parts.loop, std::move(tasks)));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    ASSERT_TRUE(together[i]) << together[i].error().to_string();
    EXPECT_EQ(together[i]->text, alone[i]);
  }
  unload(*model);
}

TEST_F(RealLlama, WhatTheServerSaysOfABadFileIsInTheError) {
  testing::GgufWriter writer;
  writer.add("general.architecture", std::string_view("llama"));
  const std::string path = parts.folder / "empty.gguf";
  std::ofstream(path, std::ios::binary) << writer.file();
  const auto model = parts.model(path);
  const Result<void> loaded = parts.loop.run(model->load({}, {}));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_TRUE(loaded.error().message().contains("ended before it was ready (code 1) and said:"))
      << loaded.error().message();
  EXPECT_TRUE(parts.sockets().empty());
  EXPECT_TRUE(LlamaParts::servers().empty());
}

TEST_F(RealLlama, TheEstimateIsNearTheTruthAndReplacedByIt) {
  const auto model = parts.model(parts.write("tiny.gguf"), {.context_tokens = 512});
  const Result<MemoryUse> estimate = parts.loop.run(model->estimate({}));
  ASSERT_TRUE(estimate) << estimate.error().to_string();
  EXPECT_GT(estimate->ram_mb, 20);
  EXPECT_LT(estimate->ram_mb, 100);
  ASSERT_TRUE(load(*model));
  ASSERT_TRUE(generate(*model, ask("hi", 8)));
  const MemoryUse measured = model->memory();
  unload(*model);
  const Result<MemoryUse> known = parts.loop.run(model->estimate({}));
  ASSERT_TRUE(known) << known.error().to_string();
  EXPECT_GE(known->ram_mb, measured.ram_mb);
  EXPECT_LE(known->ram_mb, measured.ram_mb + 30);
}

TEST(RealLlamaOrphans, AKilledParentLeavesNone) {
  testing::expect_no_orphans(MUAI_TEST_PROGRAMS, real_server(),
                             std::getenv("MUAI_SOAK") ? 200 : 10);
}

}  // namespace
}  // namespace muai
