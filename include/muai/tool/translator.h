#pragma once

// The tool `translator`, through a LibreTranslate-compatible endpoint.

#include <memory>
#include <string>

#include "muai/tool/tool.h"

namespace muai {

class Fetcher;

// {text, target, source?} -> {text}. `base_url` empty: every call is InvalidConfig and says how to
// configure one. `fetcher` outlives the tool; it must know the endpoint's origin.
std::shared_ptr<const Tool> make_translator_tool(Fetcher& fetcher, std::string base_url);

}  // namespace muai
