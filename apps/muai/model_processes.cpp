#include "muai/model_processes.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "muai/model/memory.h"

namespace muai {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLineMax = 80;

std::vector<std::string> command_of(const fs::path& process) {
  std::ifstream in(process / "cmdline", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', at), bytes.size());
    arguments.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
  return arguments;
}

std::string value_of(const std::vector<std::string>& arguments, std::string_view flag) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
    if (arguments[i] == flag) return arguments[i + 1];
  return {};
}

std::int64_t parent_of(const fs::path& process) {
  std::ifstream in(process / "status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("PPid:")) return std::atoll(line.c_str() + 5);
  return 0;
}

std::string line_of(std::int64_t pid) {
  std::string line;
  for (const std::string& argument : command_of(fs::path("/proc") / std::to_string(pid)))
    line += (line.empty() ? fs::path(argument).filename().string() : " " + argument);
  if (line.size() > kLineMax) line = line.substr(0, kLineMax - 3) + "...";
  return line;
}

std::optional<ModelProcess> model_process(const fs::path& process, std::int64_t pid,
                                          const std::string& runtime_parent) {
  const std::vector<std::string> arguments = command_of(process);
  if (!value_of(arguments, "--host").starts_with(runtime_parent + "/")) return std::nullopt;
  ModelProcess found{.model = value_of(arguments, "--alias"),
                     .file = value_of(arguments, "-m"),
                     .pid = pid,
                     .owner = parent_of(process)};
  found.owner_line = line_of(found.owner);
  return found;
}

}  // namespace

std::vector<ModelProcess> model_processes(const std::string& runtime_parent) {
  std::vector<ModelProcess> found;
  const MemoryMeter meter;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    std::int64_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (auto process = model_process(entry.path(), pid, runtime_parent)) {
      const MemoryUse memory = meter.of_process(pid);
      process->ram_mb = memory.ram_mb;
      process->vram_mb = memory.vram_mb;
      found.push_back(*std::move(process));
    }
  }
  std::ranges::sort(found, [](const ModelProcess& a, const ModelProcess& b) {
    return a.owner != b.owner ? a.owner < b.owner : a.pid < b.pid;
  });
  return found;
}

}  // namespace muai
