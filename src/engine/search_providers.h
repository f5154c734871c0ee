#pragma once

// Search providers of the web from their settings. Private to the engine.

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/engine/engine.h"
#include "muai/tool/search_provider.h"

namespace muai {

class Fetcher;

// Where one entry of search.providers stands and what its key may be read from.
struct ProviderSource {
  std::string origin;          // for messages: "/etc/muai/config.yaml:3:5"
  std::filesystem::path home;  // what "~/" in key_file means; empty: nothing
  // Asked for single names.
  const std::function<std::optional<std::string>(const std::string&)>& environment;
};

// One entry {kind, url, key_env, key_file} with its key read. A key that is not set leaves it
// empty, so that other providers still work; InvalidConfig, naming the remedy, for all else that
// is wrong.
Result<ProviderOptions> read_provider(const boost::json::value& entry,
                                      const ProviderSource& source);

// `fetcher` outlives the provider. What must outlive the process is kept in `state_folder`.
Result<std::unique_ptr<SearchProvider>> open_provider(Fetcher& fetcher,
                                                      const ProviderOptions& options,
                                                      const std::filesystem::path& state_folder);

// What a user should know about a provider each time an engine with it is opened; mostly nothing.
std::string_view warning_of_provider(std::string_view kind);

}  // namespace muai
