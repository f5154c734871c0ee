// One pass over the header: keys, then tensors. What is not needed is skipped by its length, so
// that a tokenizer of 200,000 words costs a walk and no memory. Sizes are summed only after each
// has been held against the end of the file.

#include "muai/model/gguf.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include "model/gguf_cursor.h"

namespace muai {

namespace {

constexpr std::uint64_t kHeaderBytesMax = std::uint64_t{256} << 20;
constexpr std::uint64_t kKeysMax = 65'536;
constexpr std::uint64_t kTensorsMax = 65'536;
constexpr std::size_t kKeyBytesMax = 65'535;
constexpr std::uint64_t kListedNumbersMax = 65'536;
// Far above any model; keeps sums and products within 64 bits.
constexpr std::int64_t kSizeMax = std::int64_t{1} << 32;
constexpr std::uint32_t kDimensionsMax = 4;

// Types of values, numbered as in the file.
enum class ValueType : std::uint32_t {
  UInt8,
  Int8,
  UInt16,
  Int16,
  UInt32,
  Int32,
  Float32,
  Bool,
  String,
  Array,
  UInt64,
  Int64,
  Float64,
};

// How tensors of a type lie in the file: `numbers` of a row take `bytes` together.
struct TensorType {
  std::uint32_t number;
  const char* name;
  std::uint64_t numbers;
  std::uint64_t bytes;
};

constexpr auto kTensorTypes = std::to_array<TensorType>({
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},
    {3, "Q4_1", 32, 20},      {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 36},      {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},  {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},
    {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},  {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},   {39, "MXFP4", 32, 17},
});

const TensorType* find_tensor_type(std::uint32_t number) {
  const auto found = std::ranges::find(kTensorTypes, number, &TensorType::number);
  return found == kTensorTypes.end() ? nullptr : &*found;
}

// Bytes of a value of fixed size; absent for texts, lists and what is no type.
std::optional<std::uint64_t> size_of(ValueType type) {
  switch (type) {
    case ValueType::UInt8:
    case ValueType::Int8:
    case ValueType::Bool: return 1;
    case ValueType::UInt16:
    case ValueType::Int16: return 2;
    case ValueType::UInt32:
    case ValueType::Int32:
    case ValueType::Float32: return 4;
    case ValueType::UInt64:
    case ValueType::Int64:
    case ValueType::Float64: return 8;
    case ValueType::String:
    case ValueType::Array: break;
  }
  return std::nullopt;
}

// A whole number of the file, or a list of them.
struct Counted {
  std::int64_t sum = 0;
  std::int64_t count = 1;
  bool is_list = false;
};

// What follows "ARCHITECTURE." in the keys that are kept.
constexpr std::string_view kSizes[] = {
    "context_length",       "block_count",
    "embedding_length",     "vocab_size",
    "attention.head_count", "attention.head_count_kv",
    "attention.key_length", "attention.value_length",
    "attention.causal",     "pooling_type",
};

bool is_kept(std::string_view key) {
  if (key == "general.alignment" || key == "split.count") return true;
  const std::size_t dot = key.find('.');
  return dot != key.npos && std::ranges::find(kSizes, key.substr(dot + 1)) != std::end(kSizes);
}

class GgufReader {
 public:
  GgufReader(ReadAt read, std::uint64_t file_bytes)
      : cursor_(std::move(read), file_bytes, kHeaderBytesMax), file_bytes_(file_bytes) {}

  Result<GgufHeader> read();

 private:
  Result<void> read_start();
  Result<void> read_key();
  Result<void> read_value(const std::string& key, ValueType type);
  Result<void> read_list(const std::string& key);
  Result<std::int64_t> read_whole(ValueType type, std::string_view what);
  Result<void> read_tensor();
  Result<void> place_tensor(std::string_view name, const TensorType* type,
                            std::span<const std::uint64_t> shape);
  Result<void> finish();
  std::int64_t size(std::string_view suffix) const;
  Result<void> finish_cache();
  void finish_weight_type();

