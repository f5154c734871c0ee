#include "muai/session.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "muai/net/url.h"
#include "muai/throw_site.h"

namespace muai {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread yet
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// True when `host` was announced in an earlier run; remembers it for later ones.
bool was_disclosed(const fs::path& file, std::string_view host) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line))
    if (line == host) return true;
  in.close();
  std::ofstream out(file, std::ios::app);  // if this fails it is said again: better than never
  out << host << '\n';
  out.close();
  std::error_code ignored;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, ignored);
  return false;
}

}  // namespace

Result<Session> Session::open(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ConfigSources sources{.environment = environment};
  std::error_code error;
  sources.working_folder = fs::current_path(error);
  sources.config_file = arguments.value("--config");
  if (arguments.has("--offline")) sources.flags["network.offline"] = "true";
  if (arguments.has("--data-dir")) {
    sources.flags["storage.data_dir"] = boost::json::serialize(
        boost::json::value(boost::json::string(arguments.value("--data-dir"))));
  }
  MUAI_TRY(Config config, Config::load(sources));
  for (const std::string& warning : config.warnings())
    invocation.terminal.say("muai: " + shown_line(warning));
  return Session(invocation, std::move(config));
}

Result<TraceRecord> Session::find_trace(const std::string& which) const {
  const TraceReader reader = traces();
  Result<TraceRecord> found = reader.find(which.empty() ? "last" : which);
  if (found) return reader.complete(*std::move(found));
  if (found.error().code() != ErrorCode::NotFound) return found;
  MUAI_TRY(const std::vector<TraceRecord> newest, reader.select({}, 1));
  if (newest.empty()) {
    return fail(ErrorCode::NotFound, fmt::format("there are no traces in {} yet: ask something "
                                                 "first",
                                                 config_.trace_path().parent_path().string()));
  }
  return fail(ErrorCode::NotFound,
              found.error().message() + "; `muai trace list` shows which there are");
}

Result<EngineOptions> Session::engine_options() const {
  MUAI_TRY(EngineOptions options, config_.engine_options());
  options.throw_site = throw_site;
  Terminal& terminal = invocation_->terminal;
  options.on_notice = [&terminal](std::string_view text) {
    terminal.say("muai: " + shown_line(text));
  };
  options.on_disclosure = [&terminal,
                           file = data_dir() / "disclosed_hosts"](std::string_view host) {
    if (was_disclosed(file, host)) return;
    terminal.complain(fmt::format(
        "muai: your question is sent to {} (said once; `--offline` keeps everything here)",
        shown_line(host)));
  };
  return options;
}

bool is_on_this_machine(const ProviderOptions& provider) {
  const Result<Url> url = Url::parse(provider.url);
  if (!url) return false;
  const std::string_view host = url->host();
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace muai
