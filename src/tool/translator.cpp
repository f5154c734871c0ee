#include "muai/tool/translator.h"

#include <fmt/format.h>

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
  TranslatorTool(Fetcher& fetcher, TranslatorOptions options)
      : fetcher_(fetcher), options_(std::move(options)) {
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
    description_ = {.name = "translator",
                    .capabilities = {"translate"},
                    .description = "Translates a text into another language.",
                    .parameters = std::string(kParameters)};
  }
  const ToolDescription& description() const override { return description_; }

  Task<Result<json::value>> call(json::value arguments, ToolContext context) const override {
    if (options_.base_url.empty() && !options_.model) {
      co_return fail(ErrorCode::InvalidConfig,
                     "no translator is configured; configure a model with the capability "
                     "`generate`, or set tools.translator_url to a LibreTranslate-compatible "
                     "server, for example http://127.0.0.1:5000");
    }
    TranslationTask task = task_of(arguments.get_object());
    Result<std::string> text = fail(ErrorCode::InvalidConfig, "no endpoint is configured");
    if (!options_.base_url.empty()) {
      text = co_await ask_endpoint(task, context);
      if (!text && options_.model && may_model_help(text.error()) && context.note) {
        context.note(fmt::format("the model translates: {}", text.error().message()));
      }
    }
    if (!text && options_.model && may_model_help(text.error())) {
      text = co_await options_.model(std::move(task), context);
    }
    if (!text) co_return pass(std::move(text));
    co_return json::object{{"text", *text}};
  }

 private:
  static bool may_model_help(const Error& error) {
    return error.code() != ErrorCode::Cancelled && error.code() != ErrorCode::Timeout;
  }

  static TranslationTask task_of(const json::object& arguments) {
    TranslationTask task{.text = string_member(arguments, "text"),
                         .source = string_member(arguments, "source"),
                         .target = string_member(arguments, "target")};
    if (task.source.empty()) task.source = "auto";
    return task;
  }

  Task<Result<std::string>> ask_endpoint(const TranslationTask& task,
                                         const ToolContext& context) const {
    MUAI_CO_TRY(HttpRequest request, request_of(task));
    auto asking = request_json(fetcher_, std::move(request), "the translator", context.stop);
    auto answer = co_await std::move(asking);
    if (!answer) co_return pass(std::move(answer));
    const json::object* object = answer->if_object();
    std::string text = object ? string_member(*object, "translatedText") : std::string();
    if (text.empty())
      co_return fail(ErrorCode::Upstream, "the translator's answer has no translatedText");
    co_return text;
  }

  Result<HttpRequest> request_of(const TranslationTask& task) const {
    MUAI_TRY(std::string body, write_json(json::object{{"q", task.text},
                                                       {"source", task.source},
                                                       {"target", task.target},
                                                       {"format", "text"}}));
    MUAI_TRY(Url url, Url::parse(options_.base_url + "/translate"));
    HttpRequest request{.url = std::move(url), .egress = Egress::Configured, .method = "POST"};
    request.headers.set({"Content-Type", "application/json"});
    request.body = std::move(body);
    return request;
  }

  Fetcher& fetcher_;
  TranslatorOptions options_;
  ToolDescription description_;
};

}  // namespace

std::shared_ptr<const Tool> make_translator_tool(Fetcher& fetcher, TranslatorOptions options) {
  return std::make_shared<TranslatorTool>(fetcher, std::move(options));
}

}  // namespace muai
