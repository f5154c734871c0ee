#include "text/stemmer.h"

#include <libstemmer.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "muai/core/check.h"

namespace muai {
namespace {

struct CloseStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// Words repeat, and a stem costs more than a look-up: a direct-mapped cache holds the last word
// seen for each hash. Words too long for an entry are stemmed each time.
class CachedStemmer {
 public:
  CachedStemmer() : stemmer_(sb_stemmer_new("english", "UTF_8")) {
    MUAI_CHECK(stemmer_ != nullptr);  // "english" is compiled into the library
  }

  std::string_view stem(std::string_view word) {
    if (word.size() > kWordBytes) return ask(word);
    Entry& entry = entries_[hash(word) % kEntries];
    if (entry.word_size != word.size() ||
        std::memcmp(entry.word.data(), word.data(), word.size()) != 0) {
      const std::string_view stem = ask(word);
      if (stem.size() > kWordBytes) return stem;
      std::memcpy(entry.word.data(), word.data(), word.size());
      std::memcpy(entry.stem.data(), stem.data(), stem.size());
      entry.word_size = static_cast<std::uint8_t>(word.size());
      entry.stem_size = static_cast<std::uint8_t>(stem.size());
    }
    return {entry.stem.data(), entry.stem_size};
  }

 private:
  static constexpr std::size_t kEntries = 16384;
  static constexpr std::size_t kWordBytes = 15;

  struct Entry {
    std::array<char, kWordBytes> word;
    std::uint8_t word_size = 0;
    std::array<char, kWordBytes> stem;
    std::uint8_t stem_size = 0;
  };

  // FNV-1a, folded.
  static std::size_t hash(std::string_view word) {
    std::uint32_t value = 2166136261u;
    for (const char c : word) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
    return value ^ (value >> 15);
  }

  std::string_view ask(std::string_view word) {
    const auto* stem =
        sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                        static_cast<int>(word.size()));
    MUAI_CHECK(stem != nullptr);  // null only when memory is out
    return {reinterpret_cast<const char*>(stem),
            static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
  }

  std::unique_ptr<sb_stemmer, CloseStemmer> stemmer_;
  std::array<Entry, kEntries> entries_{};
};

}  // namespace

std::string_view stem_english(std::string_view folded_word) {
  thread_local const std::unique_ptr<CachedStemmer> stemmer = std::make_unique<CachedStemmer>();
  return stemmer->stem(folded_word);
}

}  // namespace muai
