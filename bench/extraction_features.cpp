// Development program: writes what tools/train_extraction.py learns from.
//
//   bench_extraction_features TRUTH.jsonl HTML_FOLDER > features.jsonl
//
// One line per page: {"id", "blocks": [{"text", "kind", "section", "node", "parent", "x": [...]}]}.

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "document/html_features.h"
#include "document/html_page.h"
#include "muai/document/charset.h"
#include "muai/document/html.h"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str().substr(0, muai::kHtmlBytesMax);
}

boost::json::array blocks_of(const std::string& bytes, const std::string& url) {
  const auto charset = muai::detect_charset(bytes, {}, muai::CharsetContent::Html);
  const muai::HtmlPage page = muai::parse_page(muai::decode_to_utf8(bytes, charset.name));
  const auto table = muai::measure_blocks(page, url);
  boost::json::array out;
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    boost::json::array x;
    for (const float value : table.row(i)) x.push_back(value);
    const muai::PageBlock& block = page.blocks[i];
    out.push_back({{"text", block.text},
                   {"kind", static_cast<int>(block.kind)},
                   {"group", block.group},
                   {"section", table.section[i]},
                   {"node", block.node},
                   {"parent", page.tree[block.node].parent},
                   {"x", std::move(x)}});
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_extraction_features TRUTH.jsonl HTML_FOLDER > features.jsonl\n";
    return 2;
  }
  std::ifstream truth(argv[1]);
  std::string line;
  while (std::getline(truth, line)) {
    const boost::json::object row = boost::json::parse(line).as_object();
    const std::string id(row.at("id").as_string());
    std::cout << boost::json::serialize(boost::json::object{
                     {"id", id},
                     {"blocks", blocks_of(read_file(std::string(argv[2]) + "/" + id + ".html"),
                                          std::string(row.at("url").as_string()))}})
              << '\n';
  }
  return 0;
}
