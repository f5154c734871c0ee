#pragma once

// The label table of the WHATWG Encoding Standard, and how ICU names each encoding.

#include <string_view>

namespace muai {

// Names as the Encoding Standard spells them, in lower case; "" for an unknown label. `label` must
// be lower case without surrounding white space.
std::string_view encoding_of_label(std::string_view label);

// The ICU converter that decodes `encoding`; "" for those without one ("replacement").
std::string_view icu_converter_name(std::string_view encoding);

}  // namespace muai
