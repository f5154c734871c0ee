// Reading goes entry by entry and gathers what is wrong instead of stopping at it, so that one run
// of the program shows all that has to be repaired. Which of the forms an entry has, its own fields
// tell.

#include "muai/model/models_file.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "model/embedded_texts.h"
#include "model/model_entry.h"
#include "muai/core/json.h"
#include "muai/text/yaml.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kLinesMax = 100;

// Reads the entries of one file, gathering models, problems and warnings.
class ModelsReader {
 public:
  explicit ModelsReader(const YamlDocument& document) : document_(document) {}

  void read(const json::value& models, const std::string& at) {
    if (models.is_null()) return;
    if (models.is_array()) {
      read_list(models.get_array(), at);
    } else if (models.is_object()) {
      read_map(models.get_object(), at);
    } else {
      problem(at, "models must be a list of entries, or a map of name to entry");
    }
  }

  void warn(const std::string& at, std::string_view what) {
    if (file_.warnings.size() < kLinesMax)
      file_.warnings.push_back(fmt::format("{}: {}", document_.where(at), what));
  }

  Result<ModelsFile> result() && {
    if (problems_.empty()) return std::move(file_);
    return fail(ErrorCode::InvalidConfig, fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  void problem(const std::string& at, std::string_view what) {
    if (problems_.size() < kLinesMax)
      problems_.push_back(fmt::format("{}: {}", document_.where(at), what));
  }

  void read_list(const json::array& list, const std::string& at) {
    for (std::size_t index = 0; index < list.size(); ++index) {
      const std::string here = fmt::format("{}/{}", at, index);
      if (list[index].is_object()) {
        read_entry(list[index].get_object(), here);
      } else {
        problem(here, "a model is a map of its fields");
      }
    }
  }

  // Entries of today may stand in a map too; the key is the name then. Those of the earlier system
  // are known by their fields.
  void read_map(const json::object& map, const std::string& at) {
    for (const auto& member : map) {
      const std::string here = pointer_to_member(at, member.key());
      const std::string name(member.key());
      if (!member.value().is_object()) {
        problem(here, fmt::format("model '{}': must be a map of its fields", name));
        continue;
      }
      const json::object& entry = member.value().get_object();
      if (entry.contains("capabilities") || entry.contains("base_url")) {
        json::object named = entry;
        named.insert_or_assign("name", name);
        read_entry(named, here);
      } else {
        read_earlier(name, entry, here);
      }
    }
  }

  void read_entry(const json::object& entry, const std::string& at) {
    ModelEntry read = read_model_entry(entry);
    const std::string& name = read.description.name;
    for (const FieldProblem& wrong : read.problems)
      problem(pointer_to_member(at, wrong.field),
              fmt::format("model '{}': {} {}", name, wrong.field, wrong.what));
    keep(std::move(read.description), at);
  }

  void read_earlier(const std::string& name, const json::object& entry, const std::string& at) {
    EarlierEntry read = translate_earlier_model(name, entry);
    for (const FieldProblem& ignored : read.ignored)
      warn(pointer_to_member(at, ignored.field),
           fmt::format("model '{}': {} {}", name, ignored.field, ignored.what));
    if (read.is_usable) keep(std::move(read.description), at);
  }

  void keep(ModelDescription description, const std::string& at) {
    const auto [known, is_new] = places_.emplace(description.name, document_.where(at));
    if (!is_new && !description.name.empty())
      problem(at,
              fmt::format("model '{}': is there already, at {}", description.name, known->second));
    file_.models.push_back(std::move(description));
  }

  const YamlDocument& document_;
  ModelsFile file_;
  std::map<std::string, std::string> places_;
  std::vector<std::string> problems_;
};

}  // namespace

Result<ModelsFile> read_models_file(std::string_view yaml, std::string_view source_name) {
  MUAI_TRY(const YamlDocument document, read_yaml(yaml, source_name));
  ModelsReader reader(document);
  const json::value& file = document.value();
  const bool has_section = file.is_object() && file.get_object().contains("models");
  if (!has_section) {
    reader.read(file, "");
    return std::move(reader).result();
  }
  for (const auto& member : file.get_object()) {
    if (member.key() == "models") {
      reader.read(member.value(), "/models");
    } else {
      reader.warn(
          pointer_to_member("", member.key()),
          fmt::format("{} has no meaning in a models file", std::string_view(member.key())));
    }
  }
  return std::move(reader).result();
}

Result<ModelsFile> read_models_section(const YamlDocument& document, std::string_view at) {
  ModelsReader reader(document);
  boost::system::error_code absent;
  const json::value* section = document.value().find_pointer(at, absent);
  if (section && !absent) reader.read(*section, std::string(at));
  return std::move(reader).result();
}

std::string_view models_schema() { return model_text("models.schema.json"); }

}  // namespace muai
