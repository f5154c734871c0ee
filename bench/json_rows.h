#pragma once

// Data sets of the evaluation programs: one JSON value a line, plain or in gzip.

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "muai/core/json.h"

namespace muai {

// The bytes of a file, unpacked when its name ends in ".gz". Ends the program when it cannot be
// read: an evaluation of nothing must not look like a result.
inline std::string read_bytes(const std::string& path) {
  std::string all;
  if (path.ends_with(".gz")) {
    const std::string command = "gzip -dc '" + path + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 1 << 16> buffer;
    for (std::size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
      all.append(buffer.data(), size);
  } else {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    all = out.str();
  }
  if (all.empty()) {
    std::cerr << "cannot read " << path << "\n";
    std::exit(2);
  }
  return all;
}

// The values of a file, one a line.
inline std::vector<boost::json::value> read_rows(const std::string& path) {
  std::vector<boost::json::value> rows;
  std::istringstream in(read_bytes(path));
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) rows.push_back(boost::json::parse(line));
  return rows;
}

inline void write_row(std::ostream& out, const boost::json::object& row) {
  out << write_json(row).value() << "\n";
}

}  // namespace muai
