#include "muai/engine/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A home, a working folder and an environment of the test's own.
class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    fs::create_directories(here_);
    fs::create_directories(home_);
    environment_["HOME"] = home_.string();
  }

  static fs::path write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  fs::path write_here(const std::string& text) { return write(here_ / "config/system.yaml", text); }
  fs::path write_home(const std::string& text) {
    return write(home_ / ".config/muai/config.yaml", text);
  }

  Result<Config> load() {
    ConfigSources sources{.flags = flags_, .config_file = config_file_, .working_folder = here_};
    sources.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto it = environment_.find(name);
      if (it == environment_.end()) return std::nullopt;
      return it->second;
    };
    return Config::load(sources);
  }
  Config loaded() {
    Result<Config> config = load();
    if (!config) {
      ADD_FAILURE() << config.error().message();
      std::abort();
    }
    return *std::move(config);
  }
  // What an entry of search.providers in the user's own settings gives.
  Result<ProviderOptions> provider_of(const std::string& entry) {
    write_home("search: {providers: [" + entry + "]}\n");
    MUAI_TRY(const Config config, load());
    MUAI_TRY(const EngineOptions options, config.engine_options());
    return options.providers.at(0);
  }
  // The message of what cannot be loaded or cannot open an engine.
  std::string error_of_options() {
    const Result<Config> config = load();
    if (!config) return config.error().message();
    const auto options = config->engine_options();
    return options ? "no error" : options.error().message();
  }

  static SettingValue setting(const Config& config, const std::string& name) {
    for (const SettingValue& value : config.settings())
      if (value.name == name) return value;
    return {};
  }
  static std::string origin(const Config& config, const std::string& name) {
    return setting(config, name).origin;
  }

  testing::TemporaryFolder folder_;
  fs::path here_ = fs::path(folder_.path()) / "work";
  fs::path home_ = fs::path(folder_.path()) / "home";
  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> flags_;
  fs::path config_file_;
};

