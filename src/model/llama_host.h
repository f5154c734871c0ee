#pragma once

// What all llama models of a program share.

#include <cstdint>
#include <string>

#include "model/file_notes.h"
#include "muai/async/start.h"
#include "muai/model/llama_model.h"
#include "muai/model/runtime_folder.h"

namespace muai {

struct LlamaHost::Rep {
  Rep(Loop& loop, Spawner& spawner, Fetcher& fetcher, Pool& workers, const MemoryMeter& meter,
      LlamaOptions options, RuntimeFolder runtime);

  // Asks the server for its version, once, and tells on_notice when it is one that was not tried.
  void check_version();

  std::string models_folder() const { return options.data_folder + "/models"; }

  Loop& loop;
  Spawner& spawner;
  Fetcher& fetcher;
  Pool& workers;
  const MemoryMeter& meter;
  LlamaOptions options;
  RuntimeFolder runtime;
  Quantizer quantizer;
  FileNotes measured;
  std::uint64_t started = 0;  // servers, ever: names their sockets
  bool has_asked_version = false;
  StartedTask asking_version;
};

}  // namespace muai
