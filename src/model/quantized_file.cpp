#include "model/quantized_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "model/file_notes.h"
#include "muai/core/check.h"
#include "muai/core/sha256.h"

namespace muai {

namespace fs = std::filesystem;

namespace {

constexpr auto kPartSuffix = ".part";
constexpr auto kLeftBehindAfter = std::chrono::hours(24);

Result<std::string> digest_of(const std::string& path, std::stop_token stop) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return fail(ErrorCode::Io, fmt::format("model file '{}': {}", path, std::strerror(errno)));
  }
  Sha256 digest;
  std::vector<char> buffer(1 << 20);
  ssize_t count = 0;
  while (!stop.stop_requested() && (count = ::read(file, buffer.data(), buffer.size())) > 0) {
    digest.update({buffer.data(), static_cast<std::size_t>(count)});
  }
  const int problem = errno;
  ::close(file);
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped before it was done");
  if (count < 0) {
    return fail(ErrorCode::Io, fmt::format("model file '{}': {}", path, std::strerror(problem)));
  }
  return digest.hex();
}

// The digest is asked for at each load, and reading 20 GB takes a minute.
Result<std::string> known_digest(const std::string& path, const std::string& folder,
                                 std::stop_token stop) {
  const FileNotes notes(folder + "/digests.json");
  const std::string identity = file_identity(path);
  if (auto noted = notes.find(identity); noted && noted->size() == 64) return *std::move(noted);
  MUAI_TRY(std::string digest, digest_of(path, std::move(stop)));
  if (file_identity(path) == identity) notes.put(identity, digest);
  return digest;
}

}  // namespace

std::string_view quantized_type(Quantization width) {
  MUAI_CHECK(width != Quantization::None);
  return width == Quantization::Bits8 ? "Q8_0" : "Q4_K_M";
}

double quantized_bits(Quantization width) {
  switch (width) {
    case Quantization::None: break;
    case Quantization::Bits8: return 8.5;
    case Quantization::Bits4: return 4.95;
  }
  return 16;
}

Result<QuantizePlan> plan_quantizing(std::string source, Quantization width, std::string folder,
                                     std::string program_version, std::stop_token stop) {
  QuantizePlan plan{
      .source = std::move(source), .width = width, .program_version = std::move(program_version)};
  MUAI_TRY(plan.header, read_gguf_header(plan.source));
  const std::string_view type = quantized_type(width);
  if (plan.header.parts > 1) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("model file '{}' is one of {} parts; join them to quantise it",
                            plan.source, plan.header.parts));
  }
  if (plan.header.bits_per_weight < quantized_bits(width) + 0.75) {
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("model file '{}' is {} already, {:.2g} bits for each weight: {} would "
                    "not be smaller",
                    plan.source, plan.header.weight_type, plan.header.bits_per_weight, type));
  }
  MUAI_TRY(const std::string digest, known_digest(plan.source, folder, std::move(stop)));
  plan.target = fmt::format("{}/{}-{}-{}.gguf", folder, digest, type, plan.program_version);
  plan.part = fmt::format("{}.{}{}", plan.target, ::getpid(), kPartSuffix);
  plan.is_there = ::access(plan.target.c_str(), R_OK) == 0;
  return plan;
}

Result<void> prepare_quantizing(const QuantizePlan& plan) {
  const fs::path folder = fs::path(plan.target).parent_path();
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return fail(ErrorCode::Io, fmt::format("folder '{}': {}", folder.string(), failed.message()));
  }
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() != kPartSuffix) continue;
    if (now - entry.last_write_time(failed) > kLeftBehindAfter) fs::remove(entry, failed);
  }
  const double needed = static_cast<double>(plan.header.weight_bytes) * 1.05 *
                        quantized_bits(plan.width) / plan.header.bits_per_weight;
  const fs::space_info room = fs::space(folder, failed);
  if (!failed && static_cast<double>(room.available) < needed) {
    return fail(ErrorCode::Io,
                fmt::format("'{}' has room for {} MB, and the {} form of '{}' needs {:.0f} MB",
                            folder.string(), room.available >> 20, quantized_type(plan.width),
                            plan.source, needed / (1 << 20)));
  }
  return {};
}

Result<GgufHeader> accept_quantized(const QuantizePlan& plan) {
  MUAI_TRY(GgufHeader header, read_gguf_header(plan.part));
  const bool is_same = header.architecture == plan.header.architecture &&
                       header.layers == plan.header.layers &&
                       header.parameters == plan.header.parameters;
  if (!is_same || header.bits_per_weight >= plan.header.bits_per_weight) {
    return fail(
        ErrorCode::Corrupt,
        fmt::format("the {} form of '{}' is not what it should be: {} parameters of {:.2g} "
                    "bits, from {} of {:.2g}",
                    quantized_type(plan.width), plan.source, header.parameters,
                    header.bits_per_weight, plan.header.parameters, plan.header.bits_per_weight));
  }
  if (std::rename(plan.part.c_str(), plan.target.c_str()) != 0) {
    return fail(ErrorCode::Io, fmt::format("file '{}': {}", plan.target, std::strerror(errno)));
  }
  return header;
}

}  // namespace muai