TEST_F(ConfigTest, EverythingIsBuiltInWithoutSources) {
  const Config config = loaded();
  EXPECT_FALSE(config.settings().empty());
  for (const SettingValue& value : config.settings()) {
    EXPECT_FALSE(value.meaning.empty()) << value.name;
    EXPECT_EQ(value.origin, "built in") << value.name;
  }
  EXPECT_TRUE(std::is_sorted(config.settings().begin(), config.settings().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(config.number("limits.deadline_s"), 120);
  EXPECT_FALSE(config.flag("network.offline"));
  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST_F(ConfigTest, TheStrongestSourceWinsAndIsNamed) {
  const std::string text = "limits:\n  deadline_s: ";
  const fs::path in_home = write_home(text + "1\n");
  Config config = loaded();
  EXPECT_EQ(config.number("limits.deadline_s"), 1);
  EXPECT_EQ(origin(config, "limits.deadline_s"), in_home.string() + ":2:15");

  const fs::path in_folder = write_here(text + "2\n");
  config = loaded();
  EXPECT_EQ(config.number("limits.deadline_s"), 2);
  EXPECT_EQ(origin(config, "limits.deadline_s"), in_folder.string() + ":2:15");
  EXPECT_THAT(config.files(), ElementsAre(in_folder, in_home));

  config_file_ = write(fs::path(folder_.path()) / "given.yaml", "limits: {deadline_s: 3}\n");
  config = loaded();
  EXPECT_EQ(config.number("limits.deadline_s"), 3);
  EXPECT_EQ(origin(config, "limits.deadline_s"), config_file_.string() + ":1:22");
  EXPECT_THAT(config.files(), ElementsAre(config_file_, in_folder, in_home));

  environment_["MUAI_DEADLINE_S"] = "4";
  config = loaded();
  EXPECT_EQ(config.number("limits.deadline_s"), 4);
  EXPECT_EQ(origin(config, "limits.deadline_s"), "MUAI_DEADLINE_S");

  flags_["limits.deadline_s"] = "5";
  config = loaded();
  EXPECT_EQ(config.number("limits.deadline_s"), 5);
  EXPECT_EQ(origin(config, "limits.deadline_s"), "command line");
}

TEST_F(ConfigTest, WeakerSourcesFillWhatStrongerOnesLeaveOut) {
  write_here("network: {user_agent: Folder/1}\n");
  write_home("network: {user_agent: Home/1, offline: true}\ntrace: {keep_days: 7}\n");
  const Config config = loaded();
  EXPECT_EQ(config.text("network.user_agent"), "Folder/1");
  EXPECT_TRUE(config.flag("network.offline"));
  EXPECT_EQ(config.number("trace.keep_days"), 7);
}

TEST_F(ConfigTest, AnEmptyValueSectionOrFileSaysNothing) {
  write_here("limits:\n  deadline_s:\nnetwork:\n");
  write_home("");
  const Config config = loaded();
  EXPECT_EQ(origin(config, "limits.deadline_s"), "built in");
  EXPECT_THAT(config.warnings(), IsEmpty());
  EXPECT_EQ(config.files().size(), 2U);
}

TEST_F(ConfigTest, VariablesAreReadInTheKindOfTheirSetting) {
  for (const auto& [text, value] : std::map<std::string, bool>{
           {"1", true}, {"true", true}, {"0", false}, {"false", false}, {"", false}}) {
    environment_["MUAI_OFFLINE"] = text;
    EXPECT_EQ(loaded().flag("network.offline"), value) << text;
  }
  environment_["MUAI_OFFLINE"] = "maybe";
  EXPECT_THAT(load().error().message(), HasSubstr("MUAI_OFFLINE='maybe': expected true or false"));
  environment_.erase("MUAI_OFFLINE");
  for (const std::string wrong : {"soon", "1.5", "\"1\"", "99999999999999999999", "\xff"}) {
    environment_["MUAI_DEADLINE_S"] = wrong;
    const Result<Config> config = load();
    ASSERT_FALSE(config) << wrong;
    EXPECT_EQ(config.error().code(), ErrorCode::InvalidConfig);
    EXPECT_THAT(config.error().message(), HasSubstr("expected a whole number"));
  }
}

TEST_F(ConfigTest, AVariableThatIsNoUtf8IsRefused) {
  // Such a folder name ended the program with an exception of the JSON library.
  environment_["MUAI_DATA_DIR"] = "/data/\xff";
  const Result<Config> config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(config.error().message(), HasSubstr("MUAI_DATA_DIR"));
}

TEST_F(ConfigTest, AWrongTypeIsAnErrorWithItsPlace) {
  const fs::path file = write_here("network:\n  offline: sometimes\n");
  const Result<Config> config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::InvalidConfig);
  EXPECT_EQ(config.error().message(),
            file.string() + ":2:12: network.offline must be true or false");
}

TEST_F(ConfigTest, MalformedYamlIsAnErrorWithItsPlace) {
  const fs::path file = write_here("network:\n  offline: true\n  offline: false\n");
  Result<Config> config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(config.error().message(), HasSubstr(file.string() + ":3:"));
  write_here("- a list\n");
  config = load();
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message(), HasSubstr("a configuration is sections with settings"));
}

TEST_F(ConfigTest, UnknownSettingsAreWarnedOfWithTheNearestName) {
  const fs::path file = write_here("network:\n  offlin: true\nlimit: 3\n");
  const Config config = loaded();
  ASSERT_EQ(config.warnings().size(), 2U);
  EXPECT_EQ(config.warnings()[0],
            file.string() +
                ":2:11: there is no setting 'network.offlin'; did you mean 'network.offline'?");
  EXPECT_THAT(config.warnings()[1], HasSubstr("there is no setting 'limit'"));
  EXPECT_FALSE(config.flag("network.offline"));
}

TEST_F(ConfigTest, AMistypedTraceSettingIsWarnedOf) {
  // `trace: {contents: off}` kept whole texts in traces and nobody said a word.
  write_here("trace: {contents: \"off\"}\n");
  EXPECT_THAT(loaded().warnings(),
              ElementsAre(HasSubstr("'trace.contents'; did you mean 'trace.content'?")));
}

TEST_F(ConfigTest, SectionsOfTheEarlierSystemAreNotUnknown) {
  write_here("system: {log_level: INFO}\nstorage: {vector_db_path: data/vector_db}\n");
  EXPECT_THAT(loaded().warnings(), IsEmpty());
}

TEST_F(ConfigTest, AFileOfTheWorkingFolderMayNotNameCommandsOrServers) {
  const std::string text =
      "exec: {programs: {x: {command: [/bin/x]}}}\n"
      "network: {private_hosts: [\"127.0.0.1:1\"], user_agent: Mine/1}\n"
      "search: {providers: [{kind: searxng, url: \"http://evil.example\"}]}\n"
      "tools: {translator_url: \"http://evil.example\"}\n"
      "workflows: {files: [w.yaml]}\n";
  const fs::path file = write_here(text);
  const Config config = loaded();
  ASSERT_EQ(config.warnings().size(), 5U);
  for (const std::string& warning : config.warnings())
    EXPECT_THAT(warning, AllOf(HasSubstr(file.string() + ":"), HasSubstr("is not trusted"),
                               HasSubstr("muai config trust")));
  for (const std::string name : {"exec.programs", "network.private_hosts", "search.providers",
                                 "tools.translator_url", "workflows.files"})
    EXPECT_EQ(origin(config, name), "built in") << name;
  EXPECT_EQ(config.text("network.user_agent"), "Mine/1");

  // The same text may say all of it in the user's own files.
  fs::remove(file);
  write_home(text);
  EXPECT_THAT(loaded().warnings(), IsEmpty());
  EXPECT_EQ(loaded().engine_options()->programs.size(), 1U);
}

TEST_F(ConfigTest, EnteringAFolderCannotHaveTracesRemoved) {
  // An untrusted file with trace.keep_days removed the user's own traces.
  write_here("trace: {keep_days: 1}\n");
  const Config config = loaded();
  EXPECT_EQ(config.warnings().size(), 1U);
  EXPECT_EQ(config.engine_options()->trace_keep_days, 0);
}

TEST_F(ConfigTest, TrustHoldsForTheFileAsItWasAndNoOther) {
  const fs::path file = write_here("tools: {translator_url: \"http://127.0.0.1:5000\"}\n");
  ASSERT_EQ(loaded().warnings().size(), 1U);
  ASSERT_TRUE(loaded().trust(file));
  EXPECT_THAT(loaded().warnings(), IsEmpty());
  EXPECT_EQ(loaded().text("tools.translator_url"), "http://127.0.0.1:5000");

  write_here("tools: {translator_url: \"http://127.0.0.1:5001\"}\n");
  EXPECT_EQ(loaded().warnings().size(), 1U);
  EXPECT_EQ(loaded().text("tools.translator_url"), "");

  // The same bytes in another folder were not read by anyone.
  here_ = fs::path(folder_.path()) / "other";
  write_here("tools: {translator_url: \"http://127.0.0.1:5000\"}\n");
  EXPECT_EQ(loaded().warnings().size(), 1U);
}

TEST_F(ConfigTest, TrustIsFoundAgainWhereverTheDataIs) {
  // `muai config trust` had no effect in a folder whose configuration moves the data folder.
  const fs::path file =
      write_here("storage: {data_dir: data}\ntools: {translator_url: \"http://127.0.0.1:5000\"}\n");
  ASSERT_TRUE(loaded().trust(file));
  EXPECT_THAT(loaded().warnings(), IsEmpty());
  EXPECT_FALSE(fs::exists(here_ / "data/trusted_files"));

  // The same when the user's own file moves it.
  fs::remove(file);
  write_home("storage: {data_dir: /nowhere/data}\n");
  write_here("tools: {translator_url: \"http://127.0.0.1:5002\"}\n");
  ASSERT_TRUE(loaded().trust(file));
  EXPECT_THAT(loaded().warnings(), IsEmpty());
}

TEST_F(ConfigTest, AFolderCannotTrustItself) {
  const fs::path file =
      write_here("storage: {data_dir: data}\ntools: {translator_url: \"http://127.0.0.1:5000\"}\n");
  ASSERT_TRUE(loaded().trust(file));
  fs::create_directories(here_ / "data");
  fs::rename(home_ / ".local/share/muai/trusted_files", here_ / "data/trusted_files");
  EXPECT_EQ(loaded().warnings().size(), 1U);
}

TEST_F(ConfigTest, DataAndTracesBelongToTheHome) {
  Config config = loaded();
  EXPECT_EQ(config.data_dir(), home_ / ".local/share/muai");
  EXPECT_EQ(config.trace_path(), home_ / ".local/state/muai/traces/workflow_traces.jsonl");

  environment_["XDG_DATA_HOME"] = "/x/data";
  environment_["XDG_STATE_HOME"] = "/x/state";
  config = loaded();
  EXPECT_EQ(config.data_dir(), "/x/data/muai");
  EXPECT_EQ(config.trace_path(), "/x/state/muai/traces/workflow_traces.jsonl");

  environment_["XDG_DATA_HOME"] = "relative/is/ignored";
  EXPECT_EQ(loaded().data_dir(), home_ / ".local/share/muai");
}

TEST_F(ConfigTest, AMovedDataFolderTakesTheTracesAlong) {
  write_here("storage: {data_dir: kept}\n");
  Config config = loaded();
  EXPECT_EQ(config.data_dir(), here_ / "kept");
  EXPECT_EQ(config.trace_path(), here_ / "kept/traces/workflow_traces.jsonl");

  environment_["MUAI_DATA_DIR"] = "/elsewhere";
  config = loaded();
  EXPECT_EQ(config.data_dir(), "/elsewhere");
  EXPECT_EQ(config.trace_path(), "/elsewhere/traces/workflow_traces.jsonl");

  environment_["MUAI_TRACES_PATH"] = "/lines";
  EXPECT_EQ(loaded().trace_path(), "/lines/workflow_traces.jsonl");
}

TEST_F(ConfigTest, NothingIsReadFromASharedFolderWithoutAHome) {
  // Without HOME, /tmp/.config/muai/config.yaml was read, which anyone can write.
  environment_.erase("HOME");
  Result<Config> config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(config.error().message(), HasSubstr("MUAI_DATA_DIR"));
  environment_["MUAI_DATA_DIR"] = "/elsewhere";
  EXPECT_EQ(loaded().trace_path(), "/elsewhere/traces/workflow_traces.jsonl");
}

TEST_F(ConfigTest, AConfigFileMustExistAndBeAFile) {
  config_file_ = here_ / "absent.yaml";
  EXPECT_THAT(load().error().message(), HasSubstr("there is no such file"));
  config_file_ = here_;  // was read as an empty file
  const Result<Config> config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::Io);
}

