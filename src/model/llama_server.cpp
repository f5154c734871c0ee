#include "model/llama_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "model/child_output.h"
#include "model/either_stop.h"
#include "muai/async/secret.h"
#include "muai/async/sleep.h"
#include "muai/net/fetcher.h"

namespace muai {

namespace {

using std::chrono::milliseconds;

// A tiny model is ready within 50 ms and a large one within a minute: the pauses between questions
// grow with the time that has passed, so that the answer is known at most a twentieth late.
constexpr Duration kPauseMin = milliseconds(2);
constexpr Duration kPauseMax = milliseconds(100);

// A connection breaks a moment before its process has ended.
constexpr Duration kEndWait = milliseconds(100);

constexpr std::size_t kTailBytes = 32 << 10;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

ProcessOptions process_of(const LlamaLaunch& launch, const std::string& secret) {
  ProcessOptions process;
  process.argv = {launch.program, "--host", launch.socket};
  process.argv.insert(process.argv.end(), launch.arguments.begin(), launch.arguments.end());
  process.environment = {
      {"LLAMA_API_KEY", secret},
      // Its threads must not spin while they wait: on busy cores that costs a factor of eighty.
      {"OMP_WAIT_POLICY", "PASSIVE"},
      // Else it starts a debugger on itself before it aborts.
      {"GGML_NO_BACKTRACE", "1"},
      {"LC_ALL", "C.UTF-8"},
  };
  process.inherited_environment = launch.inherited_environment;
  process.limits.stderr_bytes_max = kTailBytes;
  process.limits.grace = launch.stop_grace;
  return process;
}

OpenAiEndpoint endpoint_of(const LlamaLaunch& launch, Url base) {
  return {.base = std::move(base), .model = launch.name, .name = launch.name};
}

OpenAiClientOptions client_options(const LlamaLaunch& launch) {
  // A process that has gone does not come back; what it refuses once (a reply that its parser could
  // not read) may go well the second time.
  const ModelRetries retries{.tries_max = 2, .delay_first = milliseconds(20)};
  return {.deadlines = launch.deadlines, .retries = retries};
}

// Forgets the socket when the server was not started after all.
class OriginGuard {
 public:
  OriginGuard(Fetcher& fetcher, Url origin) : fetcher_(&fetcher), origin_(std::move(origin)) {}
  OriginGuard(const OriginGuard&) = delete;
  OriginGuard& operator=(const OriginGuard&) = delete;
  ~OriginGuard() {
    if (fetcher_) fetcher_->remove_origin(origin_);
  }
  void release() { fetcher_ = nullptr; }