  GgufCursor cursor_;
  std::uint64_t file_bytes_;
  std::uint64_t tensors_ = 0;
  std::uint64_t keys_ = 0;
  GgufHeader header_;
  std::map<std::string, Counted, std::less<>> sizes_;
  std::uint64_t tensors_end_ = 0;  // the furthest, from the start of the weights
  bool knows_all_types_ = true;
  std::map<std::string, double, std::less<>> matrix_numbers_;  // by type
  double matrix_bytes_ = 0;
};

Result<GgufHeader> GgufReader::read() {
  MUAI_TRY_VOID(read_start());
  for (std::uint64_t i = 0; i < keys_; ++i) MUAI_TRY_VOID(read_key());
  for (std::uint64_t i = 0; i < tensors_; ++i) MUAI_TRY_VOID(read_tensor());
  MUAI_TRY_VOID(finish());
  return std::move(header_);
}

Result<void> GgufReader::read_start() {
  std::array<char, 4> magic{};
  for (char& letter : magic) {
    MUAI_TRY(letter, cursor_.number<char>("its first four bytes"));
  }
  if (std::string_view(magic.data(), 4) != "GGUF") {
    return fail(ErrorCode::Corrupt, "it is no GGUF file: it does not begin with 'GGUF'");
  }
  MUAI_TRY(header_.version, cursor_.number<std::uint32_t>("the version"));
  if (header_.version != 2 && header_.version != 3) {
    const bool is_swapped = header_.version != 0 && (header_.version & 0xffff) == 0;
    return cursor_.corrupt(is_swapped
                               ? std::string("numbers of the other byte order")
                               : fmt::format("version {} (2 and 3 can be read)", header_.version));
  }
  MUAI_TRY(tensors_, cursor_.number<std::uint64_t>("the number of tensors"));
  MUAI_TRY(keys_, cursor_.number<std::uint64_t>("the number of keys"));
  if (tensors_ > kTensorsMax) return cursor_.corrupt(fmt::format("{} tensors", tensors_));
  if (keys_ > kKeysMax) return cursor_.corrupt(fmt::format("{} keys", keys_));
  return {};
}

Result<void> GgufReader::read_key() {
  MUAI_TRY(const std::string key, cursor_.text(kKeyBytesMax, "the name of a key"));
  MUAI_TRY(const auto type, cursor_.number<std::uint32_t>("the type of a value"));
  return read_value(key, static_cast<ValueType>(type));
}

Result<void> GgufReader::read_value(const std::string& key, ValueType type) {
  if (type == ValueType::Array) return read_list(key);
  if (type == ValueType::String) {
    if (key == "general.architecture") {
      MUAI_TRY(header_.architecture, cursor_.text(256, "the architecture"));
      return {};
    }
    if (key == "general.name") {
      MUAI_TRY(header_.name, cursor_.text(4096, "the name"));
      return {};
    }
    if (key == "tokenizer.chat_template") header_.has_chat_template = true;
    return cursor_.skip_text("a text");
  }
  const auto bytes = size_of(type);
  if (!bytes) return cursor_.corrupt("a value of unknown type");
  const bool is_fraction = type == ValueType::Float32 || type == ValueType::Float64;
  if (is_fraction || !is_kept(key)) return cursor_.skip(*bytes, "a number");
  MUAI_TRY(const std::int64_t number, read_whole(type, key));
  sizes_[key] = {.sum = number};
  return {};
}

// Whole numbers of the kept keys; more than any model has is nonsense.
Result<std::int64_t> GgufReader::read_whole(ValueType type, std::string_view what) {
  const std::uint64_t bytes = *size_of(type);
  std::uint64_t bits = 0;
  for (std::uint64_t i = 0; i < bytes; ++i) {
    MUAI_TRY(const auto byte, cursor_.number<std::uint8_t>(what));
    bits |= std::uint64_t{byte} << (8 * i);
  }
  if (bits >= static_cast<std::uint64_t>(kSizeMax)) {
    return cursor_.corrupt(fmt::format("{} is out of range", what));
  }
  return static_cast<std::int64_t>(bits);
}

Result<void> GgufReader::read_list(const std::string& key) {
  MUAI_TRY(const auto raw, cursor_.number<std::uint32_t>("the type of a list"));
  MUAI_TRY(const auto count, cursor_.number<std::uint64_t>("the length of a list"));
  const auto type = static_cast<ValueType>(raw);
  if (key == "tokenizer.ggml.tokens") {
    header_.vocabulary = static_cast<std::int64_t>(std::min(count, cursor_.left()));
  }
  if (type == ValueType::String) {
    if (count > cursor_.left() / 8) return cursor_.corrupt("the file ends inside a list of texts");
    for (std::uint64_t i = 0; i < count; ++i) MUAI_TRY_VOID(cursor_.skip_text("a list of texts"));
    return {};
  }
  const auto bytes = size_of(type);
  if (!bytes) return cursor_.corrupt("a list of unknown type");
  if (count > cursor_.left() / *bytes) return cursor_.corrupt("the file ends inside a list");
  const bool is_fraction = type == ValueType::Float32 || type == ValueType::Float64;
  if (is_fraction || count == 0 || count > kListedNumbersMax || !is_kept(key)) {
    return cursor_.skip(count * *bytes, "a list");
  }
  Counted listed{.sum = 0, .count = static_cast<std::int64_t>(count), .is_list = true};
  for (std::uint64_t i = 0; i < count; ++i) {
    MUAI_TRY(const std::int64_t number, read_whole(type, key));
    listed.sum += number;
  }
  sizes_[key] = listed;
  return {};
}

Result<void> GgufReader::read_tensor() {
  MUAI_TRY(const std::string name, cursor_.text(kKeyBytesMax, "the name of a tensor"));
  MUAI_TRY(const auto dimensions, cursor_.number<std::uint32_t>("the shape of a tensor"));
  if (dimensions == 0 || dimensions > kDimensionsMax) {
    return cursor_.corrupt(fmt::format("tensor '{:.64}' of {} dimensions", name, dimensions));
  }
  std::array<std::uint64_t, kDimensionsMax> shape{1, 1, 1, 1};
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    MUAI_TRY(shape[i], cursor_.number<std::uint64_t>("the shape of a tensor"));
  }
  MUAI_TRY(const auto type, cursor_.number<std::uint32_t>("the type of a tensor"));
  const TensorType* const known = find_tensor_type(type);
  return place_tensor(name, known, std::span(shape).first(dimensions));
}

