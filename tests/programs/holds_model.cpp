// holds_model SERVER FILE FOLDER: loads FILE into SERVER, with the runtime folder below FOLDER,
// says the number of the server's process, and waits to be killed.

#include <cstdio>
#include <fstream>
#include <string>

#include "muai/async/asio_loop.h"
#include "muai/async/sleep.h"
#include "muai/model/llama_model.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"

namespace {

muai::Task<int> hold(muai::Loop& loop, muai::Model& model) {
  const muai::Result<void> loaded = co_await model.load({}, {});
  if (!loaded) std::fprintf(stderr, "%s\n", loaded.error().to_string().c_str());
  std::printf("%s\n", loaded ? "loaded" : "failed");
  std::fflush(stdout);
  const muai::Result<void> slept = co_await muai::sleep_for(loop, std::chrono::minutes(10), {});
  co_return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  muai::AsioLoop loop;
  muai::Spawner spawner(loop);
  muai::Pool workers(loop, {.threads = 1});
  const muai::MemoryMeter meter;
  const auto transport = muai::CurlTransport::create(loop).value();
  const auto fetcher = muai::Fetcher::create(loop, *transport, {}).value();
  muai::LlamaOptions options;
  options.programs.server = arguments[1];
  options.runtime_parent = std::string(arguments[3]) + "/run";
  options.data_folder = std::string(arguments[3]) + "/data";
  options.threads = 1;
  const auto host =
      muai::LlamaHost::create(loop, spawner, *fetcher, workers, meter, options).value();
  const auto model = muai::make_llama_model(
      *host, {.name = "held", .capabilities = {"generate"}, .model_path = arguments[2]});
  return loop.run(hold(loop, *model));
}
