#include "tests/support/gguf_writer.h"

#include <utility>

namespace muai::testing {

namespace {

constexpr std::size_t kAlignment = 32;

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, std::uint64_t{text.size()});
  bytes.append(text);
}

void align(std::string& bytes) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace

void GgufWriter::begin_key(std::string_view key, GgufKey type) {
  ++keys_;
  append_text(key_bytes_, key);
  append_number(key_bytes_, std::to_underlying(type));
}

void GgufWriter::begin_array(std::string_view key, GgufKey type, std::size_t count) {
  begin_key(key, GgufKey::Array);
  append_number(key_bytes_, std::to_underlying(type));
  append_number(key_bytes_, std::uint64_t{count});
}

void GgufWriter::add(std::string_view key, std::string_view text) {
  begin_key(key, GgufKey::String);
  append_text(key_bytes_, text);
}

void GgufWriter::add(std::string_view key, std::uint32_t number) {
  begin_key(key, GgufKey::UInt32);
  append_number(key_bytes_, number);
}

void GgufWriter::add(std::string_view key, float number) {
  begin_key(key, GgufKey::Float32);
  append_number(key_bytes_, number);
}

void GgufWriter::add_flag(std::string_view key, std::uint8_t flag) {
  begin_key(key, GgufKey::Bool);
  append_number(key_bytes_, flag);
}

void GgufWriter::add(std::string_view key, const std::vector<std::string>& texts) {
  begin_array(key, GgufKey::String, texts.size());
  for (const std::string& text : texts) append_text(key_bytes_, text);
}

void GgufWriter::add(std::string_view key, const std::vector<float>& numbers) {
  begin_array(key, GgufKey::Float32, numbers.size());
  for (const float number : numbers) append_number(key_bytes_, number);
}

void GgufWriter::add(std::string_view key, const std::vector<std::int32_t>& numbers) {
  begin_array(key, GgufKey::Int32, numbers.size());
  for (const std::int32_t number : numbers) append_number(key_bytes_, number);
}

void GgufWriter::add_tensor(std::string_view name, GgufTensor type,
                            std::vector<std::uint64_t> shape, std::string bytes) {
  tensors_.push_back({std::string(name), type, std::move(shape), std::move(bytes)});
}

std::string GgufWriter::file() const {
  std::string bytes = "GGUF";
  append_number(bytes, std::uint32_t{3});
  append_number(bytes, std::uint64_t{tensors_.size()});
  append_number(bytes, keys_);
  bytes += key_bytes_;
  std::string numbers;
  for (const Tensor& tensor : tensors_) {
    append_text(bytes, tensor.name);
    append_number(bytes, static_cast<std::uint32_t>(tensor.shape.size()));
    for (const std::uint64_t length : tensor.shape) append_number(bytes, length);
    append_number(bytes, std::to_underlying(tensor.type));
    append_number(bytes, std::uint64_t{numbers.size()});
    numbers += tensor.bytes;
    align(numbers);
  }
  align(bytes);
  return bytes + numbers;
}

}  // namespace muai::testing
