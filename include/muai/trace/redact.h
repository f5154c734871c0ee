#pragma once

// Takes secrets out of text before it is written anywhere.
//
// Two kinds go: the strings an operator configured (exactly, and in their JSON-escaped and
// percent-encoded spellings), and text of the shape of a credential: provider keys (sk-, ghp_,
// github_pat_, glpat-, AKIA, AIza, xoxb-, hf_, npm_ ...), JSON Web Tokens, private keys, bearer
// credentials, sensitive headers and parameters (authorization, x-api-key, cookie, password=,
// api_key= ...) and passwords in URLs. Prose about such things ("The Bearer of the ring",
// "api_key is required") stays.
//
// Time is linear in the text for any input. Immutable after construction and thread-safe.

#include <string>
#include <string_view>
#include <vector>

namespace muai {

// What stands in place of a secret.
inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  // Knows shapes only.
  Redactor() = default;

  // Also removes `secrets`. Those shorter than 4 bytes are ignored: removing them would destroy
  // ordinary text.
  explicit Redactor(const std::vector<std::string>& secrets);

  // True when `redacted(text)` would return it unchanged. The fast path: about one pass of
  // vector compares.
  bool is_clean(std::string_view text) const;

  // The text without its secrets.
  std::string redacted(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace muai
