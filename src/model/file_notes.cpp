#include "model/file_notes.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace muai {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kNotesMax = 1000;
constexpr std::uintmax_t kFileBytesMax = 4 << 20;

// [["about", "note"], ...], oldest first; empty when it is not that.
std::vector<std::pair<std::string, std::string>> read_notes(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> notes;
  std::error_code failed;
  const std::uintmax_t bytes = fs::file_size(file, failed);
  if (failed || bytes > kFileBytesMax) return notes;
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_array()) return notes;
  for (const json::value& entry : parsed.get_array()) {
    const json::array* const pair = entry.if_array();
    if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) continue;
    notes.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
  }
  return notes;
}

}  // namespace

std::string file_identity(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return "";
  return fmt::format("{}|{}|{}|{}.{:09}", path, found.st_size, found.st_ino, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec);
}

std::optional<std::string> FileNotes::find(std::string_view about) const {
  for (auto& [key, note] : read_notes(file_)) {
    if (key == about) return std::move(note);
  }
  return std::nullopt;
}

void FileNotes::put(std::string about, std::string note) const {
  auto notes = read_notes(file_);
  std::erase_if(notes, [&about](const auto& entry) { return entry.first == about; });
  notes.emplace_back(std::move(about), std::move(note));
  const std::size_t dropped = notes.size() > kNotesMax ? notes.size() - kNotesMax : 0;
  json::array list;
  for (std::size_t i = dropped; i < notes.size(); ++i) {
    list.push_back(json::array{notes[i].first, notes[i].second});
  }
  std::error_code ignored;
  fs::create_directories(fs::path(file_).parent_path(), ignored);
  const std::string fresh = fmt::format("{}.{}", file_, ::getpid());
  std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
  stream << json::serialize(list) << '\n';
  stream.close();
  if (!stream || std::rename(fresh.c_str(), file_.c_str()) != 0) ::unlink(fresh.c_str());
}

}  // namespace muai
