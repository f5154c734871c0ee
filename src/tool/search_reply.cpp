// Errors: a status or a provider's own finding gives the trouble, the trouble gives code and
// sentence, and what the service said is put in as untrusted words. Results: every title and
// snippet goes through one function that leaves visible text.

#include "tool/search_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "document/visible_text.h"
#include "muai/core/json.h"
#include "muai/net/url.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kSaidPointsMax = 200;
constexpr std::size_t kTitlePointsMax = 300;
constexpr std::size_t kSnippetPointsMax = 2000;
// When a service is busy and does not say for how long.
constexpr double kRatePauseSeconds = 2;

// The first `points_max` code points of valid UTF-8.
std::string_view first_points(std::string_view text, std::size_t points_max) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++points > points_max) return text.substr(0, i);
  }
  return text;
}

// Somebody else's words as part of a message: one printable line without the key.
std::string quoted_words(std::string_view said, const ServiceKey& key) {
  std::string text = without_invisible(to_valid_utf8(said));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  for (std::size_t at = 0; !key.value.empty() && (at = text.find(key.value, at)) != text.npos;)
    text.replace(at, key.value.size(), "[key]");
  const std::string_view kept = first_points(text, kSaidPointsMax);
  return kept.size() == text.size() ? text : std::string(kept) + "...";
}

std::string key_remedy(const SearchService& service) {
  return service.key.place.empty() ? service.access_remedy
                                   : fmt::format("put a valid key into {} ({})", service.key.place,
                                                 service.access_remedy);
}

// What happened, and what to do; the service's own words go between them.
struct Sentence {
  std::string event;
  std::string remedy{};
};

Sentence sentence_for(const SearchService& service, SearchTrouble trouble, double retry_after_s) {
  constexpr std::string_view kOthers = "name another provider after it under search.providers";
  switch (trouble) {
    case SearchTrouble::Access: return {"does not let us in", key_remedy(service)};
    case SearchTrouble::Quota:
      return {"has no searches left for this key", fmt::format("raise its plan, or {}", kOthers)};
    case SearchTrouble::Rate:
      return {fmt::format("asks to wait {:.0f} s", std::max(retry_after_s, 1.0))};
    case SearchTrouble::Blocked:
      return {"takes us for an unwanted robot",
              fmt::format("it is left alone for {:.0f} minutes; {}",
                          std::max(retry_after_s, 60.0) / 60, kOthers)};
    case SearchTrouble::BadSetting:
      return {"is not at this address", "correct its url under search.providers"};
    case SearchTrouble::NoSearch: return {"does not search for us", std::string(kOthers)};
    case SearchTrouble::BadRequest:
      return {"does not understand the question", "ask in fewer words"};
    case SearchTrouble::Unreadable: return {"gave an answer that is none of its kind"};
    case SearchTrouble::Down: return {"failed"};
  }
  return {"failed"};
}

ErrorCode code_of(SearchTrouble trouble) {
  switch (trouble) {
    case SearchTrouble::Access:
    case SearchTrouble::NoSearch:
    case SearchTrouble::BadSetting: return ErrorCode::InvalidConfig;
    case SearchTrouble::BadRequest: return ErrorCode::InvalidInput;
    case SearchTrouble::Quota:
    case SearchTrouble::Blocked: return ErrorCode::Refused;
    case SearchTrouble::Rate:
    case SearchTrouble::Unreadable:
    case SearchTrouble::Down: return ErrorCode::Upstream;
  }
  return ErrorCode::Upstream;
}

// The text of `value`, or of its members that services use for words.
std::string words_within(const json::value& value, int depth) {
  if (value.is_string()) return std::string(value.get_string());
  if (depth == 0) return {};
  if (value.is_array())
    return value.get_array().empty() ? std::string()
                                     : words_within(value.get_array().front(), depth - 1);
  const json::object* object = value.if_object();
  if (!object) return {};
  for (const std::string_view name : {"detail", "info", "message", "msg", "text", "error", "code"})
    if (const json::value* member = object->if_contains(name))
      if (std::string words = words_within(*member, depth - 1); !words.empty()) return words;
  return {};
}

