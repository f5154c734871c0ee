#include "model/answer_cues.h"

#include <algorithm>
#include <string>

#include "muai/text/fold.h"
#include "muai/text/language.h"

namespace muai {
namespace {

// Phrases parted by "|". English ones match whole words, or the beginning of one before "*".
struct CueWords {
  std::string_view asked;
  std::string_view given;
  std::string_view asked_chinese;
  std::string_view given_chinese;
};

constexpr std::array<CueWords, kAnswerCueCount> kWords = {{
    // Naming
    {"called|known as|name of|name for|named|term|terms|synonym*|referred to as|nickname*|"
     "other name*|alternative name*|word for|another name|known by|title of|identified as",
     "called|known as|named|termed|referred to|nickname*|term|refer* to|dubbed|so called|"
     "name|names|known by|titled|considered",
     "称为|稱為|称作|稱作|叫|又称|又稱|别名|別名|名称|名稱|名字|简称|簡稱|俗称|俗稱|称呼|稱呼|名为|"
     "名為",
     "称为|稱為|称作|稱作|称之|稱之|叫|名为|名為|又名|又称|又稱|别名|別名|简称|簡稱|俗称|俗稱|通称|"
     "通稱|"
     "命名|称「|稱「|称“|称号|稱號|被称|被稱|原名"},
    // Expansion
    {"stand for|stands for|acronym|abbreviat*|full name|short for|initials",
     "abbreviat*|acronym|stands for|short for", "全称|全稱|缩写|縮寫|代表什么|代表什麼",
     "全称|全稱|缩写|縮寫|简称|簡稱"},
    // Example
    {"example*|instance|such as|include*|one of", "such as|example*|instance|includ*|like|e.g",
     "例子|举例|哪些|包括|包含", "例如|如|比如|包括|包含|诸如|等|有"},
    // Purpose
    {"goal*|purpose*|aim|aims|aimed|intend*|objective*|intention|for what|used for|used "
     "to|designed to|meant to",
     "in order to|aim*|goal*|purpose*|so that|intend*|designed to|used to|used "
     "for|intention|to|for",
     "目的|用途|作用|目标|目標|用来|用來|用于|用於|为了|為了",
     "目的|为了|為了|以便|用于|用於|用来|用來|目标|目標|旨在|作为|作為|以"},
    // Reason
    {"why|reason*|cause*|caused|because of|due to|what led|what made",
     "because|due to|since|as a result|cause*|therefore|so that|in order to|owing|result of|led "
     "to|reason*|thus|as",
     "为什么|為什麼|为何|為何|原因|怎么会|因何|理由|缘故|緣故",
     "因为|因為|由于|由於|因此|所以|因|为了|為了|原因|导致|導致|故|而"},
    // Effect
    {"effect*|result*|consequence*|lead to|led to|impact|outcome|happen*|affect*|cause",
     "result*|led to|cause*|consequence*|effect*|leading|lead* "
     "to|impact|affect*|making|made|become|became",
     "结果|結果|后果|後果|影响|影響|导致|導致|下场|下場|怎么样|怎麼樣|如何",
     "结果|結果|导致|導致|使|造成|影响|影響|令|因此|最终|最終|后来|後來|成为|成為"},
    // Way
    {"how do|how does|how did|how can|how is|how are|how was|how were|how to|in what way|by "
     "what|method*|what way",
     "by|through|using|via|with|means of|method*|use|used",
     "怎么|怎麼|怎样|怎樣|如何|方式|方法|途径|途徑",
     "通过|透過|通過|以|利用|用|方式|方法|由|靠|经由|經由|使用"},
    // Money
    {"how much|cost*|price|paid|pay|money|salary|worth|budget|spend|spent|amount",
     "dollar*|pound*|cent|cents|euro*|usd|million|billion|$|£|€|paid|cost*|price*",
     "多少钱|多少錢|价格|價格|费用|費用|金额|金額|票房|收入|花费|花費",
     "元|美元|英镑|英鎊|欧元|歐元|币|幣|亿|億|万|萬|$|£"},
    // Percent
    {"percent*|proportion|share of|fraction|rate|ratio",
     "percent|per cent|%|half|third|quarter|majority|ratio", "百分|比例|比率|几成|多少比",
     "%|百分|比例|成|分之|％|半"},
    // Duration
    {"how long|how old|how many years|how many days|what age|how often|period of time",
     "year*|month*|week*|day*|hour*|minute*|centur*|until|decade*|second*|age|aged|old",
     "多久|多长时间|多長時間|几年|幾年|多少年|几天|幾天|多少天|年龄|年齡|几岁|幾歲|多少岁",
     "年|个月|個月|天|日|小时|小時|分钟|分鐘|岁|歲|世纪|世紀|星期|周"},
    // Size
    {"how far|how tall|how high|how large|how big|how wide|how deep|area|size|length|height|how "
     "fast|how heavy|distance|"
     "weight|depth|speed|temperature|how hot|elevation",
     "km|kilomet*|mile*|met*|feet|foot|ft|inch*|acre*|square|hectare*|km2|sq|mi|kg|ton*|pounds|mph|"
     "celsius|fahrenheit|degree*|nm|mm|cm|size",
     "多高|多长|多長|多大|多远|多遠|面积|面積|长度|長度|高度|海拔|距离|距離|重量|多重|深度|速度|"
     "温度|溫度|里程|规模",
     "公里|千米|米|平方|公顷|公頃|英里|公尺|厘米|公分|毫米|吨|噸|公斤|克|度|海拔|英尺|里|节"},
    // People
    {"population|how many "
     "people|inhabitants|residents|who|whom|whose|person|people|leader|author|king|president|actor|"
     "founder|inventor|name of the man",
     "population|people|inhabitant*|resident*|he|his|she|her|man|king|president|son|brother|author|"
     "father|professor",
     "谁|誰|哪位|人物|何人|人口|哪个人|哪一位|姓名",
     "人|他|她|氏|者|家|王|先生|教授|将军|將軍|导演|導演|饰|作者|父|皇帝|总统|總統"},
    // Difference
    {"differ*|compared|unlike|distinguish*|contrast|rather than|versus|instead",
     "while|whereas|unlike|than|differ*|but|instead|however|rather|contrast|distinguish*",
     "区别|區別|不同|差异|差異|相比|分别|差別|比",
     "不同|而|相比|区别|區別|则|則|比|较|較|但|不像|相對"},
    // Sort
    {"what type*|what kind*|what sort*|which type*|what form|what class|what style|type of|kind "
     "of|what genre",
     "type*|kind*|sort*|form*|class*|variet*|style|genre",
     "哪种|哪種|何种|何種|什么类型|什麼類型|种类|種類|哪一种|类|類", "种|種|类|類|型|式"},
    // Parts
    {"made of|made up|composed|consist*|comprise*|components|parts|made from|contain*|what "
     "two|what three|two types|three types",
     "made of|made up|composed|consist*|compris*|component*|parts|made "
     "from|contain*|and|both|includ*",
     "组成|組成|构成|構成|成分|包含|由哪|分为|分為|哪两|哪兩|哪几|哪幾|哪三",
     "组成|組成|构成|構成|成分|包含|包括|分为|分為|分成|、|和|及|与|與"},
    // Negation
    {"not|never|except|didn't|doesn't|isn't|wasn't|cannot|no|without|n't|refuse*|fail*",
     "not|no|never|without|cannot|except|nor|neither|unable|fail*|refus*|lack*",
     "不|没|沒|未|无|無|非", "不|没|沒|未|无|無|非|除了|否"},
    // Superlative
    {"most|largest|biggest|first|last|earliest|oldest|best|main|primary|highest|only|greatest|"
     "least|longest|smallest|lowest|"
     "major|latest|newest|youngest|strongest|worst|fastest",
     "most|largest|biggest|first|last|earliest|oldest|best|main|primar*|highest|only|greatest|"
     "least|longest|smallest|lowest|"
     "major|latest|newest|youngest|strongest|worst|fastest|mostly|mainly",
     "最|第一|首|唯一|主要|头号", "最|第一|首|唯一|主要|头号|冠"},
    // Change
    {"change*|replac*|become|became|convert*|turn into|instead "
     "of|succeed*|after|before|following|prior|rename*",
     "change*|replac*|become|became|convert*|into|succeed*|after|before|following|prior|rename*|"
     "later|then|subsequent*",
     "改|变|變|取代|成为|成為|之后|之後|之前|后来|後來|前身|随后",
     "改|变|變|取代|成为|成為|后|後|前|随后|隨後|接着|转|轉|更名"},
}};

// Lower case, every run of other characters one blank, a blank at both ends.
std::string plain_words(std::string_view text) {
  std::string out = " ";
  for (const char c : fold(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept = byte >= 0x80 || std::isalnum(byte) != 0 || c == '$' || c == '%' || c == '\'';
    if (kept) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

template <class Matches>
bool any_phrase(std::string_view phrases, Matches&& matches) {
  while (!phrases.empty()) {
    const std::size_t bar = std::min(phrases.find('|'), phrases.size());
    if (matches(phrases.substr(0, bar))) return true;
    phrases.remove_prefix(std::min(bar + 1, phrases.size()));
  }
  return false;
}

bool has_words(std::string_view text, std::string_view phrases) {
  return any_phrase(phrases, [&](std::string_view phrase) {
    const bool prefix = phrase.ends_with('*');
    if (prefix) phrase.remove_suffix(1);
    for (std::size_t at = text.find(phrase); at != text.npos; at = text.find(phrase, at + 1)) {
      const bool starts = text[at - (at > 0 ? 1 : 0)] == ' ';
      const std::size_t end = at + phrase.size();
      if (starts && (prefix || (end < text.size() && text[end] == ' '))) return true;
    }
    return false;
  });
}

bool has_part(std::string_view text, std::string_view phrases) {
  return any_phrase(phrases, [&](std::string_view phrase) { return text.contains(phrase); });
}

// "(TEU)", "vBNS (".
bool has_abbreviation_in_brackets(std::string_view text) {
  for (std::size_t at = text.find('('); at != text.npos; at = text.find('(', at + 1)) {
    std::size_t capitals = 0;
    for (std::size_t i = at + 1; i < text.size() && text[i] != ')' && text[i] != ' '; ++i)
      capitals += text[i] >= 'A' && text[i] <= 'Z';
    if (capitals >= 2) return true;
  }
  return false;
}

}  // namespace

AnswerCues cues_asked(std::string_view question) {
  AnswerCues cues;
  const std::string words = plain_words(question);
  const bool chinese = has_cjk(question);
  for (std::size_t i = 0; i < kAnswerCueCount; ++i)
    cues[i] =
        chinese ? has_part(words, kWords[i].asked_chinese) : has_words(words, kWords[i].asked);
  return cues;
}

AnswerCues cues_given(std::string_view sentence, const AnswerCues& asked) {
  AnswerCues cues;
  const std::string words = plain_words(sentence);
  const bool chinese = has_cjk(sentence);
  for (std::size_t i = 0; i < kAnswerCueCount; ++i) {
    if (!asked[i]) continue;
    cues[i] =
        chinese ? has_part(words, kWords[i].given_chinese) : has_words(words, kWords[i].given);
  }
  const auto expansion = static_cast<std::size_t>(AnswerCue::Expansion);
  if (asked[expansion] && has_abbreviation_in_brackets(sentence)) cues.set(expansion);
  return cues;
}

}  // namespace muai
