// Development program: reads the pages of an extraction data set and writes what is extracted, one
// {"id","text"} per line, for a scorer.
//
//   bench_extraction_eval TRUTH.jsonl HTML_FOLDER > predictions.jsonl
//
// The speed of extraction, reading of files excluded, goes to stderr.

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "muai/document/html.h"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_extraction_eval TRUTH.jsonl HTML_FOLDER > predictions.jsonl\n";
    return 2;
  }
  std::ifstream truth(argv[1]);
  std::string line;
  std::size_t pages = 0, bytes = 0, failed = 0;
  double seconds = 0;
  while (std::getline(truth, line)) {
    const boost::json::object row = boost::json::parse(line).as_object();
    const std::string id(row.at("id").as_string());
    const std::string html = read_file(std::string(argv[2]) + "/" + id + ".html");
    const muai::DocumentHint hint{.content_type = {},
                                  .url_or_path = std::string(row.at("url").as_string())};
    const double start = cpu_seconds();
    const auto document = muai::read_html(html, hint);
    seconds += cpu_seconds() - start;
    ++pages;
    bytes += html.size();
    failed += document ? 0 : 1;
    boost::json::object out{{"id", id}, {"text", document ? document->text : std::string()}};
    if (document)
      out.insert({{"title", document->title},
                  {"author", document->author},
                  {"date", document->date},
                  {"barrier", to_string(document->barrier)}});
    std::cout << boost::json::serialize(out) << '\n';
  }
  std::fprintf(stderr,
               "%zu pages (%zu without text), %.1f MB in %.2f CPU s: %.1f MB/s, %.0f pages/s\n",
               pages, failed, static_cast<double>(bytes) / 1e6, seconds,
               static_cast<double>(bytes) / 1e6 / seconds, static_cast<double>(pages) / seconds);
  return 0;
}
