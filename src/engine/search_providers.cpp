// One table of kinds: what they are called, where they are, whether they take a key. Reading an
// entry checks it against the table and fetches the key; opening makes the provider.

#include "engine/search_providers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <fstream>

#include "muai/core/json.h"
#include "muai/core/nearest.h"
#include "muai/net/fetcher.h"
#include "muai/tool/brave.h"
#include "muai/tool/duckduckgo.h"
#include "muai/tool/mediawiki.h"
#include "muai/tool/searxng.h"
#include "muai/tool/tavily.h"

namespace muai {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr std::string_view kBlockFile = "duckduckgo_blocked_until";

struct KindRow {
  std::string_view kind;
  std::string_view default_url;   // empty: the url must be given
  std::string_view key_variable;  // where the key is when nothing is said; empty: takes no key
};
constexpr std::array kKinds = {
    KindRow{"mediawiki", "https://en.wikipedia.org/w", ""},
    KindRow{"searxng", "", ""},
    KindRow{"brave", kBraveUrl, "BRAVE_API_KEY"},
    KindRow{"tavily", kTavilyUrl, "TAVILY_API_KEY"},
    KindRow{"duckduckgo", kDuckDuckGoUrl, ""},
};
constexpr std::array<std::string_view, 4> kMembers = {"kind", "url", "key_env", "key_file"};

const KindRow* find_kind(std::string_view kind) {
  const auto* row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? nullptr : row;
}

// What is wrong with an entry, as one error; a key in it is not repeated.
std::unexpected<Error> wrong(const ProviderSource& source, std::string_view what) {
  return fail(ErrorCode::InvalidConfig,
              fmt::format("{}: search.providers: {}", source.origin, what));
}

Result<void> check_members(const json::object& entry, const ProviderSource& source) {
  for (const auto& member : entry) {
    const std::string_view name = member.key();
    if (name == "key")
      return wrong(source,
                   "a key does not belong into a settings file; put it into a variable or a file "
                   "of its own and name that with key_env or key_file");
    if (std::ranges::find(kMembers, name) == kMembers.end())
      return wrong(source, fmt::format("there is no member '{}'; {}", name,
                                       did_you_mean(name, {kMembers.begin(), kMembers.end()}, 4)));
    if (!member.value().is_string()) return wrong(source, fmt::format("{} must be a text", name));
  }
  return {};
}

Result<ServiceKey> read_key(const json::object& entry, const KindRow& kind,
                            const ProviderSource& source) {
  const std::string file = string_member(entry, "key_file");
  std::string variable = string_member(entry, "key_env");
  if (kind.key_variable.empty()) {
    if (file.empty() && variable.empty()) return ServiceKey{};
    return wrong(source, fmt::format("{} takes no key", kind.kind));
  }
  if (!file.empty() && !variable.empty())
    return wrong(source, fmt::format("{} has both key_env and key_file; keep one", kind.kind));
  if (file.empty()) {
    if (variable.empty()) variable = kind.key_variable;
    const std::optional<std::string> value = source.environment(variable);
    return key_of_variable(variable, value.value_or(""));
  }
  fs::path path = file;
  if (file.starts_with("~/") && !source.home.empty()) path = source.home / file.substr(2);
  if (!path.is_absolute())
    return wrong(source, fmt::format("key_file '{}' must be an absolute path", file));
  Result<ServiceKey> key = read_key_file(path.string());
  if (!key) return wrong(source, key.error().message());
  return key;
}

// Unix seconds; 0 when DuckDuckGo never blocked us.
double load_block(const fs::path& file) {
  std::ifstream in(file);
  double until = 0;
  return in >> until ? until : 0;
}

void save_block(const fs::path& file, double until) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  std::ofstream out(file);  // when this fails it is asked once more than it likes
  out << fmt::format("{:.0f}\n", until);
  out.close();
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, ignored);
}

}  // namespace

Result<ProviderOptions> read_provider(const json::value& entry, const ProviderSource& source) {
  const json::object* object = entry.if_object();
  if (!object) return wrong(source, "each entry is {kind, url, key_env or key_file}");
  MUAI_TRY_VOID(check_members(*object, source));
  ProviderOptions options{.kind = string_member(*object, "kind"),
                          .url = string_member(*object, "url")};
  const KindRow* kind = find_kind(options.kind);
  if (!kind) {
    std::vector<std::string_view> known;
    for (const KindRow& row : kKinds) known.push_back(row.kind);
    return wrong(source, fmt::format("there is no kind '{}'; {}", options.kind,
                                     did_you_mean(options.kind, known, known.size())));
  }
  MUAI_TRY(options.key, read_key(*object, *kind, source));
  return options;
}

Result<std::unique_ptr<SearchProvider>> open_provider(Fetcher& fetcher,
                                                      const ProviderOptions& options,
                                                      const fs::path& state_folder) {
  if (options.kind == "mediawiki") return make_mediawiki_provider(fetcher, options.url);
  if (options.kind == "searxng") return make_searxng_provider(fetcher, options.url);
  if (options.kind == "brave") return make_brave_provider(fetcher, options.key, options.url);
  if (options.kind == "tavily") return make_tavily_provider(fetcher, options.key, options.url);
  if (options.kind == "duckduckgo") {
    const fs::path file = state_folder / kBlockFile;
    return make_duckduckgo_provider(
        fetcher, {.base_url = options.url,
                  .blocked_until_s = load_block(file),
                  .on_blocked = [file](double until) { save_block(file, until); }});
  }
  return fail(ErrorCode::InvalidConfig,
              fmt::format("search provider '{}' is not known", options.kind));
}

std::string_view warning_of_provider(std::string_view kind) {
  if (kind != "duckduckgo") return {};
  return "search provider duckduckgo: it has no interface for programs and gives no permission to "
         "read its pages; it may block this machine after a few questions";
}

std::string_view default_provider_url(std::string_view kind) {
  const KindRow* row = find_kind(kind);
  return row ? row->default_url : std::string_view();
}

}  // namespace muai
