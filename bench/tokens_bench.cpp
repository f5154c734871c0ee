// MB/s of the splitter and the tokenizer over English and Chinese prose.
#include <benchmark/benchmark.h>

#include <string>

#include "muai/text/fold.h"
#include "muai/text/key_points.h"
#include "muai/text/sentences.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace {

// Prose with the vocabulary spread of a manual: the sentences are varied by a counter so that
// words are not all in the stemmer's cache.
std::string english(std::size_t bytes) {
  constexpr const char* kParts[] = {
      "The server maintains a write-ahead log, which records every change made to the database's "
      "files. ",
      "If the system crashes, consistency can be restored by replaying the entries made since the "
      "last checkpoint (see Section 30.5). ",
      "Parameters such as max_connections and work_mem are read from postgresql.conf when the "
      "process starts; others, e.g. log_statement, may be changed later.\n\n",
      "Dr. Smith's 1998 paper describes how os.path.join handles relative names in Python 3.11. ",
      "Does replication guarantee that no committed transaction is lost? Not necessarily! "};
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += kParts[i * 7 % 5];
    text += "Variant";
    text += std::to_string(i % 5000);
    text += static_cast<char>('a' + i % 26);
    text += "ation differs. ";
  }
  return text;
}

std::string chinese(std::size_t bytes) {
  constexpr const char* kParts[] = {
      "服务器维护一个预写式日志，它记录对数据库文件所做的每一个修改。",
      "如果系统崩溃，可以通过重放上一个检查点以来的日志项恢复一致性（见第30.5节）。",
      "“复制能保证不丢失任何已提交的事务吗？”他问道。不一定！\n\n",
      "在Python 3.11中，os.path.join可以处理相对路径；详见手册……"};
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += kParts[i * 3 % 4];
    muai::append_utf8(text, static_cast<char32_t>(0x4E00 + i % 6000));
  }
  return text;
}

template <class Body>
void run(benchmark::State& state, const std::string& text, Body&& body) {
  for (auto _ : state) benchmark::DoNotOptimize(body(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

constexpr std::size_t kBytes = 1 << 20;

std::size_t count_tokens(const std::string& text) {
  std::size_t count = 0;
  muai::for_each_token(text, [&count](const muai::Token&) { ++count; });
  return count;
}

std::size_t count_sentences(const std::string& text) { return muai::split_sentences(text).size(); }

void tokens_english(benchmark::State& state) { run(state, english(kBytes), count_tokens); }
void tokens_chinese(benchmark::State& state) { run(state, chinese(kBytes), count_tokens); }
void sentences_english(benchmark::State& state) { run(state, english(kBytes), count_sentences); }
void sentences_chinese(benchmark::State& state) { run(state, chinese(kBytes), count_sentences); }
void fold_chinese(benchmark::State& state) { run(state, chinese(kBytes), muai::fold); }
void key_points_english(benchmark::State& state) {
  run(state, english(kBytes),
      [](const std::string& text) { return muai::key_points(text).size(); });
}

BENCHMARK(tokens_english);
BENCHMARK(tokens_chinese);
BENCHMARK(sentences_english);
BENCHMARK(sentences_chinese);
BENCHMARK(fold_chinese);
BENCHMARK(key_points_english);

}  // namespace

BENCHMARK_MAIN();
