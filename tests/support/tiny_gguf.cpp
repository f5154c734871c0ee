#include "tests/support/tiny_gguf.h"

#include <bit>
#include <utility>
#include <vector>

#include "tests/support/gguf_writer.h"

namespace muai::testing {

namespace {

constexpr std::uint32_t kHeads = 4;
constexpr std::int32_t kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6;

// Small normal numbers: the sum of uniform ones, which needs no library function that machines
// might round differently.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}

  float normal(float deviation) {
    std::int64_t sum = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t bits = next();
      for (int shift = 0; shift < 48; shift += 16) {
        sum += static_cast<std::int64_t>((bits >> shift) & 0xffff);
      }
    }
    const std::int64_t mean = std::int64_t{12} * 0xffff / 2;
    return static_cast<float>(sum - mean) / 65536.0F * deviation;
  }

 private:
  std::uint64_t next() {  // SplitMix64
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
  }

  std::uint64_t state_;
};

// IEEE half precision, cut, with zero for what is too small. Enough for weights below 65504.
std::uint16_t half_of(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  const std::uint32_t sign = (bits >> 16) & 0x8000;
  const std::uint32_t exponent = (bits >> 23) & 0xff;
  if (exponent < 113) return static_cast<std::uint16_t>(sign);
  return static_cast<std::uint16_t>(sign | ((exponent - 112) << 10) | ((bits >> 13) & 0x3ff));
}

class TinyFile {
 public:
  explicit TinyFile(const TinyModel& model) : model_(model), numbers_(model.seed) {}

  std::string llama();
  std::string bert();

 private:
  void add_sizes(const std::string& prefix, std::uint32_t vocabulary);
  void random(const std::string& name, std::uint64_t row, std::uint64_t rows, float deviation);
  void filled(const std::string& name, std::uint64_t length, float value);
  void norm(const std::string& name);                                          // weight and bias
  void linear(const std::string& name, std::uint64_t from, std::uint64_t to);  // and a bias

  const TinyModel& model_;
  Numbers numbers_;
  GgufWriter writer_;
};

void TinyFile::random(const std::string& name, std::uint64_t row, std::uint64_t rows,
                      float deviation) {
  std::string bytes;
  bytes.reserve(row * rows * 2);
  for (std::uint64_t i = 0; i < row * rows; ++i) {
    append_number(bytes, half_of(numbers_.normal(deviation)));
  }
  writer_.add_tensor(name, GgufTensor::F16, {row, rows}, std::move(bytes));
}

void TinyFile::filled(const std::string& name, std::uint64_t length, float value) {
  std::string bytes;
  for (std::uint64_t i = 0; i < length; ++i) append_number(bytes, value);
  writer_.add_tensor(name, GgufTensor::F32, {length}, std::move(bytes));
}

void TinyFile::norm(const std::string& name) {
  filled(name + ".weight", model_.width, 1);
  filled(name + ".bias", model_.width, 0);
}

void TinyFile::linear(const std::string& name, std::uint64_t from, std::uint64_t to) {
  random(name + ".weight", from, to, 0.06F);
  filled(name + ".bias", to, 0);
}

void TinyFile::add_sizes(const std::string& prefix, std::uint32_t vocabulary) {
  writer_.add("general.architecture", std::string_view(prefix));
  writer_.add("general.name", std::string_view("tiny random " + prefix));
  writer_.add("general.file_type", std::uint32_t{1});
  writer_.add(prefix + ".context_length", model_.context_tokens);
  writer_.add(prefix + ".embedding_length", model_.width);
  writer_.add(prefix + ".block_count", model_.layers);
  writer_.add(prefix + ".feed_forward_length", 2 * model_.width);
  writer_.add(prefix + ".attention.head_count", kHeads);
  writer_.add(prefix + ".vocab_size", vocabulary);
}

std::string byte_token(int byte) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + '>';
}

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types;

  void add(std::string token, std::int32_t type) {
    tokens.push_back(std::move(token));
    types.push_back(type);
  }
};

Vocabulary llama_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.add("<unk>", kUnknown);
  vocabulary.add("<s>", kControl);
  vocabulary.add("</s>", kControl);
  for (int byte = 0; byte < 256; ++byte) vocabulary.add(byte_token(byte), kByte);
  vocabulary.add("\xe2\x96\x81", kNormal);  // U+2581 stands for the space
  for (char letter = '!'; letter <= '~'; ++letter) {
    vocabulary.add(std::string(1, letter), kNormal);
  }
  vocabulary.add("<|im_start|>", kControl);
  vocabulary.add("<|im_end|>", kControl);
  while (vocabulary.tokens.size() < 384) {
    vocabulary.add("<filler" + std::to_string(vocabulary.tokens.size()) + ">", kControl);
  }
  return vocabulary;
}

