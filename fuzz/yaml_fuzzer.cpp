// Any bytes as YAML: a value with positions, or a typed error; then the value as a schema, and
// checked against itself.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/check.h"
#include "muai/text/json_schema.h"
#include "muai/text/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const muai::Result<muai::YamlDocument> document = muai::read_yaml(text, "fuzz.yaml");
  if (!document) {
    MUAI_CHECK(document.error().message().starts_with("fuzz.yaml:"));
    return 0;
  }
  (void)document->where("/a/0/b~1c");
  (void)document->key_position("/0");
  if (const auto schema = muai::JsonSchema::compile(document->value())) {
    (void)muai::check_yaml(*document, *schema);
  }
  return 0;
}