TEST_F(ConfigTest, ALinkToItselfIsNoFile) {
  // Looking at it ended the program with an exception.
  fs::create_directories(here_ / "config");
  fs::create_symlink("system.yaml", here_ / "config/system.yaml");
  EXPECT_THAT(loaded().files(), IsEmpty());
}

TEST_F(ConfigTest, TheEngineIsGivenProvidersAndPrograms) {
  write_home(
      "exec:\n  programs:\n    count: {command: [/usr/bin/wc, -w], timeout_s: 5}\n"
      "search: {providers: [{kind: searxng, url: \"http://127.0.0.1:8888\"}, {kind: mediawiki}]}\n"
      "tools: {translator_url: \"http://127.0.0.1:5000\"}\n"
      "workflows: {files: [a.yaml, b.yaml]}\n"
      "network: {offline: true, private_hosts: [\"127.0.0.1:8080\"], user_agent: Me/1}\n"
      "limits: {deadline_s: 9}\n");
  const Config config = loaded();
  const Result<EngineOptions> options = config.engine_options();
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_EQ(options->data_dir, config.data_dir());
  EXPECT_EQ(options->trace.path, config.trace_path().string());
  EXPECT_EQ(options->network, NetworkAccess::Offline);
  EXPECT_EQ(options->user_agent, "Me/1");
  EXPECT_EQ(options->deadline, std::chrono::seconds(9));
  EXPECT_THAT(options->private_hosts, ElementsAre("127.0.0.1:8080"));
  EXPECT_THAT(options->workflow_files, ElementsAre("a.yaml", "b.yaml"));
  ASSERT_EQ(options->programs.size(), 1U);
  EXPECT_EQ(options->programs[0].name, "count");
  EXPECT_THAT(options->programs[0].command, ElementsAre("/usr/bin/wc", "-w"));
  EXPECT_EQ(options->programs[0].timeout_s, 5);
  ASSERT_EQ(options->providers.size(), 2U);
  EXPECT_EQ(options->providers[0].kind, "searxng");
  EXPECT_EQ(options->providers[0].url, "http://127.0.0.1:8888");
  EXPECT_EQ(options->providers[1].kind, "mediawiki");
  EXPECT_EQ(options->providers[1].url, "");
  // The translator's server may be private, so it is an origin of its own.
  ASSERT_EQ(options->origins.size(), 1U);
  EXPECT_EQ(options->origins[0].url, "http://127.0.0.1:5000");
}

