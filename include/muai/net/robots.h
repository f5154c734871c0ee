#pragma once

// robots.txt (RFC 9309): what a site asks crawlers to leave alone.
//
//   const RobotsRules rules = RobotsRules::parse(body);
//   if (!rules.allows("MuAI", url)) ...

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/net/url.h"

namespace muai {

// Bytes beyond this are not read, as the RFC allows.
inline constexpr std::size_t kRobotsBytesMax = std::size_t{500} << 10;

// The rules of one robots.txt: an immutable value, cheap to move. Parsing and matching are linear
// in the file; a pattern with n wildcards costs at most n passes over the path.
class RobotsRules {
 public:
  // Never fails: what cannot be read is left out, and an empty file allows everything.
  static RobotsRules parse(std::string_view text);

  // What a failed request for robots.txt means: 4xx allows everything, 5xx and no answer nothing.
  static RobotsRules for_status(int status);

  // `agent` is a product token such as "MuAI", compared without regard to case. The groups that
  // name it decide, else those of "*". The longest matching pattern wins; among equals, Allow.
  bool allows(std::string_view agent, const Url& url) const;

 private:
  struct Rule {
    std::string pattern;  // percent-encoded like a URL's path; may hold "*" and a final "$"
    bool allow = true;
  };
  struct Group {
    std::vector<std::string> agents;  // lower case
    std::vector<Rule> rules;
  };
  class Parser;

  std::vector<Group> groups_;
  bool refuses_all_ = false;
};

}  // namespace muai
