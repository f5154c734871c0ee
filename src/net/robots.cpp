// Lines become groups: User-agent lines open one, Allow and Disallow lines fill it. Where the RFC
// leaves room (spelling, missing colons, index pages) we read files as the largest crawler does.

#include "muai/net/robots.h"

#include <algorithm>
#include <optional>

#include "net/ascii.h"
#include "net/percent.h"

namespace muai {
namespace {

// Longer lines are cut: eight times the longest URL that browsers of old took.
constexpr std::size_t kLineBytesMax = 2083 * 8;

// A pattern or path in one spelling: everything outside ASCII escaped, escapes in upper case.
std::string normal_path(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto byte = static_cast<unsigned char>(path[i]);
    if (byte >= 0x80) {
      percent_encode(path.substr(i, 1), PercentSet::C0Control, out);
    } else if (path[i] == '%' && percent_decode(path.substr(i, 3)).size() == 1) {
      for (const char c : path.substr(i, 3)) {
        out += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
      }
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

// Whether `pattern` matches a prefix of `path`. Each piece between wildcards is taken where it
// first fits, which leaves most room for the rest; only a final "$" needs the last fit.
bool matches(std::string_view pattern, std::string_view path) {
  const bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  const std::size_t star = pattern.find('*');
  const std::string_view first = pattern.substr(0, star);
  if (!path.starts_with(first)) return false;
  path.remove_prefix(first.size());
  if (star == std::string_view::npos) return !anchored || path.empty();
  pattern.remove_prefix(star + 1);
  while (true) {
    const std::size_t next = pattern.find('*');
    const std::string_view piece = pattern.substr(0, next);
    if (next == std::string_view::npos && anchored) return path.ends_with(piece);
    const std::size_t at = path.find(piece);
    if (at == std::string_view::npos) return false;
    path.remove_prefix(at + piece.size());
    if (next == std::string_view::npos) return true;
    pattern.remove_prefix(next + 1);
  }
}

struct Line {
  std::string key;  // lower case
  std::string_view value;
};

// "key: value # comment". A missing colon is forgiven where exactly two words make it plain.
std::optional<Line> split_line(std::string_view line) {
  line = trim_blanks(line.substr(0, line.find('#')));
  std::size_t separator = line.find(':');
  if (separator == std::string_view::npos) {
    separator = line.find_first_of(" \t");
    if (separator == std::string_view::npos) return std::nullopt;
    if (trim_blanks(line.substr(separator)).find_first_of(" \t") != std::string_view::npos) {
      return std::nullopt;
    }
  }
  const std::string_view key = trim_blanks(line.substr(0, separator));
  if (key.empty()) return std::nullopt;
  return Line{lower_ascii(key), trim_blanks(line.substr(separator + 1))};
}

enum class Key { UserAgent, Allow, Disallow, Other };

// Common misspellings count, as the site plainly meant them.
Key key_of(std::string_view key) {
  static constexpr std::string_view kAgents[] = {"user-agent", "useragent", "user agent"};
  static constexpr std::string_view kDisallows[] = {"disallow", "dissallow", "dissalow",
                                                    "disalow",  "diasllow",  "disallaw"};
  if (std::ranges::find(kAgents, key) != std::end(kAgents)) return Key::UserAgent;
  if (key == "allow") return Key::Allow;
  if (std::ranges::find(kDisallows, key) != std::end(kDisallows)) return Key::Disallow;
  return Key::Other;
}

// The product token at the front of a User-agent value: "FooBot/1.2" means "foobot".
std::string token_of(std::string_view value) {
  if (value.starts_with('*') && (value.size() == 1 || value[1] == ' ' || value[1] == '\t')) {
    return "*";
  }
  const auto* end = std::ranges::find_if_not(value, [](char c) {
    const char low = lower_ascii(c);
    return (low >= 'a' && low <= 'z') || c == '-' || c == '_';
  });
  return lower_ascii(value.substr(0, static_cast<std::size_t>(end - value.begin())));
}

}  // namespace

class RobotsRules::Parser {
 public:
  explicit Parser(std::vector<Group>& groups) : groups_(groups) {}

  void take(const Line& line) {
    switch (key_of(line.key)) {
      case Key::UserAgent: take_agent(line.value); return;
      case Key::Allow: take_rule(line.value, true); return;
      case Key::Disallow: take_rule(line.value, false); return;
      case Key::Other: return;  // neither ends nor begins a group
    }
  }

 private:
  void take_agent(std::string_view value) {
    if (groups_.empty() || rules_begun_) groups_.emplace_back();
    rules_begun_ = false;
    groups_.back().agents.push_back(token_of(value));
  }

  void take_rule(std::string_view value, bool allow) {
    if (groups_.empty()) return;  // before any User-agent: for nobody
    rules_begun_ = true;
    if (value.empty()) return;
    std::string pattern = normal_path(value);
    const std::size_t slash = pattern.rfind('/');
    // An allowed index page is its folder, too.
    if (allow && slash != std::string::npos &&
        std::string_view(pattern).substr(slash).starts_with("/index.htm")) {
      groups_.back().rules.push_back(
          {.pattern = pattern.substr(0, slash + 1) + "$", .allow = true});
    }
    groups_.back().rules.push_back({.pattern = std::move(pattern), .allow = allow});
  }

  std::vector<Group>& groups_;
  bool rules_begun_ = false;
};

RobotsRules RobotsRules::parse(std::string_view text) {
  RobotsRules rules;
  Parser parser(rules.groups_);
  text = text.substr(0, kRobotsBytesMax);
  for (const char mark : {'\xEF', '\xBB', '\xBF'}) {
    if (text.starts_with(mark)) text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (const auto line = split_line(text.substr(0, std::min(end, kLineBytesMax)))) {
      parser.take(*line);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

RobotsRules RobotsRules::for_status(int status) {
  RobotsRules rules;
  rules.refuses_all_ = status < 400 || status > 499;
  return rules;
}

bool RobotsRules::allows(std::string_view agent, const Url& url) const {
  if (refuses_all_) return false;
  if (url.path() == "/robots.txt") return true;
  const std::string path = normal_path(url.request_target());
  const std::string wanted = lower_ascii(agent);
  // Everything said to the agent by name counts together; "*" is for those not named at all.
  const auto names = [this](const std::string& name) {
    return std::ranges::any_of(groups_, [&](const Group& group) {
      return std::ranges::find(group.agents, name) != group.agents.end();
    });
  };
  const std::string& chosen = names(wanted) ? wanted : std::string("*");
  std::size_t longest_allow = 0;
  std::size_t longest_disallow = 0;
  for (const Group& group : groups_) {
    if (std::ranges::find(group.agents, chosen) == group.agents.end()) continue;
    for (const Rule& rule : group.rules) {
      std::size_t& longest = rule.allow ? longest_allow : longest_disallow;
      if (rule.pattern.size() > longest && matches(rule.pattern, path)) {
        longest = rule.pattern.size();
      }
    }
  }
  return longest_allow >= longest_disallow;
}

}  // namespace muai
