#pragma once

// The tools `fetch_url` and `fetch_multiple`: readable text of pages.

#include <boost/json/fwd.hpp>
#include <memory>

#include "muai/core/result.h"
#include "muai/tool/page.h"
#include "muai/tool/page_reader.h"
#include "muai/tool/tool.h"

namespace muai {

// {url} -> the page as an object (page_to_json). `reader` outlives the tool.
std::shared_ptr<const Tool> make_fetch_url_tool(const PageReader& reader);

// {urls} -> {pages [page], failures [{url, error, error_type}]}, in the order asked for. At most
// four at a time; the fetcher is polite to each host. Fails only when it is cancelled.
std::shared_ptr<const Tool> make_fetch_multiple_tool(const PageReader& reader);

// A page without `document_text`, and back.
boost::json::value page_to_json(const Page& page);
Result<Page> page_from_json(const boost::json::value& json);

}  // namespace muai