struct Entity {
  std::string_view name;
  std::string_view text;
};
constexpr std::array kEntities = {
    Entity{"quot", "\""},  Entity{"lt", "<"},     Entity{"gt", ">"},    Entity{"nbsp", " "},
    Entity{"amp", "&"},    Entity{"apos", "'"},   Entity{"ndash", "–"}, Entity{"mdash", "—"},
    Entity{"hellip", "…"}, Entity{"middot", "·"}, Entity{"laquo", "«"}, Entity{"raquo", "»"},
    Entity{"ldquo", "“"},  Entity{"rdquo", "”"},  Entity{"lsquo", "‘"}, Entity{"rsquo", "’"},
};

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// Appends what the entity at the beginning of `text` ("&#x27;...") stands for; returns its length,
// or 0 when there is none.
std::size_t append_entity(std::string& out, std::string_view text) {
  constexpr std::size_t kLongest = 12;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  std::string_view name = text.substr(1, end - 1);
  if (name[0] != '#') {
    const auto* known = std::ranges::find(kEntities, name, &Entity::name);
    if (known == kEntities.end()) return 0;
    out += known->text;
    return end + 1;
  }
  name.remove_prefix(1);
  const int base = name.starts_with('x') || name.starts_with('X') ? 16 : 10;
  if (base == 16) name.remove_prefix(1);
  if (name.empty()) return 0;
  std::uint32_t point = 0;
  for (const char c : name) {
    if (digit_of(c) >= base) return 0;
    point = std::min<std::uint32_t>(
        point * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_of(c)),
        0x110000);
  }
  append_utf8(out, static_cast<char32_t>(point));
  return end + 1;
}

std::string joined_white_space(std::string_view text) {
  std::string joined;
  bool gap = false;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    if (!space && gap && !joined.empty()) joined += ' ';
    gap = space;
    if (!space) joined += c;
  }
  return joined;
}

}  // namespace

Error search_error(const SearchService& service, SearchTrouble trouble, TroubleDetail detail) {
  if (trouble == SearchTrouble::Rate && detail.retry_after_s < 0)
    detail.retry_after_s = kRatePauseSeconds;
  const Sentence sentence = sentence_for(service, trouble, detail.retry_after_s);
  std::string message = fmt::format("{} {}", service.name, sentence.event);
  const std::string said = quoted_words(detail.said, service.key);
  if (!said.empty()) message += fmt::format(" ({})", said);
  if (!sentence.remedy.empty()) message += "; " + sentence.remedy;
  Error error(code_of(trouble), std::move(message));
  return std::move(error).retry_after(detail.retry_after_s);
}

Error unreached_error(const SearchService& service, Error failed) {
  std::string message = fmt::format("{}: {}", service.name, failed.message());
  if (failed.code() == ErrorCode::Network)
    message += "; see that it runs, and correct its url under search.providers";
  return std::move(failed).with_message(std::move(message));
}

SearchTrouble trouble_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407: return SearchTrouble::Access;
    case 402:
    case 432:
    case 433: return SearchTrouble::Quota;
    case 429:
    case 503: return SearchTrouble::Rate;
    case 418: return SearchTrouble::Blocked;
    case 404:
    case 405:
    case 410: return SearchTrouble::BadSetting;
    case 400:
    case 413:
    case 414:
    case 422: return SearchTrouble::BadRequest;
    default: return SearchTrouble::Down;
  }
}

Error status_error(const SearchService& service, const HttpResponse& response) {
  return status_error(service, response, trouble_of_status(response.status));
}

Error status_error(const SearchService& service, const HttpResponse& response,
                   SearchTrouble trouble) {
  std::string said = fmt::format("HTTP {}", response.status);
  if (const auto body = parse_json(response.body))
    if (const std::string words = words_of_error(*body); !words.empty()) said += ": " + words;
  return search_error(service, trouble, {.said = said, .retry_after_s = response.retry_after_s});
}

Error missing_key_error(const SearchService& service) {
  return Error(ErrorCode::InvalidConfig,
               fmt::format("{} needs a key, and {} holds none; put one there ({}), or name another "
                           "place with key_env or key_file in its entry of search.providers",
                           service.name, service.key.place, service.access_remedy));
}

