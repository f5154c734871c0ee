#pragma once

// The settings that exist. Private to the engine; `muai config show` prints them.

#include <array>
#include <string_view>

namespace muai {

enum class SettingKind { Flag, Number, Decimal, Text, List, Object };

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
    SettingRow{"error_handling.model_fallback_order", SettingKind::List, "[]", "",
               SettingReach::TrustedOnly, "the earlier name of model.order"},
    SettingRow{"exec.programs", SettingKind::Object, "{}", "", SettingReach::TrustedOnly,
               "programs that `exec` steps may run: NAME: {command: [PATH, ARG...], timeout_s}"},
    SettingRow{"limits.cost_usd", SettingKind::Decimal, "0", "MUAI_COST_USD",
               SettingReach::TrustedOnly,
               "what models may cost in one run, in dollars; 0: no bound"},
    SettingRow{"limits.deadline_s", SettingKind::Number, "120", "MUAI_DEADLINE_S",
               SettingReach::Anyone, "seconds after which a request is given up"},
    SettingRow{"limits.model_calls", SettingKind::Number, "0", "", SettingReach::TrustedOnly,
               "how often one run may call models; 0: no bound"},
    SettingRow{"limits.tokens", SettingKind::Number, "0", "", SettingReach::TrustedOnly,
               "tokens of prompts and answers that one run may use; 0: no bound"},
    SettingRow{"model.files", SettingKind::List, "[]", "MUAI_MODELS_FILE",
               SettingReach::TrustedOnly, "models files that are read beside models.yaml"},
    SettingRow{"model.llama_server", SettingKind::Text, "\"\"", "MUAI_LLAMA_SERVER",
               SettingReach::TrustedOnly,
               "the llama-server that runs GGUF files; empty: the one in PATH"},
    SettingRow{"model.order", SettingKind::List, "[]", "MUAI_MODEL", SettingReach::TrustedOnly,
               "models to ask, best first; empty: all that can generate, as they are configured"},
    SettingRow{"model.ram_budget_mb", SettingKind::Number, "0", "", SettingReach::Anyone,
               "memory that local models may take together; 0: most of what is free"},
    SettingRow{"model.residency_s", SettingKind::Number, "30", "", SettingReach::Anyone,
               "seconds after which an unused local model is unloaded"},
    SettingRow{"model.threads", SettingKind::Number, "0", "", SettingReach::Anyone,
               "threads of each local model; 0: half of the processors"},
    SettingRow{"model.vram_budget_mb", SettingKind::Number, "0", "", SettingReach::Anyone,
               "the same for the memory of GPUs"},
    SettingRow{"network.offline", SettingKind::Flag, "false", "MUAI_OFFLINE", SettingReach::Anyone,
               "no connection leaves this machine, except to configured loopback servers"},
    SettingRow{"network.private_hosts", SettingKind::List, "[]", "", SettingReach::TrustedOnly,
               "private places that pages may be read from, as host:port"},
    SettingRow{"network.respect_robots", SettingKind::Flag, "true", "", SettingReach::TrustedOnly,
               "pages that a site's robots.txt keeps from programs are not read"},
    SettingRow{"network.user_agent", SettingKind::Text, "\"MuAI/0.1 (+https://muai.example)\"", "",
               SettingReach::Anyone, "how page requests name the program; add a contact address"},
    SettingRow{"prompts.dir", SettingKind::Text, "\"\"", "", SettingReach::TrustedOnly,
               "folder of prompts that replace the built-in ones of their names"},
    SettingRow{"rag.embedding_model", SettingKind::Text, "\"\"", "MUAI_EMBEDDING_MODEL",
               SettingReach::TrustedOnly,
               "the configured model that makes vectors of collections; empty: words alone"},
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
