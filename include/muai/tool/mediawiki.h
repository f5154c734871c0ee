#pragma once

// MediaWiki's own search, the default provider online: no key, CC BY-SA texts.

#include <memory>
#include <string>

#include "muai/core/result.h"
#include "muai/tool/search_provider.h"

namespace muai {

class Fetcher;

// `base_url` is a wiki's address ("https://wiki.example/w"); empty means Wikipedia in the
// language of each question. `fetcher` outlives the provider. InvalidConfig for a malformed
// address.
Result<std::unique_ptr<SearchProvider>> make_mediawiki_provider(Fetcher& fetcher,
                                                                std::string base_url);

}  // namespace muai
