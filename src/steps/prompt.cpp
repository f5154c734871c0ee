#include "muai/steps/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>

#include "muai/core/nearest.h"
#include "muai/core/sha256.h"
#include "muai/text/utf8.h"
#include "muai/text/yaml.h"
#include "steps/embedded_texts.h"

namespace muai {
namespace json = boost::json;
namespace fs = std::filesystem;

// A message is text and places in turn: texts[0], places[0], texts[1], ..., texts[n].
struct PromptTemplate::Rep {
  struct Message {
    ChatRole role = ChatRole::User;
    std::vector<std::string> texts;
    std::vector<std::string> places;
  };
  std::string name;
  std::string version;
  std::optional<double> temperature;
  std::optional<std::int64_t> tokens_max;
  std::vector<std::string> plain;
  std::vector<std::string> places;
  std::vector<Message> messages;
};

namespace {

constexpr std::string_view kHeadLine = "---";
constexpr std::size_t kVersionDigits = 12;
constexpr std::string_view kExtension = ".md";
constexpr auto kBuiltIn = std::to_array<std::string_view>(
    {"answer.en", "answer.zh", "fence.en", "fence.zh", "summary.en", "summary.zh"});

bool is_name_begin(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_begin(c) || (c >= '0' && c <= '9'); }

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::string without_outer_lines(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
}

std::optional<ChatRole> role_of_line(std::string_view line) {
  if (line == "# system") return ChatRole::System;
  if (line == "# user") return ChatRole::User;
  if (line == "# assistant") return ChatRole::Assistant;
  return std::nullopt;
}

}  // namespace

class PromptReader {
 public:
  using Rep = PromptTemplate::Rep;

  PromptReader(std::string_view text, std::string_view source_name, Rep& rep)
      : text_(text), source_name_(source_name), rep_(rep) {}

  Result<void> read() {
    if (text_.size() > PromptTemplate::kBytesMax || !is_valid_utf8(text_)) {
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("{}: a prompt is UTF-8 text of at most {} bytes", source_name_,
                              PromptTemplate::kBytesMax));
    }
    rep_.name = source_name_;
    rep_.version = sha256_hex(text_).substr(0, kVersionDigits);
    MUAI_TRY_VOID(read_head());
    return read_messages();
  }

 private:
  std::string_view take_line() {
    ++line_;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return without_blanks(line);
  }

  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::InvalidConfig, fmt::format("{}:{}: {}", source_name_, line_, what));
  }

  Result<void> read_head() {
    if (without_blanks(text_.substr(0, text_.find('\n'))) != kHeadLine) return {};
    take_line();
    const std::size_t begin = at_;
    std::size_t end = at_;
    while (true) {
      if (at_ >= text_.size()) return wrong("the head of the prompt is not closed by a line ---");
      end = at_;
      if (take_line() == kHeadLine) break;
    }
    MUAI_TRY(const YamlDocument head, read_yaml(text_.substr(begin, end - begin), source_name_));
    if (head.value().is_null()) return {};
    if (!head.value().is_object()) return wrong("the head of the prompt holds `name: value` lines");
    for (const auto& member : head.value().get_object())
      MUAI_TRY_VOID(read_member(member.key(), member.value()));
    return {};
  }

  Result<void> read_member(std::string_view name, const json::value& value) {
    if ((name == "name" || name == "version") && value.is_string() && !value.get_string().empty()) {
      (name == "name" ? rep_.name : rep_.version) = std::string(value.get_string());
      return {};
    }
    if (name == "version" && value.is_int64()) {
      rep_.version = std::to_string(value.get_int64());
      return {};
    }
    if (name == "temperature" && value.is_number()) {
      rep_.temperature = value.to_number<double>();
      if (*rep_.temperature >= 0 && *rep_.temperature <= 2) return {};
    }
    if (name == "max_tokens" && value.is_int64() && value.get_int64() >= 1) {
      rep_.tokens_max = value.get_int64();
      return {};
    }
    if (name == "plain" && value.is_array()) {
      for (const json::value& entry : value.get_array())
        if (entry.is_string()) rep_.plain.emplace_back(entry.get_string());
      if (rep_.plain.size() == value.get_array().size()) return {};
    }
    return wrong(
        fmt::format("'{}' of the head is not understood; the head may hold name and version "
                    "(texts), temperature (0 to 2), max_tokens (1 or more), plain (a list of "
                    "places)",
                    name));
  }

  Result<void> read_messages() {
    std::size_t begin = at_;
    std::optional<ChatRole> role;
    while (at_ < text_.size()) {
      const std::size_t line_begin = at_;
      const std::optional<ChatRole> next = role_of_line(take_line());
      if (!next) continue;
      MUAI_TRY_VOID(add_message(role, text_.substr(begin, line_begin - begin)));
      role = next;
      begin = at_;
    }
    const bool whole = !role;
    MUAI_TRY_VOID(add_message(whole ? std::optional(ChatRole::User) : role, text_.substr(begin)));
    if (rep_.messages.empty()) return wrong("the prompt says nothing");
    return {};
  }

  Result<void> add_message(std::optional<ChatRole> role, std::string_view text) {
    const std::string trimmed = without_outer_lines(text);
    if (trimmed.empty()) return {};
    if (!role) return wrong("text stands before the first line `# system` or `# user`");
    Rep::Message message{.role = *role};
    std::size_t from = 0;
    for (std::size_t open = trimmed.find("{{"); open != trimmed.npos;
         open = trimmed.find("{{", from)) {
      const std::size_t close = trimmed.find("}}", open);
      const std::string name(without_blanks(std::string_view(trimmed).substr(
          open + 2, close == trimmed.npos ? 0 : close - open - 2)));
      if (name.empty() || !is_name_begin(name[0]) || !std::ranges::all_of(name, is_name_part)) {
        return wrong(
            fmt::format("\"{}\" is no place; a place is a name in double braces: {{{{question}}}}",
                        first_code_points(std::string_view(trimmed).substr(open), 40)));
      }
      message.texts.push_back(trimmed.substr(from, open - from));
      message.places.push_back(name);
      if (std::ranges::find(rep_.places, name) == rep_.places.end()) rep_.places.push_back(name);
      if (rep_.places.size() > PromptTemplate::kPlacesMax) return wrong("too many places");
      from = close + 2;
    }
    message.texts.push_back(trimmed.substr(from));
    rep_.messages.push_back(std::move(message));
    return {};
  }

  std::string_view text_;
  std::string_view source_name_;
  Rep& rep_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
};