TEST_F(ConfigTest, ProgramsThatCannotBeRunAsWrittenAreErrors) {
  // An argument that is a number was left out of the command without a word.
  for (const std::string program :
       {"{command: [wc]}", "{command: []}", "{command: /bin/x}", "{}", "x",
        "{command: [/bin/x, 8080]}", "{command: [/bin/x], timeout_s: soon}",
        "{command: [/bin/x], timeout_s: 0}", "{command: [/bin/x], timeout_s: 9999999999999}"}) {
    write_home("exec: {programs: {p: " + program + "}}\n");
    EXPECT_THAT(error_of_options(), AllOf(HasSubstr("config.yaml:1:"), HasSubstr("programs.p")))
        << program;
  }
}

TEST_F(ConfigTest, ADeadlineThatNoClockCanHoldIsAnError) {
  // It overflowed; zero and less became one second.
  for (const std::string seconds : {"0", "-1", "9999999999999"}) {
    write_home("limits: {deadline_s: " + seconds + "}\n");
    EXPECT_THAT(error_of_options(), HasSubstr("config.yaml:1:22: limits.deadline_s must be"))
        << seconds;
  }
}

TEST_F(ConfigTest, ListsHoldWhatTheyShould) {
  write_home("search: {providers: [mediawiki]}\n");
  EXPECT_THAT(error_of_options(), HasSubstr("each entry is {kind, url, key_env or key_file}"));
  write_home("network: {private_hosts: [8080]}\n");
  EXPECT_THAT(error_of_options(), HasSubstr("network.private_hosts must be a list of texts"));
  write_home("trace: {content: some}\n");
  EXPECT_THAT(error_of_options(), HasSubstr("some"));
}

