#pragma once

// Models files (docs/formats/models.md): which models there are, and where.

#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/model/model_description.h"

namespace muai {

class YamlDocument;

struct ModelsFile {
  std::vector<ModelDescription> models;  // in the order of the file
  // What was read but means nothing here, one line each, with its place.
  std::vector<std::string> warnings;
};

// Reads a models file: `models: [...]`, a list of entries with the fields of ModelDescription, or
// one of the two maps NAME -> {...} of the earlier system, which are translated as far as they have
// a meaning here. InvalidConfig names every missing or wrong field of every entry, all at once, a
// line each: "models.yaml:3:5: model 'tiny': expected_vram_mb is missing".
Result<ModelsFile> read_models_file(std::string_view yaml, std::string_view source_name);

// The same for the value at JSON pointer `at` of a file that holds more: "/models" of system.yaml.
// Nothing there: no models.
Result<ModelsFile> read_models_section(const YamlDocument& document, std::string_view at);

// The JSON Schema of `models: [...]` files, for editors.
std::string_view models_schema();

}  // namespace muai
