#pragma once

// Config: every setting, its value, and where the value came from.
//
// Sources, strongest first: flags, MUAI_* environment variables, --config FILE,
// ./config/system.yaml, $XDG_CONFIG_HOME/muai/config.yaml, /etc/muai/config.yaml, built in.
// A file found in the working directory may not name commands, upstream addresses, private hosts,
// models, prompts, budgets or workflow files, nor let traces expire, unless that very file was
// trusted (`muai config trust`): such members are left out with a warning, so that entering a
// folder can never run, contact or remove anything.

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/engine/engine.h"
#include "muai/engine/model_options.h"

namespace muai {

// One setting as it stands.
struct SettingValue {
  std::string name;    // "network.offline"
  std::string value;   // JSON text
  std::string origin;  // "command line", "MUAI_OFFLINE", "/etc/muai/config.yaml:3:5", "built in"
  std::string meaning;
};

// What Config::load looks at. `environment` is asked for single names, so that tests need none.
struct ConfigSources {
  std::map<std::string, std::string> flags;  // setting name -> JSON text, from the command line
  std::filesystem::path config_file;         // --config FILE; empty: none
  std::filesystem::path working_folder;
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

class Config {
 public:
  // InvalidConfig names file, line and remedy. Unknown members are warnings.
  static Result<Config> load(const ConfigSources& sources);

  // All settings by name.
  const std::vector<SettingValue>& settings() const { return settings_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Files that were read, strongest first.
  const std::vector<std::filesystem::path>& files() const { return files_; }

  // The models of all trusted files, strongest source first: `models` of each file above,
  // model.files, ./config/phase_b/models.yaml or else ./config/models.yaml, and models.yaml beside
  // the user's config.yaml. The first entry of a name counts.
  const std::vector<ModelDescription>& models() const { return models_; }

  // REQUIRES: a known name.
  std::string text(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  boost::json::value json(std::string_view name) const;

  // $MUAI_DATA_DIR, else storage.data_dir, else $XDG_DATA_HOME/muai or ~/.local/share/muai.
  const std::filesystem::path& data_dir() const { return data_dir_; }
  const std::filesystem::path& trace_path() const { return trace_path_; }

  // What the engine needs of this, the keys of services read from where the settings say;
  // callbacks, collections and paths are the caller's to add.
  Result<EngineOptions> engine_options() const;

  // Remembers that this file, as it is now, may set everything. Io on failure.
  Result<void> trust(const std::filesystem::path& file) const;

 private:
  const SettingValue& setting(std::string_view name) const;
  Result<std::vector<std::string>> model_order() const;
  Result<ModelOptions> model_options() const;
  std::vector<std::string> model_keys() const;

  std::function<std::optional<std::string>(const std::string& name)> environment_;
  std::vector<SettingValue> settings_;
  std::vector<std::string> warnings_;
  std::vector<std::filesystem::path> files_;
  std::vector<ModelDescription> models_;
  std::filesystem::path data_dir_;
  std::filesystem::path trace_path_;
  std::filesystem::path trust_path_;
};

}  // namespace muai