TEST_F(ConfigTest, KeysComeFromAVariableOrAFileAndAreShownNowhere) {
  environment_["BRAVE_API_KEY"] = " brave-key-1\n";
  environment_["OTHER"] = "other-key-2";
  const fs::path file = write(home_ / "tavily.key", "tavily-key-3\n");
  EXPECT_EQ(provider_of("{kind: brave}")->key.value, "brave-key-1");
  EXPECT_EQ(provider_of("{kind: brave, key_env: OTHER}")->key.value, "other-key-2");
  EXPECT_EQ(provider_of("{kind: brave, key_env: OTHER}")->key.place, "the variable OTHER");
  const auto tavily = provider_of("{kind: tavily, key_file: ~/tavily.key}");
  ASSERT_TRUE(tavily) << tavily.error().message();
  EXPECT_EQ(tavily->key.value, "tavily-key-3");
  EXPECT_EQ(tavily->key.place, "the file " + file.string());
  for (const SettingValue& setting : loaded().settings())
    EXPECT_THAT(setting.value, ::testing::Not(HasSubstr("key-3")));
}

TEST_F(ConfigTest, AKeyThatIsNotSetLeavesTheProviderWithoutOne) {
  const auto tavily = provider_of("{kind: tavily}");
  ASSERT_TRUE(tavily) << tavily.error().message();
  EXPECT_EQ(tavily->key.value, "");
  EXPECT_EQ(tavily->key.place, "the variable TAVILY_API_KEY");
}

TEST_F(ConfigTest, WrongProvidersAreNamedWithTheRemedyAndWithoutKeys) {
  write(home_ / "long.key", std::string(5000, 'k'));
  const std::pair<const char*, const char*> wrong[] = {
      {"{kind: brave, key: secret-0}", "key_env or key_file"},
      {"{kind: brave, key_fil: x}", "'key_file'"},
      {"{kind: brve}", "'brave'"},
      {"{kind: 7}", "kind must be a text"},
      {"{kind: brave, key_file: relative.key}", "absolute path"},
      {"{kind: brave, key_file: /nonexistent/key}", "cannot be read"},
      {"{kind: brave, key_file: ~/long.key}", "more than a key"},
      {"{kind: brave, key_file: /k, key_env: K}", "keep one"},
      {"{kind: searxng, url: \"http://127.0.0.1:1\", key_env: K}", "takes no key"}};
  for (const auto& [entry, said] : wrong) {
    const auto provider = provider_of(entry);
    ASSERT_FALSE(provider) << entry;
    EXPECT_EQ(provider.error().code(), ErrorCode::InvalidConfig);
    EXPECT_THAT(provider.error().message(), AllOf(HasSubstr("config.yaml:1"), HasSubstr(said),
                                                  ::testing::Not(HasSubstr("secret-0"))));
  }
}

constexpr const char* kTwoModels = R"(models:
  - {name: small, capabilities: [generate], base_url: "http://127.0.0.1:1/v1", model_path: s,
     key_env: SMALL_KEY}
  - {name: vectors, capabilities: [embed], base_url: "http://127.0.0.1:1/v1", model_path: v}
)";