// Checks where the tensor lies, and adds it to the sums.
Result<void> GgufReader::place_tensor(std::string_view name, const TensorType* type,
                                      std::span<const std::uint64_t> shape) {
  MUAI_TRY(const auto offset, cursor_.number<std::uint64_t>("the place of a tensor"));
  if (offset > file_bytes_) {
    return cursor_.corrupt(fmt::format("tensor '{:.64}' lies beyond the end", name));
  }
  std::uint64_t numbers = 1;
  for (const std::uint64_t length : shape) {
    if (__builtin_mul_overflow(numbers, length, &numbers) || numbers > (std::uint64_t{1} << 44)) {
      return cursor_.corrupt(fmt::format("tensor '{:.64}' is larger than any", name));
    }
  }
  header_.parameters += static_cast<std::int64_t>(numbers);
  if (!type) {  // of a version after ours
    knows_all_types_ = false;
    return {};
  }
  if (shape[0] % type->numbers != 0) {
    return cursor_.corrupt(
        fmt::format("tensor '{:.64}' has rows that {} can't hold", name, type->name));
  }
  const std::uint64_t bytes = numbers / type->numbers * type->bytes;
  tensors_end_ = std::max(tensors_end_, offset + bytes);
  if (shape.size() > 1) {
    matrix_numbers_[type->name] += static_cast<double>(numbers);
    matrix_bytes_ += static_cast<double>(bytes);
  }
  return {};
}

// The number at "ARCHITECTURE.suffix"; zero when there is none. Of a list, the mean.
std::int64_t GgufReader::size(std::string_view suffix) const {
  const auto found = sizes_.find(fmt::format("{}.{}", header_.architecture, suffix));
  if (found == sizes_.end()) return 0;
  return found->second.sum / found->second.count;
}

