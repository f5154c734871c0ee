#pragma once

// The settings that exist. Private to the engine; `muai config show` prints them.

#include <array>
#include <string_view>

namespace muai {

enum class SettingKind { Flag, Number, Text, List, Object };

// Whether an untrusted file of the working directory may set it.
enum class SettingReach { Anyone, TrustedOnly };

struct SettingRow {
  std::string_view name;
  SettingKind kind;
  std::string_view fallback;  // JSON text
  std::string_view variable;  // environment variable; empty: none
  SettingReach reach;
  std::string_view meaning;
};

inline constexpr std::array kSettings = {
    SettingRow{"exec.programs", SettingKind::Object, "{}", "", SettingReach::TrustedOnly,
               "programs that `exec` steps may run: NAME: {command: [PATH, ARG...], timeout_s}"},
    SettingRow{"limits.deadline_s", SettingKind::Number, "120", "MUAI_DEADLINE_S",
               SettingReach::Anyone, "seconds after which a request is given up"},
    SettingRow{"network.offline", SettingKind::Flag, "false", "MUAI_OFFLINE", SettingReach::Anyone,
               "no connection leaves this machine, except to configured loopback servers"},
    SettingRow{"network.private_hosts", SettingKind::List, "[]", "", SettingReach::TrustedOnly,
               "private places that pages may be read from, as host:port"},
    SettingRow{"network.respect_robots", SettingKind::Flag, "true", "", SettingReach::TrustedOnly,
               "pages that a site's robots.txt keeps from programs are not read"},
    SettingRow{"network.user_agent", SettingKind::Text, "\"MuAI/0.1 (+https://muai.example)\"", "",
               SettingReach::Anyone, "how page requests name the program; add a contact address"},
    SettingRow{"search.providers", SettingKind::List, "[{\"kind\":\"mediawiki\"}]", "",
               SettingReach::TrustedOnly,
               "who is asked, in this order, when no local collection answers: {kind: mediawiki, "
               "searxng, brave, tavily or duckduckgo, url, key_env or key_file}"},
    SettingRow{"storage.data_dir", SettingKind::Text, "\"\"", "MUAI_DATA_DIR", SettingReach::Anyone,
               "where collections and texts are kept"},
    SettingRow{"storage.traces_path", SettingKind::Text, "\"\"", "MUAI_TRACES_PATH",
               SettingReach::Anyone, "folder of workflow_traces.jsonl"},
    SettingRow{"tools.translator_url", SettingKind::Text, "\"\"", "", SettingReach::TrustedOnly,
               "LibreTranslate-compatible server of the tool `translator`"},
    SettingRow{"trace.content", SettingKind::Text, "\"full\"", "MUAI_TRACE_CONTENT",
               SettingReach::Anyone, "what of texts a trace keeps: full, hashed or off"},
    SettingRow{"trace.keep_days", SettingKind::Number, "0", "", SettingReach::TrustedOnly,
               "days after which traces are removed; 0 keeps all"},
    SettingRow{"workflows.files", SettingKind::List, "[]", "", SettingReach::TrustedOnly,
               "workflow files that are registered beside the built-in ones"},
};

// Sections of the earlier system's files that other parts of the product read; not unknown.
inline constexpr std::array<std::string_view, 13> kSectionsOfOthers = {
    "system",     "models",          "router", "api",           "workflows",
    "monitoring", "error_handling",  "tracer", "consciousness", "optimization",
    "backend",    "model_overrides", "storage"};

}  // namespace muai
