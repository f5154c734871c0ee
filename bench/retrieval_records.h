#pragma once

// The documents and queries of a retrieval collection: id, title, text.

#include <string>
#include <vector>

#include "bench/json_rows.h"

namespace muai {

struct Record {
  std::string id;
  std::string title;
  std::string text;
};

// Members that are missing are empty. Ends the program when the file cannot be read.
inline std::vector<Record> read_records(const std::string& file) {
  const auto member = [](const boost::json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  std::vector<Record> records;
  for (const boost::json::value& row : read_rows(file)) {
    const boost::json::object& object = row.as_object();
    records.push_back({member(object, "id"), member(object, "title"), member(object, "text")});
  }
  return records;
}

}  // namespace muai