std::string TinyFile::llama() {
  const Vocabulary vocabulary = llama_vocabulary();
  const auto count = static_cast<std::uint32_t>(vocabulary.tokens.size());
  add_sizes("llama", count);
  writer_.add("llama.attention.head_count_kv", kHeads);
  writer_.add("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer_.add("llama.rope.dimension_count", model_.width / kHeads);
  writer_.add("llama.rope.freq_base", 10000.0F);
  writer_.add("tokenizer.ggml.model", std::string_view("llama"));
  writer_.add("tokenizer.ggml.tokens", vocabulary.tokens);
  writer_.add("tokenizer.ggml.scores", std::vector<float>(count, 0.0F));
  writer_.add("tokenizer.ggml.token_type", vocabulary.types);
  writer_.add("tokenizer.ggml.unknown_token_id", std::uint32_t{0});
  writer_.add("tokenizer.ggml.bos_token_id", std::uint32_t{1});
  writer_.add("tokenizer.ggml.eos_token_id", std::uint32_t{2});
  writer_.add_flag("tokenizer.ggml.add_bos_token", 1);
  // Else the generation prompt does not fit the grammar of a JSON Schema.
  writer_.add_flag("tokenizer.ggml.add_space_prefix", 0);
  // Random weights would put bytes together that are no UTF-8.
  std::vector<std::int32_t> suppressed;
  for (std::int32_t byte = 0; byte < 0x100; ++byte) {
    const bool is_text = byte == '\n' || (byte >= ' ' && byte <= '~');
    if (!is_text) suppressed.push_back(3 + byte);
  }
  for (std::size_t id = 0; id < vocabulary.tokens.size() && !model_.may_end; ++id) {
    if (vocabulary.types[id] == kControl) suppressed.push_back(static_cast<std::int32_t>(id));
  }
  writer_.add("tokenizer.ggml.suppress_tokens", suppressed);
  writer_.add("tokenizer.chat_template",
              std::string_view("{% for message in messages %}<|im_start|>{{ message.role }}\n"
                               "{{ message.content }}<|im_end|>\n{% endfor %}"
                               "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"));

  const std::uint64_t width = model_.width;
  random("token_embd.weight", width, count, 1.0F);
  for (std::uint32_t layer = 0; layer < model_.layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    filled(block + "attn_norm.weight", width, 1);
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      random(block + name + ".weight", width, width, 0.06F);
    }
    filled(block + "ffn_norm.weight", width, 1);
    random(block + "ffn_gate.weight", width, 2 * width, 0.06F);
    random(block + "ffn_up.weight", width, 2 * width, 0.06F);
    random(block + "ffn_down.weight", 2 * width, width, 0.06F);
  }
  filled("output_norm.weight", width, 1);
  random("output.weight", width, count, 0.06F);
  return writer_.file();
}

Vocabulary bert_vocabulary() {
  Vocabulary vocabulary;
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
    vocabulary.add(token, kControl);
  }
  // Each sign once at the start of a word and once inside.
  for (char letter = '!'; letter <= '~'; ++letter) {
    if (letter >= 'A' && letter <= 'Z') continue;  // the tokenizer folds case
    vocabulary.add(std::string("\xe2\x96\x81") + letter, kNormal);
    vocabulary.add(std::string(1, letter), kNormal);
  }
  return vocabulary;
}

std::string TinyFile::bert() {
  const Vocabulary vocabulary = bert_vocabulary();
  const auto count = static_cast<std::uint32_t>(vocabulary.tokens.size());
  add_sizes("bert", count);
  writer_.add("bert.attention.layer_norm_epsilon", 1e-12F);
  writer_.add_flag("bert.attention.causal", 0);
  writer_.add("bert.pooling_type", std::uint32_t{1});
  writer_.add("tokenizer.ggml.model", std::string_view("bert"));
  writer_.add("tokenizer.ggml.tokens", vocabulary.tokens);
  writer_.add("tokenizer.ggml.scores", std::vector<float>(count, 0.0F));
  writer_.add("tokenizer.ggml.token_type", vocabulary.types);
  writer_.add("tokenizer.ggml.token_type_count", std::uint32_t{2});
  writer_.add("tokenizer.ggml.padding_token_id", std::uint32_t{0});
  writer_.add("tokenizer.ggml.unknown_token_id", std::uint32_t{1});
  writer_.add("tokenizer.ggml.bos_token_id", std::uint32_t{2});
  writer_.add("tokenizer.ggml.seperator_token_id", std::uint32_t{3});  // spelled so by its readers
  writer_.add("tokenizer.ggml.mask_token_id", std::uint32_t{4});

  const std::uint64_t width = model_.width;
  random("token_embd.weight", width, count, 1.0F);
  std::string types;  // not of half precision: they are added as they are
  for (std::uint64_t i = 0; i < 2 * width; ++i) append_number(types, numbers_.normal(0.06F));
  writer_.add_tensor("token_types.weight", GgufTensor::F32, {width, 2}, std::move(types));
  random("position_embd.weight", width, model_.context_tokens, 0.06F);
  norm("token_embd_norm");
  for (std::uint32_t layer = 0; layer < model_.layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      linear(block + name, width, width);
    }
    norm(block + "attn_output_norm");
    linear(block + "ffn_up", width, 2 * width);
    linear(block + "ffn_down", 2 * width, width);
    norm(block + "layer_output_norm");
  }
  return writer_.file();
}

}  // namespace

std::string tiny_gguf(const TinyModel& model) {
  TinyFile file(model);
  return model.architecture == TinyArchitecture::Llama ? file.llama() : file.bert();
}

}  // namespace muai::testing
