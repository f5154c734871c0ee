#pragma once

// The tool `translator`, through a LibreTranslate-compatible endpoint or a generate model.

#include <functional>
#include <memory>
#include <string>

#include "muai/tool/tool.h"

namespace muai {

class Fetcher;

struct TranslationTask {
  std::string text;    // valid UTF-8, not empty
  std::string source;  // language code, "auto" when it is not known
  std::string target;  // language code
};

// Translates with a model; whoever puts the tool together knows the models. Called on the loop
// thread; what it refers to outlives the tool.
using TranslateWithModel =
    std::function<Task<Result<std::string>>(TranslationTask task, ToolContext context)>;

struct TranslatorOptions {
  std::string base_url;           // of the endpoint, whose origin the fetcher must know; or empty
  TranslateWithModel model = {};  // or empty
};

// {text, target, source?} -> {text}. The endpoint is asked first; the model when there is none, or
// when it fails, which is noted. With neither every call is InvalidConfig and says how to configure
// one. `fetcher` outlives the tool.
std::shared_ptr<const Tool> make_translator_tool(Fetcher& fetcher, TranslatorOptions options);

}  // namespace muai
