#include "muai/tool/translator.h"

#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/net/fetcher.h"
#include "muai/net/url.h"
#include "tool/json_request.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kParameters = R"({
  "type": "object",
  "properties": {
    "text": {"type": "string", "minLength": 1, "maxLength": 20000},
    "target": {"type": "string", "minLength": 2, "maxLength": 16,
               "description": "Language code, for example en or zh."},
    "source": {"type": "string", "description": "Language code; auto when absent."}
  },
  "required": ["text", "target"],
  "additionalProperties": false
})";

class TranslatorTool final : public Tool {
 public:
  TranslatorTool(Fetcher& fetcher, std::string base_url)
      : fetcher_(fetcher), base_url_(std::move(base_url)) {
    while (base_url_.ends_with('/')) base_url_.pop_back();
    description_ = {.name = "translator",
                    .capabilities = {"translate"},
                    .description = "Translates a text into another language.",
                    .parameters = std::string(kParameters)};
  }
  const ToolDescription& description() const override { return description_; }

  Task<Result<json::value>> call(json::value arguments, ToolContext context) const override {
    if (base_url_.empty()) {
      co_return fail(ErrorCode::InvalidConfig,
                     "no translator is configured; set tools.translator_url to a "
                     "LibreTranslate-compatible server, for example http://127.0.0.1:5000");
    }
    MUAI_CO_TRY(HttpRequest request, request_of(arguments.get_object()));
    auto asking = request_json(fetcher_, std::move(request), "the translator", context.stop);
    auto answer = co_await std::move(asking);
    if (!answer) co_return pass(std::move(answer));
    const json::object* object = answer->if_object();
    const std::string text = object ? string_member(*object, "translatedText") : std::string();
    if (text.empty())
      co_return fail(ErrorCode::Upstream, "the translator's answer has no translatedText");
    co_return json::object{{"text", text}};
  }

 private:
  Result<HttpRequest> request_of(const json::object& arguments) const {
    const json::value* source = arguments.if_contains("source");
    MUAI_TRY(std::string body,
             write_json(json::object{{"q", arguments.at("text")},
                                     {"source", source ? *source : json::value("auto")},
                                     {"target", arguments.at("target")},
                                     {"format", "text"}}));
    MUAI_TRY(Url url, Url::parse(base_url_ + "/translate"));
    HttpRequest request{.url = std::move(url), .egress = Egress::Configured, .method = "POST"};
    request.headers.set({"Content-Type", "application/json"});
    request.body = std::move(body);
    return request;
  }

  Fetcher& fetcher_;
  std::string base_url_;
  ToolDescription description_;
};

}  // namespace

std::shared_ptr<const Tool> make_translator_tool(Fetcher& fetcher, std::string base_url) {
  return std::make_shared<TranslatorTool>(fetcher, std::move(base_url));
}

}  // namespace muai