TEST_F(ConfigTest, ModelsComeFromTheUsersFilesAndAreAskedInTheirOrder) {
  write(home_ / ".config/muai/models.yaml", kTwoModels);
  write_home(
      "models: {large: {capabilities: [generate], base_url: \"http://127.0.0.1:2/v1\", "
      "model_path: l}}\n");
  environment_["SMALL_KEY"] = "a-key-of-mine";
  const Result<EngineOptions> options = loaded().engine_options();
  ASSERT_TRUE(options.has_value()) << options.error().message();
  EXPECT_THAT(options->models.order, ElementsAre("large", "small"));
  EXPECT_EQ(options->models.models.size(), 3U);
  EXPECT_THAT(options->trace.secrets, ::testing::Contains("a-key-of-mine"));
  environment_["MUAI_MODEL"] = "small, extractive";
  EXPECT_THAT(loaded().engine_options()->models.order, ElementsAre("small", "extractive"));
  environment_["MUAI_MODEL"] = "smal";
  EXPECT_THAT(error_of_options(), AllOf(HasSubstr("MUAI_MODEL"), HasSubstr("small")));
}

TEST_F(ConfigTest, TheEarlierFallbackOrderIsTaken) {
  write(home_ / ".config/muai/models.yaml", kTwoModels);
  write_home("error_handling: {model_fallback_order: [extractive]}\n");
  EXPECT_THAT(loaded().engine_options()->models.order, ElementsAre("extractive"));
}

TEST_F(ConfigTest, ModelsAndBudgetsOfAFolderMustBeTrusted) {
  write(here_ / "config/models.yaml", kTwoModels);
  write_here(std::string(kTwoModels) + "limits: {tokens: 1000000000}\nprompts: {dir: /tmp}\n");
  const Config config = loaded();
  EXPECT_TRUE(config.models().empty());
  EXPECT_EQ(config.warnings().size(), 4U);
  for (const std::string& warning : config.warnings())
    EXPECT_THAT(warning, HasSubstr("muai config trust"));
  ASSERT_TRUE(config.trust(here_ / "config/models.yaml").has_value());
  EXPECT_EQ(loaded().models().size(), 2U);
}

TEST_F(ConfigTest, BudgetsAreNumbersThatMakeSense) {
  write_home("limits: {cost_usd: 0.25, tokens: 1000, model_calls: 3}\n");
  const ModelBudgets budgets = loaded().engine_options()->models.budgets;
  EXPECT_EQ(budgets.cost_micro_usd_max, 250'000);
  EXPECT_EQ(budgets.tokens_max, 1000);
  EXPECT_EQ(budgets.calls_max, 3);
  write_home("limits: {cost_usd: -1}\n");
  EXPECT_THAT(error_of_options(), HasSubstr("limits.cost_usd"));
  write_home("limits: {tokens: -1}\n");
  EXPECT_THAT(error_of_options(), HasSubstr("limits.tokens"));
}

TEST_F(ConfigTest, PathsOfModelsBeginAtTheirFile) {
  write(
      home_ / ".config/muai/models.yaml",
      "models:\n  - {name: a, capabilities: [generate], model_path: w/a.gguf, expected_vram_mb: 1,"
      " supports_quant: false, preferred_device_policy: cpu_only}\n"
      "  - {name: b, capabilities: [generate], model_path: ~/b.gguf, expected_vram_mb: 1,"
      " supports_quant: false, preferred_device_policy: cpu_only}\n");
  const Config config = loaded();
  ASSERT_EQ(config.models().size(), 2U);
  EXPECT_EQ(config.models()[0].model_path, (home_ / ".config/muai/w/a.gguf").string());
  EXPECT_EQ(config.models()[1].model_path, (home_ / "b.gguf").string());
}

// A key that was sent without its line end was looked for in traces with it, and so not found.
TEST_F(ConfigTest, WhatIsKeptOutOfTracesIsTheKeyAsItIsSent) {
  const fs::path file = write(home_ / "cloud.key", " file-key-0123\r\n");
  environment_["CLOUD_KEY"] = " variable-key-4567\n";
  write_home(
      "models:\n  - {name: a, capabilities: [generate], base_url: \"http://127.0.0.1:1/v1\", "
      "model_path: a, key_env: CLOUD_KEY}\n"
      "  - {name: b, capabilities: [generate], base_url: \"http://127.0.0.1:2/v1\", "
      "model_path: b, key_file: " +
      file.string() + "}\n");
  const Result<EngineOptions> options = loaded().engine_options();
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_THAT(options->trace.secrets, ElementsAre("variable-key-4567", "file-key-0123"));
}

}  // namespace
}  // namespace muai
