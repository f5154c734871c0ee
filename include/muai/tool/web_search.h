#pragma once

// The tool `web_search`: asks the configured providers in order until one answers.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/tool/search_provider.h"
#include "muai/tool/tool.h"

namespace muai {

// Called before a question leaves the machine for `host`, each time.
using DisclosureNotice = std::function<void(std::string_view host)>;

// Arguments {query, max_results, language}; answer {provider, results [{title, url, snippet}]}.
//
// `providers` outlive the tool and are asked in order. One that fails is noted in the trace and the
// next is asked; when all failed, the first one's error is returned. A provider that finds nothing
// is not a failure, but the next is asked as well; when none finds anything, the answer names the
// last one that did answer. `disclose` is called before each question leaves; it may be empty.
std::shared_ptr<const Tool> make_web_search_tool(std::vector<const SearchProvider*> providers,
                                                 DisclosureNotice disclose);

}  // namespace muai