Result<void> GgufReader::finish() {
  if (header_.architecture.empty()) return cursor_.corrupt("no general.architecture in the keys");
  std::uint64_t alignment = 32;
  if (const auto found = sizes_.find("general.alignment"); found != sizes_.end()) {
    alignment = static_cast<std::uint64_t>(found->second.sum);
    if (alignment == 0 || alignment > 1 << 20 || (alignment & (alignment - 1)) != 0) {
      return cursor_.corrupt(fmt::format("general.alignment is {}", alignment));
    }
  }
  const std::uint64_t begin = (cursor_.position() + alignment - 1) / alignment * alignment;
  if (tensors_end_ > 0 && begin + tensors_end_ > file_bytes_) {
    return fail(ErrorCode::Corrupt,
                fmt::format("the file is cut: it has {} bytes, its tensors end at {}", file_bytes_,
                            begin + tensors_end_));
  }
  header_.file_bytes = static_cast<std::int64_t>(file_bytes_);
  const std::uint64_t weights = file_bytes_ - std::min(begin, file_bytes_);
  header_.weight_bytes = static_cast<std::int64_t>(knows_all_types_ ? tensors_end_ : weights);
  if (const auto found = sizes_.find("split.count"); found != sizes_.end()) {
    header_.parts = std::clamp<std::int64_t>(found->second.sum, 1, 65'536);
  }
  header_.context_tokens = size("context_length");
  header_.layers = size("block_count");
  header_.embedding_length = size("embedding_length");
  header_.heads = size("attention.head_count");
  if (header_.vocabulary == 0) header_.vocabulary = size("vocab_size");
  finish_weight_type();
  return finish_cache();
}

// Keys and values of all heads of all layers.
Result<void> GgufReader::finish_cache() {
  const std::string prefix = header_.architecture + ".";
  const auto causal = sizes_.find(prefix + "attention.causal");
  header_.is_encoder = causal != sizes_.end() && causal->second.sum == 0;
  if (header_.is_encoder || header_.heads == 0) return {};
  const std::int64_t head_length = header_.embedding_length / header_.heads;
  std::int64_t key_length = size("attention.key_length");
  std::int64_t value_length = size("attention.value_length");
  if (key_length == 0) key_length = head_length;
  if (value_length == 0) value_length = head_length;
  const auto cached = sizes_.find(prefix + "attention.head_count_kv");
  std::int64_t heads = cached == sizes_.end() ? header_.heads : cached->second.sum;
  const bool is_listed = cached != sizes_.end() && cached->second.is_list;  // one for each layer
  if ((!is_listed && __builtin_mul_overflow(heads, header_.layers, &heads)) ||
      __builtin_mul_overflow(heads, key_length + value_length, &header_.cache_numbers_per_token) ||
      header_.cache_numbers_per_token > kSizeMax) {
    return fail(ErrorCode::Corrupt, "its layers and heads are more than any model has");
  }
  return {};
}

void GgufReader::finish_weight_type() {
  double numbers = 0;
  double most = 0;
  for (const auto& [name, count] : matrix_numbers_) {
    numbers += count;
    if (count > most) {
      most = count;
      header_.weight_type = name;
    }
  }
  if (numbers > 0) header_.bits_per_weight = 8 * matrix_bytes_ / numbers;
}

Result<GgufHeader> named(Result<GgufHeader> header, const std::string& path) {
  if (header) return header;
  Error error = std::move(header).error();
  std::string message = fmt::format("model file '{}': {}", path, error.message());
  return std::unexpected(std::move(error).with_message(std::move(message)));
}

}  // namespace

Result<GgufHeader> parse_gguf_header(std::string_view file) {
  auto read = [file](std::uint64_t offset, std::span<char> into) {
    const std::string_view piece = file.substr(static_cast<std::size_t>(offset), into.size());
    std::ranges::copy(piece, into.begin());
    return piece.size();
  };
  return GgufReader(std::move(read), file.size()).read();
}

Result<GgufHeader> read_gguf_header(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    return fail(is_missing ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("model file '{}': {}", path, std::strerror(errno)));
  }
  struct stat found{};
  if (::fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
    ::close(file);
    return fail(ErrorCode::InvalidInput, fmt::format("model file '{}' is no file", path));
  }
  auto read = [file](std::uint64_t offset, std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count =
          ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  };
  Result<GgufHeader> header =
      GgufReader(std::move(read), static_cast<std::uint64_t>(found.st_size)).read();
  ::close(file);
  return named(std::move(header), path);
}

std::int64_t cache_mb(const GgufHeader& header, std::int64_t context_tokens) {
  constexpr double kBytesPerNumber = 2;
  const double bytes = static_cast<double>(header.cache_numbers_per_token) *
                       static_cast<double>(context_tokens) * kBytesPerNumber;
  return static_cast<std::int64_t>(bytes / (1 << 20)) + (bytes > 0 ? 1 : 0);
}

}  // namespace muai
