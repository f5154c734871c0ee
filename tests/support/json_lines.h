#pragma once

// Test corpora: one JSON value a line.

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace muai::testing {

inline unsigned long hex_escape_at(std::string_view line, std::size_t at) {
  if (at + 6 > line.size() || line.substr(at, 2) != "\\u") return 0;
  return std::strtoul(std::string(line.substr(at + 2, 4)).c_str(), nullptr, 16);
}

// Escapes of lone surrogates become U+FFFD: what a program that holds UTF-8 would have been given.
inline std::string without_lone_surrogates(std::string line) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] != '\\') continue;
    const unsigned long unit = hex_escape_at(line, i);
    const unsigned long next = hex_escape_at(line, i + 6);
    const bool pair = unit >= 0xD800 && unit < 0xDC00 && next >= 0xDC00 && next < 0xE000;
    if (unit >= 0xD800 && unit < 0xE000 && !pair) line.replace(i, 6, "\\ufffd");
    i += pair ? 11 : 1;
  }
  return line;
}

// The values in tests/data/`file`, one a line.
inline std::vector<boost::json::value> json_lines(std::string_view file) {
  const std::string path = std::string(MUAI_TEST_DATA) + "/" + std::string(file);
  std::ifstream in(path);
  if (!in) {
    std::cerr << "cannot open " << path << "\n";
    std::abort();
  }
  std::vector<boost::json::value> values;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) values.push_back(boost::json::parse(without_lone_surrogates(line)));
  }
  return values;
}

}  // namespace muai::testing