 private:
  Fetcher* fetcher_;
  Url origin_;
};

}  // namespace

LlamaServer::LlamaServer(Loop& loop, Fetcher& fetcher, LlamaLaunch launch, Url origin,
                         ChildProcess child)
    : loop_(loop),
      fetcher_(fetcher),
      launch_(std::move(launch)),
      origin_(std::move(origin)),
      child_(std::move(child)),
      client_(loop, fetcher, endpoint_of(launch_, origin_), client_options(launch_)),
      unused_(loop) {
  watch_ = muai::start(watch(*this), [](Outcome<void>) {});
}

LlamaServer::~LlamaServer() {
  fetcher_.remove_origin(origin_);
  ::unlink(launch_.socket.c_str());
}

Task<void> LlamaServer::watch(LlamaServer& server) {
  const Result<ProcessExit> ended = co_await server.child_.wait({});
  server.ending_.request_stop();
}

Task<Result<std::shared_ptr<LlamaServer>>> LlamaServer::start(Loop& loop, Spawner& spawner,
                                                              Fetcher& fetcher, LlamaLaunch launch,
                                                              std::stop_token stop,
                                                              TimePoint deadline) {
  const std::string secret = random_secret();
  MUAI_CO_TRY(Url base, Url::parse(fmt::format("http://{}/v1", launch.host)));
  MUAI_CO_TRY_VOID(
      fetcher.add_origin({.url = std::string(base.href()),
                          .unix_socket = launch.socket,
                          .headers = {{"Authorization", fmt::format("Bearer {}", secret)}}}));
  OriginGuard guard(fetcher, base);
  Result<ChildProcess> child = co_await spawner.launch(process_of(launch, secret));
  if (!child) {
    Error error = std::move(child).error();
    std::string message =
        fmt::format("model '{}' could not be started: {}", launch.name, error.message());
    co_return std::unexpected(std::move(error).with_message(std::move(message)));
  }
  guard.release();
  const std::shared_ptr<LlamaServer> server(
      new LlamaServer(loop, fetcher, std::move(launch), std::move(base), *std::move(child)));
  Result<void> ready = co_await server->wait_until_ready(std::move(stop), deadline);
  if (ready) co_return server;
  co_await server->stop();
  co_return pass(std::move(ready));
}

// One question; false when there is no answer yet.
Task<bool> LlamaServer::is_ready(std::stop_token stop) {
  const Result<Url> health = Url::parse("/health", origin_);
  if (!health) co_return false;
  HttpRequest request{.url = *health, .egress = Egress::Configured};
  request.limits.connect_max = milliseconds(1000);
  request.limits.first_byte_max = milliseconds(1000);
  request.limits.total_max = milliseconds(1000);
  const Result<HttpResponse> response =
      co_await fetcher_.fetch(std::move(request), std::move(stop));
  co_return response && response->status == 200;
}

Task<Result<void>> LlamaServer::wait_until_ready(std::stop_token stop, TimePoint deadline) {
  const TimePoint begin = loop_.now();
  const EitherStop either(stop, ending());
  for (;;) {
    const bool ready = co_await is_ready(either.token());
    if (ready) co_return Result<void>{};
    if (stop.stop_requested()) co_return cancelled();
    if (child_.exit()) co_return std::unexpected(end_reason(Stage::Starting));
    const TimePoint now = loop_.now();
    if (now >= deadline) {
      co_return fail(ErrorCode::Timeout,
                     fmt::format("model '{}' was not ready in time: it had {:.3g} s", launch_.name,
                                 seconds(now - begin)));
    }
    if (now - begin >= launch_.ready_max) {
      co_return fail(
          ErrorCode::ModelUnavailable,
          fmt::format("model '{}' was not ready within {:.3g} s; llama-server {}", launch_.name,
                      seconds(launch_.ready_max), last_words(child_.output_tail())));
    }
    const Duration pause = std::clamp((now - begin) / 20, kPauseMin, kPauseMax);
    const TimePoint next = std::min({now + pause, deadline, begin + launch_.ready_max});
    // Cut short by the end of the process, which the next round sees.
    const Result<void> slept = co_await sleep_until(loop_, next, either.token());
  }
}

// The error of a process that has ended. REQUIRES: child_.exit().
Error LlamaServer::end_reason(Stage stage) const {
  const ProcessExit exit = *child_.exit();
  const std::string output = child_.output_tail();
  // Before it is ready nobody but the system kills it, and for want of memory.
  const bool was_starved =
      tells_of_memory(output) || (exit.signal == SIGKILL && stage == Stage::Starting);
  const char* const when = stage == Stage::Starting ? "before it was ready" : "while it answered";
  return Error(was_starved ? ErrorCode::OutOfMemory : ErrorCode::ModelUnavailable,
               fmt::format("llama-server of model '{}' ended {} ({} {}) and {}", launch_.name, when,
                           exit.signal != 0 ? "signal" : "code",
                           exit.signal != 0 ? exit.signal : exit.code, last_words(output)));
}

Task<Error> LlamaServer::explain(Error error) {
  const ErrorCode code = error.code();
  const bool may_be_its_end = code == ErrorCode::Network || code == ErrorCode::Upstream ||
                              code == ErrorCode::Cancelled || code == ErrorCode::ModelUnavailable;
  if (!may_be_its_end) co_return error;
  if (!ending_.stop_requested()) {
    const Result<void> slept = co_await sleep_for(loop_, kEndWait, ending());
  }
  if (is_stopping_) {
    co_return Error(ErrorCode::ModelUnavailable,
                    fmt::format("model '{}' was unloaded while it answered", launch_.name));
  }
  if (child_.exit()) co_return end_reason(Stage::Answering);
  co_return error;
}

Task<void> LlamaServer::stop() {
  is_stopping_ = true;
  ending_.request_stop();
  if (uses_ > 0) {
    unused_.reset();
    const Result<void> unused = co_await unused_.wait({});
  }
  child_.terminate();
  const Result<ProcessExit> ended = co_await child_.wait({});
}

}  // namespace muai
