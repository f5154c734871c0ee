#pragma once

// Which models are loaded on this machine by processes of this user, read from /proc: every loaded
// GGUF file is a llama-server whose socket lies in a folder of the muai process that owns it.

#include <cstdint>
#include <string>
#include <vector>

namespace muai {

struct ModelProcess {
  std::string model;        // its name there
  std::string file;         // that it was loaded from
  std::int64_t pid = 0;     // of the server
  std::int64_t owner = 0;   // the muai process
  std::string owner_line;   // "muai ask why": the owner's command line; empty when it is hidden
  std::int64_t ram_mb = 0;  // resident now
  std::int64_t vram_mb = 0;
};

// By owner, then process id. `runtime_parent` is where the folders for sockets are made.
std::vector<ModelProcess> model_processes(const std::string& runtime_parent);

}  // namespace muai
