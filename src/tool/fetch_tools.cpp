#include "muai/tool/fetch_tools.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/async/when_all.h"
#include "muai/core/json.h"

// Both tools only translate between JSON and PageReader, which knows how a page is read; several
// pages are read side by side, and one that fails becomes an entry of `failures`.

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kUrlParameters = R"({
  "type": "object",
  "properties": {
    "url": {"type": "string", "minLength": 1, "maxLength": 8192,
            "description": "http(s) address, or kb:// address of a local document."}
  },
  "required": ["url"],
  "additionalProperties": false
})";

constexpr std::string_view kUrlsParameters = R"({
  "type": "object",
  "properties": {
    "urls": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 8192},
             "minItems": 1, "maxItems": 50}
  },
  "required": ["urls"],
  "additionalProperties": false
})";

constexpr std::size_t kParallelMax = 4;

class FetchUrlTool final : public Tool {
 public:
  explicit FetchUrlTool(const PageReader& reader) : reader_(reader) {
    description_ = {.name = "fetch_url",
                    .capabilities = {"fetch"},
                    .description = "Reads the main text of one page.",
                    .parameters = std::string(kUrlParameters)};
  }
  const ToolDescription& description() const override { return description_; }

  Task<Result<json::value>> call(json::value arguments, ToolContext context) const override {
    std::string url(arguments.get_object().at("url").get_string());
    auto reading = reader_.read(std::move(url), std::move(context));
    auto page = co_await std::move(reading);
    if (!page) co_return pass(std::move(page));
    co_return page_to_json(*page);
  }

 private:
  const PageReader& reader_;
  ToolDescription description_;
};

class FetchMultipleTool final : public Tool {
 public:
  explicit FetchMultipleTool(const PageReader& reader) : reader_(reader) {
    description_ = {.name = "fetch_multiple",
                    .capabilities = {"fetch"},
                    .description =
                        "Reads the main text of several pages at once; one that fails "
                        "does not stop the others.",
                    .parameters = std::string(kUrlsParameters)};
  }
  const ToolDescription& description() const override { return description_; }

  Task<Result<json::value>> call(json::value arguments, ToolContext context) const override {
    std::vector<std::string> urls;
    for (const json::value& url : arguments.get_object().at("urls").get_array())
      urls.emplace_back(url.get_string());
    std::vector<Task<Result<Page>>> reads;
    for (const std::string& url : urls) reads.push_back(reader_.read(url, context));
    auto waiting = when_all(*context.loop, std::move(reads), kParallelMax);
    std::vector<Result<Page>> pages = co_await std::move(waiting);
    if (context.stop.stop_requested())
      co_return fail(ErrorCode::Cancelled, "stopped while reading pages");
    co_return collect(urls, pages, context);
  }

 private:
  static json::value collect(const std::vector<std::string>& urls,
                             const std::vector<Result<Page>>& pages, const ToolContext& context) {
    json::array read;
    json::array failures;
    for (std::size_t i = 0; i < urls.size(); ++i) {
      if (pages[i]) {
        read.push_back(page_to_json(*pages[i]));
        continue;
      }
      const Error& error = pages[i].error();
      if (context.note) context.note("page " + urls[i] + " failed: " + error.message());
      failures.push_back(json::object{
          {"url", urls[i]}, {"error", error.message()}, {"error_type", to_string(error.code())}});
    }
    return json::object{{"pages", std::move(read)}, {"failures", std::move(failures)}};
  }

  const PageReader& reader_;
  ToolDescription description_;
};

// Zero when there is none; an error for a number that the member cannot hold.
template <class Number>
Result<Number> number_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_number()) return Number{};
  boost::system::error_code error;
  const Number number = value->to_number<Number>(error);
  if (error) return fail(ErrorCode::InvalidInput, fmt::format("a page's {} is out of range", name));
  return number;
}

}  // namespace

std::shared_ptr<const Tool> make_fetch_url_tool(const PageReader& reader) {
  return std::make_shared<FetchUrlTool>(reader);
}

std::shared_ptr<const Tool> make_fetch_multiple_tool(const PageReader& reader) {
  return std::make_shared<FetchMultipleTool>(reader);
}

json::value page_to_json(const Page& page) {
  json::object object{{"requested_url", page.requested_url},
                      {"url", page.url},
                      {"title", page.title},
                      {"author", page.author},
                      {"date", page.date},
                      {"language", page.language},
                      {"retrieved_at", page.retrieved_at},
                      {"text", page.text}};
  object["text_sha256"] = page.text_sha256;
  object["byte_start"] = page.byte_start;
  object["start"] = page.start;
  object["notes"] = json::array(page.notes.begin(), page.notes.end());
  return object;
}

Result<Page> page_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (!object || !object->contains("url") || !object->contains("text"))
    return fail(ErrorCode::InvalidInput, "a page is an object with url and text");
  Page page;
  page.requested_url = string_member(*object, "requested_url");
  page.url = string_member(*object, "url");
  page.title = string_member(*object, "title");
  page.author = string_member(*object, "author");
  page.date = string_member(*object, "date");
  page.language = string_member(*object, "language");
  MUAI_TRY(page.retrieved_at, number_member<double>(*object, "retrieved_at"));
  page.text = string_member(*object, "text");
  page.text_sha256 = string_member(*object, "text_sha256");
  MUAI_TRY(page.byte_start, number_member<std::size_t>(*object, "byte_start"));
  MUAI_TRY(page.start, number_member<std::size_t>(*object, "start"));
  if (const json::value* notes = object->if_contains("notes"); notes && notes->is_array())
    for (const json::value& note : notes->get_array())
      if (note.is_string()) page.notes.emplace_back(note.get_string());
  return page;
}

}  // namespace muai
