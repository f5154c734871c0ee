#include "model/llama_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "model/quantized_file.h"

namespace muai {

namespace {

constexpr double kMargin = 1.1;
// A server with its libraries and buffers, and what a CUDA context takes on both sides.
constexpr std::int64_t kProcessMb = 40;
constexpr std::int64_t kContextVramMb = 400;
constexpr std::int64_t kContextRamMb = 600;
// Tokens that are worked on together: llama-server's own default.
constexpr std::int64_t kBatchTokens = 512;
// Of activations, in numbers of 4 bytes for each token and unit of width.
constexpr double kActivations = 8;

// Rounded up, but not for what binary fractions add to a whole number.
std::int64_t whole_mb(double megabytes) {
  return static_cast<std::int64_t>(std::ceil(megabytes - 1e-6));
}

MemoryUse on_device(double model_mb, Device device) {
  const std::int64_t needed = whole_mb(model_mb * kMargin);
  if (device == Device::Cpu) return {.vram_mb = 0, .ram_mb = needed + kProcessMb};
  return {.vram_mb = needed + kContextVramMb, .ram_mb = kContextRamMb};
}

}  // namespace

MemoryUse reckoned_size(const GgufHeader& header, const LlamaShape& shape) {
  constexpr double kMb = 1 << 20;
  double weights = static_cast<double>(header.weight_bytes) * static_cast<double>(header.parts);
  const Quantization width = shape.placement.quantization;
  if (width != Quantization::None && header.bits_per_weight > quantized_bits(width)) {
    weights *= quantized_bits(width) / header.bits_per_weight;
  }
  const std::int64_t tokens = shape.context_tokens * shape.requests;
  const double batch = static_cast<double>(std::min(kBatchTokens, tokens));
  const double numbers = static_cast<double>(header.vocabulary) +
                         kActivations * static_cast<double>(header.embedding_length);
  const double work = batch * numbers * 4;
  const double cache = static_cast<double>(cache_mb(header, tokens));
  return on_device((weights + work) / kMb + cache, shape.placement.device);
}

std::optional<MemoryUse> fitted_size(std::string_view table) {
  double host = 0;
  double devices = 0;
  bool is_table = false;
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    const std::string line(table.substr(0, end));
    table.remove_prefix(std::min(end + 1, table.size()));
    char name[64] = "";
    long long weights = -1;
    long long cache = -1;
    long long work = -1;
    if (std::sscanf(line.c_str(), "%63s %lld %lld %lld", name, &weights, &cache, &work) != 4 ||
        weights < 0 || cache < 0 || work < 0) {
      continue;
    }
    const double sum =
        static_cast<double>(weights) + static_cast<double>(cache) + static_cast<double>(work);
    (std::string_view(name) == "Host" ? host : devices) += sum;
    is_table = true;
  }
  if (!is_table) return std::nullopt;
  if (devices == 0) return on_device(host, Device::Cpu);
  MemoryUse use = on_device(devices, Device::Gpu);
  use.ram_mb += whole_mb(host * kMargin);
  return use;
}

std::string size_note_name(const std::string& file_identity, const LlamaShape& shape) {
  return fmt::format("{}|{}x{}|{}|{}", file_identity, shape.requests, shape.context_tokens,
                     to_string(shape.placement.device), to_string(shape.placement.quantization));
}

std::string size_note(MemoryUse measured) {
  return fmt::format("{} {}", measured.vram_mb, measured.ram_mb);
}

std::optional<MemoryUse> noted_size(std::string_view note) {
  long long vram = -1;
  long long ram = -1;
  const std::string text(note);
  if (std::sscanf(text.c_str(), "%lld %lld", &vram, &ram) != 2 || vram < 0 || ram < 0) {
    return std::nullopt;
  }
  return MemoryUse{.vram_mb = vram, .ram_mb = ram};
}

}  // namespace muai
