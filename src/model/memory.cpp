// What /proc and the control group say, read without trust: a line that is not what it should be
// counts as absent, and numbers are compared before they are subtracted.

#include "muai/model/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>

#include "model/nvml.h"

namespace muai {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr std::uint64_t kMegabyte = 1 << 20;
constexpr int kGroupDepthMax = 64;

using Bytes = std::optional<std::uint64_t>;

// The first 64 KiB; empty when it cannot be read.
std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) return {};
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// The number that begins `text`; "max" and everything else is none.
Bytes number_at(std::string_view text) {
  text = without_blanks(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

// The number after `name` at the start of a line.
Bytes number_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) return number_at(line.substr(name.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

// The same, given in kB.
Bytes bytes_of(std::string_view text, std::string_view name) {
  const Bytes kilobytes = number_of(text, name);
  if (!kilobytes || *kilobytes > std::numeric_limits<std::uint64_t>::max() / 1024)
    return std::nullopt;
  return *kilobytes * 1024;
}

std::int64_t megabytes(Bytes bytes) {
  return bytes ? static_cast<std::int64_t>(*bytes / kMegabyte) : 0;
}

std::uint64_t above(std::uint64_t number, std::uint64_t less) {
  return number > less ? number - less : 0;
}

struct Ram {
  Bytes total;
  Bytes free;

  // Takes the smaller of each.
  void limit(const Ram& other) {
    for (auto [mine, theirs] : {std::pair(&total, &other.total), std::pair(&free, &other.free)})
      if (*theirs && (!*mine || **theirs < **mine)) *mine = *theirs;
  }
};

// The names of one version of control groups.
struct GroupFiles {
  std::string_view limit;
  std::string_view used;
  std::string_view reclaimable;  // a line of memory.stat
};
constexpr GroupFiles kVersion2{"memory.max", "memory.current", "inactive_file "};
constexpr GroupFiles kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes",
                               "total_inactive_file "};

// What one group allows. Without a limit: nothing is known.
Ram ram_of_group(const fs::path& folder, const GroupFiles& files) {
  const Bytes limit = number_at(text_of(folder / files.limit));
  if (!limit) return {};
  const Bytes used = number_at(text_of(folder / files.used));
  if (!used) return {limit, limit};
  const Bytes cached = number_of(text_of(folder / "memory.stat"), files.reclaimable);
  return {limit, above(*limit, above(*used, cached.value_or(0)))};
}

// The group's limits and those of every group around it. Inside a container the path may name a
// place that only the host sees: then the mounted root is what counts.
Ram ram_of_groups(const fs::path& root, std::string_view path, const GroupFiles& files) {
  Ram ram = ram_of_group(root, files);
  if (path.contains("..")) return ram;
  for (int depth = 0; depth < kGroupDepthMax && path.size() > 1; ++depth) {
    ram.limit(ram_of_group(root / path.substr(1), files));
    path = path.substr(0, path.rfind('/'));
  }
  return ram;
}

// Lines are "HIERARCHY:CONTROLLERS:PATH"; version 2 is hierarchy 0 without controllers.
Ram ram_of_control_groups(const MemorySources& sources) {
  Ram ram;
  const std::string memberships = text_of(sources.proc / "self" / "cgroup");
  std::string_view rest = memberships;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (controllers.empty())
      ram.limit(ram_of_groups(sources.cgroup, path, kVersion2));
    else if (fmt::format(",{},", controllers).contains(",memory,"))
      ram.limit(ram_of_groups(sources.cgroup / "memory", path, kVersion1));
  }
  return ram;
}

Ram ram_of_machine(const MemorySources& sources) {
  const std::string text = text_of(sources.proc / "meminfo");
  Ram ram{bytes_of(text, "MemTotal:"), bytes_of(text, "MemAvailable:")};
  // Groups without a limit of version 1 say a number beyond every machine.
  ram.limit(ram_of_control_groups(sources));
  if (ram.total && ram.free) ram.free = std::min(*ram.total, *ram.free);
  return ram;
}

Task<MemoryState> ask(const MemoryMeter& meter, Pool& workers) {
  auto work = [&meter] { return meter.state(); };
  Result<MemoryState> state = co_await on_pool(workers, work, std::stop_token());
  co_return state ? *state : MemoryState();
}

}  // namespace

struct MemoryMeter::Rep {
  MemorySources sources;
  mutable std::once_flag opened = {};
  mutable std::optional<Nvml> gpus = std::nullopt;

  const Nvml& nvml() const {
    std::call_once(opened, [this] { gpus.emplace(sources.gpu_library); });
    return *gpus;
  }
};

MemoryMeter::MemoryMeter(MemorySources sources) : rep_(std::make_unique<Rep>(std::move(sources))) {}

MemoryMeter::~MemoryMeter() = default;

MemoryState MemoryMeter::state() const {
  const GpuMemory vram = rep_->nvml().memory();
  const Ram ram = ram_of_machine(rep_->sources);
  return {.vram_total_mb = megabytes(vram.total),
          .vram_free_mb = megabytes(std::min(vram.free, vram.total)),
          .ram_total_mb = megabytes(ram.total),
          .ram_free_mb = megabytes(ram.free)};
}

MemoryUse MemoryMeter::of_process(std::int64_t pid) const {
  const std::string status = text_of(rep_->sources.proc / fmt::to_string(pid) / "status");
  if (status.empty()) return {};
  return {.vram_mb = megabytes(rep_->nvml().used_by(pid)),
          .ram_mb = megabytes(bytes_of(status, "VmRSS:"))};
}

std::int64_t MemoryMeter::ram_peak_mb(std::int64_t pid) const {
  const std::string status = text_of(rep_->sources.proc / fmt::to_string(pid) / "status");
  return megabytes(bytes_of(status, "VmHWM:"));
}

MemoryProbe memory_probe(const MemoryMeter& meter, Pool& workers) {
  return [&meter, &workers] { return ask(meter, workers); };
}

}  // namespace muai
