#pragma once

// Zip archives made in memory, for office files and e-books of a test's own.

#include <zip.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muai::testing {

class ZipFile {
 public:
  ZipFile& add(std::string name, std::string_view bytes) {
    parts_.emplace_back(std::move(name), bytes);
    return *this;
  }
  // Encrypts every part, as "save with password" does.
  ZipFile& set_password(std::string password) {
    password_ = std::move(password);
    return *this;
  }

  std::string bytes() const {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (!target) std::abort();
    zip_source_keep(target);
    zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (!archive) std::abort();
    for (const auto& [name, content] : parts_) {
      zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
      const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
      if (index < 0) std::abort();
      if (!password_.empty())
        zip_file_set_encryption(archive, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256,
                                password_.c_str());
    }
    if (zip_close(archive) != 0) std::abort();
    std::string all;
    if (zip_source_open(target) != 0) std::abort();
    char chunk[8192];
    for (zip_int64_t got = 1; got > 0;) {
      got = zip_source_read(target, chunk, sizeof chunk);
      if (got > 0) all.append(chunk, static_cast<std::size_t>(got));
    }
    zip_source_close(target);
    zip_source_free(target);
    return all;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parts_;
  std::string password_;
};

}  // namespace muai::testing
