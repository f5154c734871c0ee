#pragma once

// The part of quantising that blocks: what form a file gets, where it is kept, whether it is right.

#include <stop_token>
#include <string>

#include "muai/core/result.h"
#include "muai/model/gguf.h"
#include "muai/model/model.h"

namespace muai {

// "Q8_0", "Q4_K_M": what llama-quantize calls it. REQUIRES: not Quantization::None.
std::string_view quantized_type(Quantization width);

// Bits that a number takes in that form, about.
double quantized_bits(Quantization width);

// A form that is to be made.
struct QuantizePlan {
  std::string source;
  std::string target;  // has this name when it is whole
  std::string part;    // is written under this one
  Quantization width = Quantization::None;
  std::string program_version;
  GgufHeader header;  // of the source
  bool is_there = false;
};

// Reads and hashes the source (the digest is remembered beside the forms) and looks for the form.
// InvalidInput when the source is no wider than `width` or in parts; the errors of
// read_gguf_header; Cancelled.
Result<QuantizePlan> plan_quantizing(std::string source, Quantization width, std::string folder,
                                     std::string program_version, std::stop_token stop);

// Makes the folder, removes parts that were left there, and sees whether the disk has room: Io.
Result<void> prepare_quantizing(const QuantizePlan& plan);

// Reads the written part back and gives it its name. Corrupt when it is not what was asked for.
Result<GgufHeader> accept_quantized(const QuantizePlan& plan);

}  // namespace muai
