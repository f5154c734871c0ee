// What a model wrote, and a source it may cite, both any bytes: what stays passes the check.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "muai/steps/answer_check.h"
#include "muai/steps/prompt.h"
#include "muai/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace muai;
  const std::string_view all(reinterpret_cast<const char*>(bytes), size);
  const std::size_t half = all.find('\0') == all.npos ? size / 2 : all.find('\0');
  const std::string answer = to_valid_utf8(all.substr(0, half));
  const std::string text = to_valid_utf8(all.substr(std::min(half + 1, size)));
  const CitableSource sources[] = {{.url = "a", .title = "t", .text = text},
                                   {.url = "b", .text = answer}};
  const CheckedAnswer checked = check_answer(answer, text.substr(0, 100), sources);
  for (const CitationSpan& span : checked.answer.spans)
    if (span.n < 1 || static_cast<std::size_t>(span.n) > checked.answer.citations.size()) abort();
  if (const auto prompt = PromptTemplate::read(all, "p.md"); prompt) {
    PromptValues values;
    for (const std::string& place : prompt->places()) values[place] = text;
    if (!prompt->fill(values)) abort();
  }
  return 0;
}
