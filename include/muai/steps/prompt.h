#pragma once

// Prompts: texts with places, kept in files so that they can be read, compared and replaced without
// touching the program (docs/formats/prompt.md).
//
//   ---
//   name: answer
//   version: "1"
//   temperature: 0.2        optional; also max_tokens, plain
//   ---
//   # system
//   You answer questions from sources ...
//   # user
//   {{sources}}
//
//   Question: {{question}}
//
// A place is a name in double braces and is filled with a text, once: what is filled in is never
// looked at for places again, and there are no conditions, loops or members.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/model/generation.h"
#include "muai/text/language.h"

namespace muai {

// What goes into the places, by their names.
using PromptValues = std::map<std::string, std::string, std::less<>>;

// Immutable and shared; cheap to copy, thread-safe.
class PromptTemplate {
 public:
  static constexpr std::size_t kBytesMax = 64 * 1024;
  static constexpr std::size_t kPlacesMax = 200;

  // InvalidConfig names `source_name`, the line and what is wrong. A text without a head is called
  // `source_name`; without a version it has the first digits of its hash for one. A text without
  // "# system", "# user" or "# assistant" lines is one message of the user.
  static Result<PromptTemplate> read(std::string_view text, std::string_view source_name);

  const std::string& name() const;
  const std::string& version() const;
  std::optional<double> temperature() const;
  std::optional<std::int64_t> tokens_max() const;

  // Names of the places, each once, in their order.
  const std::vector<std::string>& places() const;

  // Places whose values a `prompt` step fills in without a fence: words of the caller, not texts
  // that were fetched.
  const std::vector<std::string>& plain() const;

  // The messages with every place filled. InvalidInput names a place without a value.
  Result<std::vector<ChatMessage>> fill(const PromptValues& values) const;

  // The messages as they are written, places unfilled.
  std::vector<ChatMessage> unfilled() const;

 private:
  friend class PromptReader;
  struct Rep;
  explicit PromptTemplate(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

// The prompts by name: those of a folder of the user's before the built-in ones. A file NAME.en.md
// or NAME.zh.md speaks to questions of that language, NAME.md to all; without a Chinese form the
// English one is used.
class PromptLibrary {
 public:
  // Built-in prompts only.
  PromptLibrary() = default;

  // Reads every .md file of the folder. NotFound without the folder, InvalidConfig for a file that
  // is no prompt.
  static Result<PromptLibrary> open(const std::filesystem::path& folder);

  // NotFound names what exists, nearest first.
  Result<PromptTemplate> lookup(std::string_view name, Language language) const;

  // Names of all prompts with their language ("answer.en"), sorted.
  std::vector<std::string> names() const;

 private:
  std::map<std::string, PromptTemplate, std::less<>> own_;  // by file stem
};

// How many tokens a text is about, rather too many than too few: models count differently, and a
// prompt that does not fit is refused as a whole.
std::int64_t estimate_tokens(std::string_view text);

}  // namespace muai
