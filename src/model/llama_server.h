#pragma once

// One running llama-server: begun, waited for, spoken to, ended.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/openai_client.h"
#include "muai/async/event.h"
#include "muai/async/loop.h"
#include "muai/async/process.h"
#include "muai/async/start.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/model.h"
#include "muai/model/patience.h"

namespace muai {

class Fetcher;

// What is started, and where it listens.
struct LlamaLaunch {
  std::string name;  // of the model
  std::string program;
  std::vector<std::string> arguments;  // all but where to listen
  std::string socket;                  // path of its UNIX socket
  std::string host;                    // "llama-7.localhost": the socket's name in URLs
  std::vector<std::string> inherited_environment;
  Duration ready_max{};
  Duration stop_grace{};
  ModelDeadlines deadlines;
};

// Loop thread only. Destroying it kills the process without waiting. Loop, spawner and fetcher
// outlive it.
class LlamaServer {
 public:
  // Starts it and waits until it is ready, no longer than ready_max and the call's deadline.
  // OutOfMemory; ModelUnavailable with its last words; Timeout of the deadline; Cancelled; what
  // Spawner::launch says. Nothing is left when it fails.
  static Task<Result<std::shared_ptr<LlamaServer>>> start(Loop& loop, Spawner& spawner,
                                                          Fetcher& fetcher, LlamaLaunch launch,
                                                          std::stop_token stop, TimePoint deadline);
  ~LlamaServer();
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;

  bool is_running() const { return !child_.exit() && !is_stopping_; }
  int pid() const { return child_.pid(); }
  OpenAiClient& client() { return client_; }

  // Stops when its process has ended or is about to be ended.
  std::stop_token ending() const { return ending_.get_token(); }

  // Why a call failed that got `error` from the client: its own reason, or the end of the process,
  // for which is waited a moment.
  Task<Error> explain(Error error);

  // Ends the calls that run and waits for them, then SIGTERM, SIGKILL after the grace; finishes
  // when the process has been reaped. A server does not end while it answers.
  Task<void> stop();

  // Counts a call for as long as it lives.
  class Use {
   public:
    explicit Use(LlamaServer& server) : server_(server) { ++server_.uses_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      if (--server_.uses_ == 0) server_.unused_.set();
    }

   private:
    LlamaServer& server_;
  };

 private:
  LlamaServer(Loop& loop, Fetcher& fetcher, LlamaLaunch launch, Url origin, ChildProcess child);

  static Task<void> watch(LlamaServer& server);
  Task<Result<void>> wait_until_ready(std::stop_token stop, TimePoint deadline);
  Task<bool> is_ready(std::stop_token stop);
  enum class Stage : std::uint8_t { Starting, Answering };
  Error end_reason(Stage stage) const;

  Loop& loop_;
  Fetcher& fetcher_;
  LlamaLaunch launch_;
  Url origin_;
  ChildProcess child_;
  OpenAiClient client_;
  std::stop_source ending_;
  bool is_stopping_ = false;
  int uses_ = 0;
  AsyncEvent unused_;
  StartedTask watch_;
};

}  // namespace muai
