// Development program: writes what tools/train_extraction.py learns from.
//
//   bench_extraction_features TRUTH.jsonl HTML_FOLDER > features.jsonl
//
// One line per page: {"id", "page_columns", "names": [[word...]...], "blocks": [{"text", "kind",
// "section", "node", "parent", "group", "look", "names": [index...], "words": [word...], "x":
// [...]}]}, where "names" of a block are indices into those of the page.

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "document/html_features.h"
#include "document/html_page.h"
#include "document/html_words.h"
#include "muai/document/charset.h"
#include "muai/document/html.h"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str().substr(0, muai::kHtmlBytesMax);
}

// The words of each element, once.
class Names {
 public:
  explicit Names(const muai::HtmlTree& tree) : tree_(tree) {}

  boost::json::array indices_of(muai::NodeId id) {
    boost::json::array out;
    for (const muai::NodeId element : muai::named_elements(tree_, id)) {
      const auto [at, is_new] = index_.try_emplace(element, all_.size());
      if (is_new) {
        const std::vector<std::string> words = muai::name_words(tree_, element);
        all_.push_back(boost::json::array(words.begin(), words.end()));
      }
      out.push_back(at->second);
    }
    return out;
  }
  boost::json::array take() { return std::move(all_); }

 private:
  const muai::HtmlTree& tree_;
  std::map<muai::NodeId, std::size_t> index_;
  boost::json::array all_;
};

boost::json::object page_of(const std::string& bytes, const std::string& url) {
  const auto charset = muai::detect_charset(bytes, {}, muai::CharsetContent::Html);
  const muai::HtmlPage page = muai::parse_page(muai::decode_to_utf8(bytes, charset.name));
  const auto table = muai::measure_blocks(page, url);
  Names names(page.tree);
  boost::json::array blocks;
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    boost::json::array x;
    for (const float value : table.row(i)) x.push_back(value);
    const muai::PageBlock& block = page.blocks[i];
    const std::vector<std::string> words = muai::first_words(block.text);
    blocks.push_back({{"text", block.text},
                      {"kind", static_cast<int>(block.kind)},
                      {"group", block.group},
                      {"section", table.section[i]},
                      {"look", table.group[i]},
                      {"node", block.node},
                      {"parent", page.tree[block.node].parent},
                      {"names", names.indices_of(block.node)},
                      {"words", boost::json::array(words.begin(), words.end())},
                      {"x", std::move(x)}});
  }
  return {
      {"page_columns", table.page_columns}, {"names", names.take()}, {"blocks", std::move(blocks)}};
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
    boost::json::object page = page_of(read_file(std::string(argv[2]) + "/" + id + ".html"),
                                       std::string(row.at("url").as_string()));
    page["id"] = id;
    std::cout << boost::json::serialize(page) << '\n';
  }
  return 0;
}
