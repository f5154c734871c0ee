#pragma once

// Everything that a llama model needs, real: loop, network, processes, a folder of its own.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/model/llama_model.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"
#include "tests/support/orphans.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_gguf.h"

namespace muai::testing {

class LlamaParts {
 public:
  // `server` is the llama-server to use.
  explicit LlamaParts(const std::string& server, Duration ready_max = std::chrono::seconds(60),
                      Duration stop_grace = std::chrono::seconds(5)) {
    transport = std::move(CurlTransport::create(loop)).value();
    fetcher = std::move(Fetcher::create(loop, *transport, {})).value();
    options.programs = find_llama_programs(server, {});
    options.runtime_parent = folder / "run";
    options.data_folder = folder / "data";
    options.threads = 1;
    options.ready_max = ready_max;
    options.stop_grace = stop_grace;
    options.inherited_environment.emplace_back("MUAI_SCRIPT");
    options.on_notice = [this](std::string_view text) { notices.emplace_back(text); };
    Result<std::unique_ptr<LlamaHost>> created =
        LlamaHost::create(loop, spawner, *fetcher, workers, meter, options);
    EXPECT_TRUE(created) << created.error().to_string();
    host = std::move(created).value();
  }

  // Writes the weights into the folder; the path.
  std::string write(const std::string& name, const TinyModel& model = {}) const {
    const std::string path = folder / name;
    std::ofstream(path, std::ios::binary) << tiny_gguf(model);
    return path;
  }

  std::unique_ptr<Model> model(const std::string& file, ModelDescription description = {}) {
    description.name = description.name.empty() ? "tiny" : description.name;
    if (description.capabilities.empty()) description.capabilities = {"generate"};
    description.model_path = file;
    return make_llama_model(*host, std::move(description));
  }

  // The servers that run, by process number.
  static std::vector<int> servers() { return servers_of(::getpid()); }

  // The files in the runtime folder of this process.
  std::vector<std::string> sockets() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "run")) {
      if (entry.path().extension() == ".sock") found.push_back(entry.path().string());
    }
    return found;
  }

  TemporaryFolder folder;
  AsioLoop loop;
  Spawner spawner{loop};
  Pool workers{loop, {.threads = 1}};
  MemoryMeter meter;
  std::unique_ptr<CurlTransport> transport;
  std::unique_ptr<Fetcher> fetcher;
  LlamaOptions options;
  std::vector<std::string> notices;
  std::unique_ptr<LlamaHost> host;
};

inline GenerateRequest ask(std::string text, std::int64_t tokens_max = 64) {
  GenerateRequest request;
  request.messages = {{.role = ChatRole::User, .text = std::move(text)}};
  request.tokens_max = tokens_max;
  request.temperature = 0;
  return request;
}

}  // namespace muai::testing
