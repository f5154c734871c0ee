// Everything about a model's process that can go wrong, by a server that does as it is told.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "muai/async/start.h"
#include "muai/async/when_all.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/llama_parts.h"
#include "tests/support/orphans.h"

namespace muai {
namespace {

using std::chrono::milliseconds;
using testing::ask;
using testing::LlamaParts;

// Links to the scripted program under the names of llama.cpp's programs.
class Stage {
 public:
  Stage() {
    for (const char* name : {"llama-server", "llama-quantize", "llama-fit-params"}) {
      std::filesystem::create_symlink(MUAI_TEST_PROGRAMS "/scripted_llama", folder_ / name);
    }
  }
  std::string server() const { return folder_ / "llama-server"; }

 private:
  testing::TemporaryFolder folder_;
};

class ScriptedLlama : public ::testing::Test {
 protected:
  ~ScriptedLlama() override { ::unsetenv("MUAI_SCRIPT"); }

  void play(const char* script) { ::setenv("MUAI_SCRIPT", script, 1); }

  Result<void> load(Placement placement = {}, ModelCall call = {}) {
    call.on_event = [this](ModelEvent event) { events.push_back(std::move(event)); };
    return parts.loop.run(model->load(placement, std::move(call)));
  }

  // The error of a load that must fail and leave nothing behind.
  Error failed_load(const char* script, ModelCall call = {}) {
    play(script);
    const Result<void> loaded = load({}, std::move(call));
    EXPECT_FALSE(loaded);
    EXPECT_FALSE(model->is_loaded());
    EXPECT_TRUE(LlamaParts::servers().empty());
    EXPECT_TRUE(parts.sockets().empty());
    return loaded ? Error(ErrorCode::Contract, "none") : loaded.error();
  }

  Result<Generation> generate(ModelCall call = {}) {
    return parts.loop.run(model->generate(ask("hello"), std::move(call)));
  }

  void unload() { parts.loop.run(model->unload()); }