namespace {

std::string_view suffix_of(Language language) {
  return language == Language::Chinese ? "zh" : "en";
}

Result<std::string> read_prompt_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(PromptTemplate::kBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in.is_open() || in.bad())
    return fail(ErrorCode::Io, fmt::format("cannot read {}", file.string()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

bool is_built_in(std::string_view stem) {
  return std::ranges::find(kBuiltIn, stem) != kBuiltIn.end();
}

}  // namespace

Result<PromptTemplate> PromptTemplate::read(std::string_view text, std::string_view source_name) {
  auto rep = std::make_shared<Rep>();
  MUAI_TRY_VOID(PromptReader(text, source_name, *rep).read());
  return PromptTemplate(std::move(rep));
}

const std::string& PromptTemplate::name() const { return rep_->name; }
const std::string& PromptTemplate::version() const { return rep_->version; }
std::optional<double> PromptTemplate::temperature() const { return rep_->temperature; }
std::optional<std::int64_t> PromptTemplate::tokens_max() const { return rep_->tokens_max; }
const std::vector<std::string>& PromptTemplate::places() const { return rep_->places; }
const std::vector<std::string>& PromptTemplate::plain() const { return rep_->plain; }

Result<std::vector<ChatMessage>> PromptTemplate::fill(const PromptValues& values) const {
  std::vector<ChatMessage> messages;
  for (const Rep::Message& message : rep_->messages) {
    ChatMessage filled{.role = message.role, .text = message.texts[0]};
    for (std::size_t i = 0; i < message.places.size(); ++i) {
      const auto value = values.find(message.places[i]);
      if (value == values.end()) {
        return fail(ErrorCode::InvalidInput,
                    fmt::format("prompt '{}' has a place {{{{{}}}}} that nothing fills", rep_->name,
                                message.places[i]));
      }
      filled.text += value->second;
      filled.text += message.texts[i + 1];
    }
    messages.push_back(std::move(filled));
  }
  return messages;
}

std::vector<ChatMessage> PromptTemplate::unfilled() const {
  std::vector<ChatMessage> messages;
  for (const Rep::Message& message : rep_->messages) {
    ChatMessage written{.role = message.role, .text = message.texts[0]};
    for (std::size_t i = 0; i < message.places.size(); ++i)
      written.text += fmt::format("{{{{{}}}}}{}", message.places[i], message.texts[i + 1]);
    messages.push_back(std::move(written));
  }
  return messages;
}

Result<PromptLibrary> PromptLibrary::open(const fs::path& folder) {
  PromptLibrary library;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    return fail(ErrorCode::NotFound,
                fmt::format("the prompts' folder {} cannot be read: {}; correct prompts.dir",
                            folder.string(), error.message()));
  }
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path file = entries->path();
    std::error_code ignored;
    if (file.extension() != kExtension || !fs::is_regular_file(file, ignored)) continue;
    MUAI_TRY(const std::string text, read_prompt_file(file));
    MUAI_TRY(PromptTemplate prompt, PromptTemplate::read(text, file.string()));
    library.own_.insert_or_assign(file.stem().string(), std::move(prompt));
  }
  return library;
}

Result<PromptTemplate> PromptLibrary::lookup(std::string_view name, Language language) const {
  const std::string wanted = fmt::format("{}.{}", name, suffix_of(language));
  const std::string english = fmt::format("{}.{}", name, suffix_of(Language::English));
  for (const std::string_view stem : {std::string_view(wanted), name})
    if (const auto own = own_.find(stem); own != own_.end()) return own->second;
  for (const std::string_view stem : {std::string_view(wanted), std::string_view(english)}) {
    if (const auto own = own_.find(stem); own != own_.end()) return own->second;
    if (!is_built_in(stem)) continue;
    const std::string file = fmt::format("{}{}", stem, kExtension);
    return PromptTemplate::read(steps_text(file), file);
  }
  return fail(ErrorCode::NotFound,
              fmt::format("there is no prompt '{}'; {}", name, did_you_mean(wanted, names())));
}

std::vector<std::string> PromptLibrary::names() const {
  std::vector<std::string> names;
  for (const auto& own : own_) names.push_back(own.first);
  for (const std::string_view stem : kBuiltIn) names.emplace_back(stem);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::int64_t estimate_tokens(std::string_view text) {
  // English runs at about four characters a token; digits, marks and code at two to three. Han
  // characters are mostly one token each, rarer scripts up to two.
  std::int64_t hundredths = 0;
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    const char32_t c = at.value();
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ';
    hundredths += letter ? 26 : c < 0x80 ? 60 : c < 0x800 ? 70 : is_cjk(c) ? 110 : 150;
  }
  return (hundredths + 99) / 100;
}

}  // namespace muai
