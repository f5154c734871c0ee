#pragma once

// Session: the user's configuration, and the engine and traces that it leads to.

#include <filesystem>
#include <memory>
#include <string>

#include "muai/command.h"
#include "muai/core/result.h"
#include "muai/engine/config.h"
#include "muai/engine/engine.h"
#include "muai/trace/reader.h"

namespace muai {

class Session {
 public:
  // Reads the configuration and says its warnings. `invocation` must outlive the session and the
  // engines it opens.
  static Result<Session> open(Invocation& invocation);

  const Config& config() const { return config_; }
  const std::filesystem::path& data_dir() const { return config_.data_dir(); }
  TraceReader traces() const { return TraceReader(config_.trace_path().string()); }

  // The trace that `which` names ("last" when empty), with the values that did not fit its line.
  Result<TraceRecord> find_trace(const std::string& which) const;

  // From the configuration, with notices on stderr and the first question to a host announced
  // once for all time. Collections and paths are the caller's to add.
  Result<EngineOptions> engine_options() const;

 private:
  Session(Invocation& invocation, Config config)
      : invocation_(&invocation), config_(std::move(config)) {}

  Invocation* invocation_;
  Config config_;
};

// Whether the provider is a server of this machine, which may be asked offline, too.
bool is_on_this_machine(const ProviderOptions& provider);

}  // namespace muai