  Stage stage;
  LlamaParts parts{stage.server(), std::chrono::seconds(60), milliseconds(200)};
  std::unique_ptr<Model> model = parts.model(parts.write("tiny.gguf"), {.context_tokens = 512});
  std::vector<ModelEvent> events;
  StartedTask unloading;
};

TEST_F(ScriptedLlama, WaitsForOneThatIsSlowToBeReady) {
  play("slow");
  ASSERT_TRUE(load());
  const Result<Generation> answer = generate();
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_TRUE(answer->text.starts_with("word 0 word 1 "));
  EXPECT_EQ(answer->usage.completion_tokens, 20);
  unload();
  EXPECT_TRUE(LlamaParts::servers().empty());
}

TEST_F(ScriptedLlama, ACrashAtTheStartEndsTheWaitWithItsWords) {
  const Error error = failed_load("crash");
  EXPECT_EQ(error.code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(error.message(),
            "llama-server of model 'tiny' ended before it was ready (code 1) and said:\n"
            "  load_model: error loading model: the weights are odd");
}

TEST_F(ScriptedLlama, OneThatSaysNothingIsSaidToSayNothing) {
  EXPECT_TRUE(failed_load("hush").message().ends_with("(code 3) and said nothing"));
}

TEST_F(ScriptedLlama, WantOfMemoryIsRecognised) {
  EXPECT_EQ(failed_load("starve").code(), ErrorCode::OutOfMemory);
}

TEST_F(ScriptedLlama, OneThatIsNeverReadyIsGivenUp) {
  parts.options.ready_max = milliseconds(300);
  const auto host = LlamaHost::create(parts.loop, parts.spawner, *parts.fetcher, parts.workers,
                                      parts.meter, parts.options);
  ASSERT_TRUE(host);
  model = make_llama_model(**host, model->description());
  const Error error = failed_load("never");
  EXPECT_EQ(error.code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(error.message(), "model 'tiny' was not ready within 0.3 s; llama-server said nothing");
  model.reset();
}

TEST_F(ScriptedLlama, TheDeadlineOfTheCallerHoldsWhileItLoads) {
  const Error error = failed_load("never", {.deadline = parts.loop.now() + milliseconds(100)});
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
}

TEST_F(ScriptedLlama, StoppingALoadEndsItsProcess) {
  std::stop_source stop;
  parts.loop.at(parts.loop.now() + milliseconds(100), [stop]() mutable { stop.request_stop(); });
  const Error error = failed_load("never", {.stop = stop.get_token()});
  EXPECT_EQ(error.code(), ErrorCode::Cancelled);
}

TEST_F(ScriptedLlama, OneThatIgnoresSigtermIsKilled) {
  play("deaf");
  ASSERT_TRUE(load());
  const int pid = LlamaParts::servers().at(0);
  unload();
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_TRUE(parts.sockets().empty());
}

TEST_F(ScriptedLlama, DyingInMidAnswerIsModelUnavailable) {
  play("drop");
  ASSERT_TRUE(load());
  const Result<Generation> answer = generate();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_TRUE(answer.error().message().contains("ended while it answered (signal 6)"));
  EXPECT_FALSE(model->is_loaded());
}

TEST_F(ScriptedLlama, DyingForWantOfMemoryIsOutOfMemory) {
  play("gasp");
  ASSERT_TRUE(load());
  const Result<Generation> answer = generate();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::OutOfMemory);
}

TEST_F(ScriptedLlama, UnloadingEndsTheWorkThatRuns) {
  play("stuck");
  ASSERT_TRUE(load());
  parts.loop.at(parts.loop.now() + milliseconds(50),
                [this] { unloading = start(model->unload(), [](Outcome<void>) {}); });
  const Result<Generation> answer = generate();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(answer.error().message(), "model 'tiny' was unloaded while it answered");
  parts.loop.run_until([this] { return !unloading.is_running(); });
  EXPECT_TRUE(LlamaParts::servers().empty());
}

TEST_F(ScriptedLlama, StoppingACallIsCancelledAndLeavesTheModelLoaded) {
  play("stuck");
  ASSERT_TRUE(load());
  std::stop_source stop;
  parts.loop.at(parts.loop.now() + milliseconds(50), [stop]() mutable { stop.request_stop(); });
  const Result<Generation> answer = generate({.stop = stop.get_token()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Cancelled);
  EXPECT_TRUE(model->is_loaded());
  unload();
}

TEST_F(ScriptedLlama, DestroyingALoadedModelKillsItsProcess) {
  play("deaf");
  ASSERT_TRUE(load());
  const int pid = LlamaParts::servers().at(0);
  model.reset();
  parts.loop.run_until([pid] { return ::kill(pid, 0) != 0; });
  EXPECT_TRUE(parts.sockets().empty());
}

TEST_F(ScriptedLlama, AnUntriedVersionIsANotice) {
  play("");
  ASSERT_TRUE(load());
  parts.loop.run_until([this] { return !parts.notices.empty(); });
  EXPECT_TRUE(parts.notices[0].starts_with("llama-server 9.9.9 was not tried")) << parts.notices[0];
  unload();
}

TEST_F(ScriptedLlama, TheFittersTableIsTheEstimate) {
  const Result<MemoryUse> estimate = parts.loop.run(model->estimate({}));
  ASSERT_TRUE(estimate) << estimate.error().to_string();
  EXPECT_EQ(estimate->ram_mb, 165 + 40);  // 150 and a tenth, and the process
  EXPECT_EQ(estimate->vram_mb, 0);
}

TEST_F(ScriptedLlama, WithoutAServerTheRemedyIsSaid) {
  parts.options.programs = {};
  const auto host = LlamaHost::create(parts.loop, parts.spawner, *parts.fetcher, parts.workers,
                                      parts.meter, parts.options);
  ASSERT_TRUE(host);
  model = make_llama_model(**host, model->description());
  const Result<void> loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::NotFound);
  EXPECT_TRUE(loaded.error().message().contains("install llama.cpp"));
  model.reset();
}

TEST_F(ScriptedLlama, AFailedQuantisationLoadsTheFileAndSaysWhy) {
  play("crash");
  const auto failed = parts.loop.run(
      parts.host->quantizer().quantize(model->description().model_path, Quantization::Bits4, {}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_TRUE(failed.error().message().contains("this one can't be done"));
  play("cut");
  ASSERT_TRUE(load({.quantization = Quantization::Bits4}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, ModelEventKind::Fallback);
  EXPECT_TRUE(events[0].reason.starts_with("4bit: ")) << events[0].reason;
  EXPECT_TRUE(events[0].reason.contains("lies beyond the end")) << events[0].reason;
  EXPECT_TRUE(events[0].reason.ends_with("; the file is loaded as it is")) << events[0].reason;
  unload();
}

TEST_F(ScriptedLlama, AFormThatIsNoSmallerIsNotKept) {
  play("same");
  const auto made = parts.loop.run(
      parts.host->quantizer().quantize(model->description().model_path, Quantization::Bits8, {}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::Corrupt);
  int forms = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(parts.folder / "data/models/quantized")) {
    if (entry.path().extension() != ".json") ++forms;
  }
  EXPECT_EQ(forms, 0);
}

TEST_F(ScriptedLlama, OneWhoGivesUpDoesNotStopAQuantisationForTheRest) {
  play("same");
  std::stop_source stop;
  Quantizer& quantizer = parts.host->quantizer();
  const std::string file = model->description().model_path;
  std::vector<Task<Result<QuantizedFile>>> tasks;
  tasks.push_back(quantizer.quantize(file, Quantization::Bits8, {.stop = stop.get_token()}));
  tasks.push_back(quantizer.quantize(file, Quantization::Bits8, {}));
  parts.loop.post([stop]() mutable { stop.request_stop(); });
  const auto results = parts.loop.run(when_all(parts.loop, std::move(tasks)));
  EXPECT_EQ(results[0].error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(results[1].error().code(), ErrorCode::Corrupt);  // it ran to its end
}

TEST(LlamaOrphans, AKilledParentLeavesNone) {
  const Stage stage;
  testing::expect_no_orphans(MUAI_TEST_PROGRAMS, stage.server(),
                             std::getenv("MUAI_SOAK") ? 500 : 50);
}

}  // namespace
}  // namespace muai
