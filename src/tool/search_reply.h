#pragma once

// What the search providers of the web share: how a service is asked and named, the one place that
// turns its refusals into typed errors, and the one shape of its results. Private to the tools.
//
// A provider is two parts: a coroutine that sends one request, and a pure function from the
// response to results or an error, which tests and the fuzzer call with recorded bytes.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/records.h"
#include "muai/core/result.h"
#include "muai/net/fetcher.h"
#include "muai/net/service_key.h"
#include "muai/tool/search_provider.h"

namespace muai {

// A service as messages speak of it. Copied into the tasks that ask it.
struct SearchService {
  std::string name;           // "Brave Search at https://api.search.brave.com"
  std::string access_remedy;  // what to do when it does not let us in; a clause
  ServiceKey key{};           // its value never gets into a message
};

// Why a service gave no results. Decides the error's code and the remedy in its message.
enum class SearchTrouble : std::uint8_t {
  Access,      // key missing or wrong, program not let in: InvalidConfig
  Quota,       // what was paid for is used up: Refused
  Rate,        // asked too often, or the service is busy: Upstream with retry_after
  Blocked,     // it takes us for a robot that it does not want: Refused with retry_after
  BadSetting,  // there is no such service at this address: InvalidConfig
  NoSearch,    // it is there and does not search for us: InvalidConfig
  BadRequest,  // it does not understand the question: InvalidInput
  Unreadable,  // the answer is not in the service's format: Upstream
  Down,        // it failed: Upstream
};

// `failed`, which is why there is no response at all, with the service's name, and with what to do
// when it could not be reached.
Error unreached_error(const SearchService& service, Error failed);

// What is known besides the kind of trouble.
struct TroubleDetail {
  std::string_view said;  // the service's own words or a status, untrusted; may be empty
  double retry_after_s = -1;
};

// The error for this trouble: who, what it said (shortened, printable, without the key), remedy.
Error search_error(const SearchService& service, SearchTrouble trouble, TroubleDetail detail = {});

// What a status that is no success means everywhere. Services with habits of their own look first.
SearchTrouble trouble_of_status(int status);

// The error for a response without success: its status, with what its JSON body says.
Error status_error(const SearchService& service, const HttpResponse& response);
Error status_error(const SearchService& service, const HttpResponse& response,
                   SearchTrouble trouble);

// The error for a provider that has no key yet; names what to set.
Error missing_key_error(const SearchService& service);

// InvalidConfig when the key cannot stand in a header, without showing it.
Result<void> check_key(std::string_view kind, const ServiceKey& key);

// The words of an error in a JSON body: error.detail, error.info, detail.error, message, ...;
// empty when there are none.
std::string words_of_error(const boost::json::value& body);

// The JSON body of a success; else the error of its status or Unreadable.
Result<boost::json::value> json_reply(const SearchService& service, const HttpResponse& response);

// The list under the names of `path`, one below the other; nothing when there is none.
const boost::json::array* find_list(const boost::json::value& value,
                                    std::initializer_list<std::string_view> path);

// Collects results in one shape: addresses of the web only and each once, titles and snippets as
// plain visible text of bounded length, at most `results_max`.
class ResultList {
 public:
  explicit ResultList(std::size_t results_max) : results_max_(results_max) {}

  bool is_full() const { return results_.size() >= results_max_; }
  // `title` and `snippet` may hold HTML.
  void add(std::string_view title, std::string_view url, std::string_view snippet);
  // Objects {title, url, SNIPPET_MEMBER} until it is full; what is none is passed over.
  void add_hits(const boost::json::array& hits, std::string_view snippet_member);
  std::vector<SearchResult> take() && { return std::move(results_); }

 private:
  std::size_t results_max_;
  std::vector<SearchResult> results_;
};

// Plain text of HTML in one line: tags dropped, entities decoded, white space joined. Linear.
std::string plain_snippet(std::string_view html);

// `query` cut at a word so that it has at most this many code points.
std::string shortened_query(std::string_view query, std::size_t code_points_max);

// Bounds for an answer of a search service: far above any honest one.
HttpLimits search_limits();

// `base` without its final slashes, checked to be an http or https address; else InvalidConfig
// naming the provider `kind` and `example`.
struct AddressNames {
  std::string_view kind;
  std::string_view example;
};
Result<Url> provider_base(const std::string& base, AddressNames names);
std::string without_final_slashes(std::string text);

}  // namespace muai
