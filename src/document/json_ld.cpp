#include "document/json_ld.h"

#include <boost/json.hpp>
#include <string_view>

#include "document/ascii.h"

namespace muai {
namespace {

namespace json = boost::json;

constexpr std::size_t kObjectsMax = 2000;

std::string text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return std::string(ascii_trim({text.data(), text.size()}));
}

std::string type_of(const json::object& object) {
  const json::value* type = object.if_contains("@type");
  if (type != nullptr && type->is_array() && !type->get_array().empty())
    type = &type->get_array().front();
  return text_of(type);
}

// A person, a list of persons, or just a name.
std::string names_of(const json::value* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return text_of(value);
  if (value->is_object()) return text_of(value->get_object().if_contains("name"));
  std::string out;
  if (!value->is_array()) return out;
  for (const json::value& one : value->get_array()) {
    const std::string name =
        one.is_object() ? text_of(one.get_object().if_contains("name")) : text_of(&one);
    if (name.empty()) continue;
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

void keep_first(std::string& kept, std::string found) {
  if (kept.empty()) kept = std::move(found);
}

constexpr std::size_t kTextBytesMax = 64 << 10;

void append_text(std::string& all, const json::value* value) {
  const std::string text = text_of(value);
  if (all.size() + text.size() < kTextBytesMax) all += text + '\n';
}

bool describes_page(std::string_view type) {
  return type.ends_with("Article") || type.ends_with("Posting") || type == "Product" ||
         type == "Recipe" || type == "QAPage" || type == "FAQPage" || type == "JobPosting" ||
         type == "Event" || type == "WebPage" || type == "Report" || type == "Review" ||
         type == "Course" || type == "Book" || type == "HowTo" || type == "ItemPage" ||
         type == "CollectionPage" || type == "ItemList" || type == "Movie";
}

// Higher is a better description of what the page is for.
int rank_of(std::string_view type) {
  if (type.empty()) return 0;
  if (type.ends_with("Article") || type.ends_with("Posting")) return 3;
  if (type == "WebPage") return 1;
  return 2;
}

// Written as a boolean, and as often as a text.
bool is_false(const json::value* value) {
  if (value == nullptr) return false;
  return value->is_bool() ? !value->get_bool() : ascii_lower(text_of(value)).ends_with("false");
}

void read_object(const json::object& object, JsonLd& out) {
  out.is_locked |= is_false(object.if_contains("isAccessibleForFree"));
  const std::string type = type_of(object);
  if (!describes_page(type)) return;
  if (rank_of(type) > rank_of(out.type)) out.type = type;
  for (const auto key : {"articleBody", "text", "reviewBody"})
    append_text(out.body, object.if_contains(key));
  append_text(out.description, object.if_contains("description"));
  keep_first(out.headline, text_of(object.if_contains("headline")));
  keep_first(out.author, names_of(object.if_contains("author")));
  keep_first(out.date, text_of(object.if_contains("datePublished")));
  keep_first(out.language, text_of(object.if_contains("inLanguage")));
}

}  // namespace

JsonLd read_json_ld(const std::vector<std::string>& blocks) {
  JsonLd out;
  for (const std::string& block : blocks) {
    json::error_code error;
    const json::value root = json::parse(block, error);
    if (error) continue;
    std::vector<const json::value*> waiting{&root};
    for (std::size_t at = 0; at < waiting.size() && at < kObjectsMax; ++at) {
      const json::value& value = *waiting[at];
      if (value.is_array()) {
        for (const json::value& one : value.get_array()) waiting.push_back(&one);
      } else if (value.is_object()) {
        read_object(value.get_object(), out);
        for (const auto key : {"@graph", "mainEntity", "itemListElement", "hasPart"})
          if (const json::value* inner = value.get_object().if_contains(key))
            waiting.push_back(inner);
      }
    }
  }
  return out;
}

}  // namespace muai
