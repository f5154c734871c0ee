// Words that carry no topic. The English list follows the closed word classes (articles,
// pronouns, prepositions, auxiliaries, question words); "us" is left out because U.S. gives it.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "muai/text/tokens.h"
#include "text/stemmer.h"

namespace muai {
namespace {

constexpr std::string_view kEnglish =
    "a about above after again against all also am an and any are aren't as at be because been "
    "before being below between both but by can cannot can't could couldn't did didn't do does "
    "doesn't doing don't down during each few for from further had hadn't has hasn't have haven't "
    "having he her here hers herself him himself his how i i'm i've if in into is isn't it it's "
    "its "
    "itself just let's me might more most must my myself no nor not of off on once only or other "
    "ought our ours ourselves out over own please same shall she should shouldn't so some such "
    "than "
    "that that's the their theirs them themselves then there there's these they they're this those "
    "through to too under until up upon very was wasn't we were weren't what what's when where "
    "whether which while who whom whose why will with won't would wouldn't you you're your yours "
    "yourself yourselves";

// Single characters stand for runs of one and for unigrams of an index.
constexpr std::string_view kChinese =
    "的 了 是 在 和 与 及 或 也 都 就 而 但 被 把 对 从 到 为 以 于 之 其 这 那 哪 谁 我 你 他 她 "
    "它 们 吗 呢 吧 啊 呀 "
    "么 着 过 很 请 什么 怎么 怎样 如何 为何 为什 哪些 哪个 哪里 哪儿 多少 是否 是不 不是 有没 "
    "没有 可以 以及 或者 还是 "
    "但是 而且 因为 因此 所以 如果 虽然 然后 这个 这些 这样 这里 那个 那些 那样 那里 我们 你们 "
    "他们 她们 它们 自己 一个 "
    "一些 一下 一种 就是 也是 都是 请问 告诉 诉我 "
    "與 對 從 為 這 誰 們 嗎 麼 著 過 請 什麼 怎麼 怎樣 為何 為什 哪個 哪裡 哪裏 哪兒 有沒 沒有 "
    "還是 而且 因為 雖然 然後 這個 這些 這樣 這裡 那個 那樣 那裡 我們 你們 他們 她們 它們 一個 "
    "一種 請問 告訴 訴我 何时 何時 何地 何人 何种 何種 何者 何处 何處 哪位 哪种 哪種 哪年 哪一 "
    "哪几 哪幾 几个 幾個 多久 多大 多长 多長 多高 多远 多遠";

using Words = std::unordered_set<std::string_view>;

void add_each(std::string_view list, auto&& add) {
  while (!list.empty()) {
    const std::size_t blank = std::min(list.find(' '), list.size());
    if (blank > 0) add(list.substr(0, blank));
    list.remove_prefix(std::min(blank + 1, list.size()));
  }
}

const Words& words() {
  static const std::string stems = [] {
    std::string all;
    add_each(kEnglish, [&](std::string_view word) { all.append(stem_english(word)).append(" "); });
    return all;
  }();
  static const Words set = [] {
    Words all;
    const auto add = [&all](std::string_view word) { all.insert(word); };
    add_each(kEnglish, add);
    add_each(kChinese, add);
    add_each(stems, add);
    return all;
  }();
  return set;
}

}  // namespace

bool is_stop_word(std::string_view folded_word) { return words().contains(folded_word); }

}  // namespace muai
