// Speed of reading documents, in bytes of input per second of CPU time.

#include <benchmark/benchmark.h>

#include <string>

#include "muai/document/html.h"
#include "muai/document/read_document.h"

namespace {

// A page like those of the web: a third of it prose, the rest navigation, scripts and attributes.
std::string make_page(std::size_t paragraphs) {
  std::string page = "<!doctype html><html><head><title>Tides</title><style>.a{color:red}</style>";
  for (int i = 0; i < 20; ++i)
    page += "<script>window.x = window.x || []; track('page', 1);</script>";
  page += "</head><body><nav class='main-nav'><ul>";
  for (int i = 0; i < 100; ++i)
    page += "<li class='menu-item item'><a href='/section/page' class='link'>A section</a></li>";
  page += "</ul></nav><main><article class='post-content'><h1>Tides</h1>";
  for (std::size_t i = 0; i < paragraphs; ++i)
    page +=
        "<p class='text body-copy' data-track='paragraph'>The tide <b>rises</b> and falls twice "
        "a day, because the <a href='/moon'>moon</a> pulls at the sea, and the earth turns.</p>";
  page += "</article></main><footer class='site-footer'>Copyright</footer></body></html>";
  return page;
}

void BM_ReadHtml(benchmark::State& state) {
  const std::string page = make_page(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(muai::read_html(page, {}));
  state.SetBytesProcessed(static_cast<std::int64_t>(page.size()) * state.iterations());
}
BENCHMARK(BM_ReadHtml)->Arg(30)->Arg(300)->Arg(3000);

// Nesting is what makes the HTML5 parser quadratic; time must grow with size only.
void BM_ReadDeepHtml(benchmark::State& state) {
  std::string page;
  for (int i = 0; i < state.range(0); ++i) page += "<div>text ";
  for (auto _ : state) benchmark::DoNotOptimize(muai::read_html(page, {}));
  state.SetBytesProcessed(static_cast<std::int64_t>(page.size()) * state.iterations());
}
BENCHMARK(BM_ReadDeepHtml)->Arg(1'000)->Arg(10'000)->Arg(100'000);

void BM_ReadMarkdown(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "## Tides\n\nThe tide *rises* and falls, see [the moon](https://a.example/moon).\n\n";
  for (auto _ : state) benchmark::DoNotOptimize(muai::read_markdown(text, {}));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(BM_ReadMarkdown);

}  // namespace

BENCHMARK_MAIN();