Result<void> check_key(std::string_view kind, const ServiceKey& key) {
  if (is_plain(key)) return {};
  return fail(ErrorCode::InvalidConfig,
              fmt::format("search provider {}: the key in {} has blanks or characters that no key "
                          "has; copy it again",
                          kind, key.place));
}

void ResultList::add_hits(const json::array& hits, std::string_view snippet_member) {
  for (const json::value& hit : hits) {
    if (is_full()) return;
    if (const json::object* object = hit.if_object())
      add(string_member(*object, "title"), string_member(*object, "url"),
          string_member(*object, snippet_member));
  }
}

std::string words_of_error(const json::value& body) {
  constexpr int kDepth = 4;
  return words_within(body, kDepth);
}

Result<json::value> json_reply(const SearchService& service, const HttpResponse& response) {
  if (response.status < 200 || response.status > 299)
    return std::unexpected(status_error(service, response));
  auto answer = parse_json(response.body);
  if (!answer) {
    const std::string said = "broken JSON: " + answer.error().message();
    return std::unexpected(search_error(service, SearchTrouble::Unreadable, {.said = said}));
  }
  return answer;
}

const json::array* find_list(const json::value& value,
                             std::initializer_list<std::string_view> path) {
  const json::value* at = &value;
  for (const std::string_view name : path) {
    const json::object* object = at->if_object();
    at = object ? object->if_contains(name) : nullptr;
    if (!at) return nullptr;
  }
  return at->if_array();
}

void ResultList::add(std::string_view title, std::string_view url, std::string_view snippet) {
  if (is_full()) return;
  // A result must not name a local document or a file.
  const Result<Url> parsed = Url::parse(url);
  if (!parsed || !(parsed->scheme() == "https" || parsed->scheme() == "http")) return;
  if (parsed->has_credentials()) return;
  const bool known = std::ranges::any_of(
      results_, [&](const SearchResult& result) { return result.url == parsed->href(); });
  if (known) return;
  results_.push_back(
      {.title = std::string(first_points(plain_snippet(title), kTitlePointsMax)),
       .url = parsed->href(),
       .snippet = std::string(first_points(plain_snippet(snippet), kSnippetPointsMax))});
}

std::string plain_snippet(std::string_view html) {
  std::string plain;
  bool in_tag = false;
  for (std::size_t i = 0; i < html.size(); ++i) {
    const char c = html[i];
    if (in_tag) {
      in_tag = c != '>';
      continue;
    }
    // "a < b" has no tag in it.
    const char next = i + 1 < html.size() ? html[i + 1] : '\0';
    const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (c == '<' && (letter || next == '/' || next == '!')) {
      in_tag = true;
      continue;
    }
    const std::size_t entity = c == '&' ? append_entity(plain, html.substr(i)) : 0;
    if (entity == 0) plain += c;
    if (entity > 0) i += entity - 1;
  }
  return joined_white_space(without_invisible(std::move(plain)));
}

std::string shortened_query(std::string_view query, std::size_t code_points_max) {
  std::string_view kept = first_points(query, code_points_max);
  if (kept.size() == query.size()) return std::string(query);
  const std::size_t word = kept.rfind(' ');
  if (word != std::string_view::npos && word > kept.size() / 2) kept = kept.substr(0, word);
  return std::string(kept);
}

HttpLimits search_limits() {
  HttpLimits limits;
  limits.raw_bytes_max = std::size_t{2} << 20;
  limits.decoded_bytes_max = std::size_t{4} << 20;
  return limits;
}

std::string without_final_slashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

Result<Url> provider_base(const std::string& base, AddressNames names) {
  if (base.empty()) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("search provider {}: it has no url; name your server, like {}",
                            names.kind, names.example));
  }
  Result<Url> url = Url::parse(base);
  if (!url || !(url->scheme() == "https" || url->scheme() == "http") || url->has_credentials()) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("search provider {}: '{}' is no address like {}", names.kind,
                            display_of_invalid_url(base), names.example));
  }
  return url;
}

}  // namespace muai
