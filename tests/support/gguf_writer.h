#pragma once

// Writes GGUF version 3 files, whole or wrong in ways that a test asks for. Little-endian.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace muai::testing {

// Numbers of the format.
enum class GgufKey : std::uint32_t {
  UInt32 = 4,
  Int32 = 5,
  Float32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  UInt64 = 10
};
enum class GgufTensor : std::uint32_t { F32 = 0, F16 = 1 };

template <class T>
void append_number(std::string& bytes, T value) {
  static_assert(std::is_arithmetic_v<T> && std::endian::native == std::endian::little);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Keys and tensors stand in the file in the order in which they are added.
class GgufWriter {
 public:
  void add(std::string_view key, std::string_view text);
  void add(std::string_view key, std::uint32_t number);
  void add(std::string_view key, float number);
  void add_flag(std::string_view key, std::uint8_t flag);
  void add(std::string_view key, const std::vector<std::string>& texts);
  void add(std::string_view key, const std::vector<float>& numbers);
  void add(std::string_view key, const std::vector<std::int32_t>& numbers);

  // `shape` is the row length first, as the format has it. `bytes` are the numbers of `type`.
  void add_tensor(std::string_view name, GgufTensor type, std::vector<std::uint64_t> shape,
                  std::string bytes);

  std::string file() const;

 private:
  struct Tensor {
    std::string name;
    GgufTensor type;
    std::vector<std::uint64_t> shape;
    std::string bytes;
  };
  void begin_key(std::string_view key, GgufKey type);
  void begin_array(std::string_view key, GgufKey type, std::size_t count);

  std::uint64_t keys_ = 0;
  std::string key_bytes_;
  std::vector<Tensor> tensors_;
};

}  // namespace muai::testing
