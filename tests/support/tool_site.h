#pragma once

// Tools and search providers over a network in memory and in virtual time.

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "muai/tool/search_provider.h"
#include "muai/tool/tool.h"
#include "tests/support/fetch_site.h"

namespace muai::testing {

inline FakeAnswer typed_answer(std::string type, std::string body, int status = 200) {
  FakeAnswer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", std::move(type)}};
  answer.chunks = {std::move(body)};
  return answer;
}

inline FakeAnswer json_answer(std::string body, int status = 200) {
  return typed_answer("application/json", std::move(body), status);
}

// A file of tests/data/providers.
inline std::string recorded(const std::string& name) {
  std::ifstream in(std::string(MUAI_TEST_DATA "/providers/") + name, std::ios::binary);
  if (!in) std::abort();
  return {std::istreambuf_iterator<char>(in), {}};
}

// A FetchSite with what calls of tools need. Remarks for the trace are kept in `notes`.
struct ToolSite : FetchSite {
  using FetchSite::FetchSite;

  ToolContext context() {
    return {.loop = &loop, .stop = stop.get_token(), .note = [this](std::string text) {
              notes.push_back(std::move(text));
            }};
  }
  Result<std::vector<SearchResult>> search(const SearchProvider& provider, SearchRequest request) {
    return loop.run(provider.search(std::move(request), context()));
  }
  Result<boost::json::value> call(const Tool& tool, std::string_view arguments) {
    return loop.run(tool.call(boost::json::parse(arguments), context()));
  }
  // The only request that was sent.
  const FaultyTransport::Seen& only_request() const {
    if (net.seen().size() != 1) std::abort();
    return net.seen().front();
  }

  std::vector<std::string> notes;
};

}  // namespace muai::testing
