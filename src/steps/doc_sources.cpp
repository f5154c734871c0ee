#include "steps/doc_sources.h"

#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/steps/keys.h"

namespace muai {
namespace json = boost::json;
namespace {

json::value origin_of(const Page& page) {
  return json::object{{"url", page.url},
                      {"requested_url", page.requested_url},
                      {"title", page.title},
                      {"text_sha256", page.text_sha256},
                      {"retrieved_at", page.retrieved_at},
                      {"start", page.start},
                      {"byte_start", page.byte_start}};
}

template <class Number>
Number number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_number() ? value->to_number<Number>() : Number{};
}

const json::object* origin_for(const State& in, std::string_view url) {
  const auto* origins = in.find(keys::doc_origins);
  if (!origins) return nullptr;
  for (const json::value& origin : *origins)
    if (const json::object* object = origin.if_object();
        object && string_member(*object, "url") == url)
      return object;
  return nullptr;
}

}  // namespace

State with_pages(const State& in, std::span<const Page> pages) {
  TextMap docs = in.has(keys::docs) ? in[keys::docs] : TextMap();
  std::vector<json::value> origins;
  if (const auto* known = in.find(keys::doc_origins)) origins = *known;
  for (const Page& page : pages) {
    if (docs.find(page.url)) continue;
    docs.set(page.url, page.text);
    origins.push_back(origin_of(page));
  }
  return in.with(keys::docs, std::move(docs)).with(keys::doc_origins, std::move(origins));
}

std::vector<CitableSource> citable_sources(const State& in) {
  std::vector<CitableSource> sources;
  for (const auto& [url, text] : in[keys::docs]) {
    CitableSource source{.url = url, .text = text};
    if (const json::object* origin = origin_for(in, url)) {
      source.title = string_member(*origin, "title");
      source.text_sha256 = string_member(*origin, "text_sha256");
      source.retrieved_at = number_of<double>(*origin, "retrieved_at");
      source.start = number_of<std::int64_t>(*origin, "start");
      source.byte_start = number_of<std::int64_t>(*origin, "byte_start");
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<SourceText> source_texts(std::span<const CitableSource> sources) {
  std::vector<SourceText> texts;
  for (const CitableSource& source : sources)
    texts.push_back({.url = source.url, .title = source.title, .text = source.text});
  return texts;
}

}  // namespace muai
