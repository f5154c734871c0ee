// Lists of words and the places where they stand, no parsing. A question gives the deed (its verb)
// and the things; a sentence is looked at for words that tell a way, for a purpose that is the
// deed, and for whether it speaks of the deed as something to do or as something that is.

#include "model/instruction.h"

#include <algorithm>
#include <array>

#include "model/word_forms.h"
#include "muai/text/fold.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"

namespace muai {
namespace {

constexpr std::array<std::string_view, 10> kEnglishStarts = {
    "how do i ",    "how do you ", "how do we ",    "how to ",      "how can i ",
    "how can you ", "how can we ", "how should i ", "how could i ", "how would i "};

constexpr std::array<std::string_view, 9> kChineseMarks = {"，", "。", "；", "：", "、",
                                                           "！", "（", "）", "—"};

constexpr std::array<std::string_view, 5> kChineseAsking = {"如何", "怎样", "怎樣", "怎么", "怎麼"};

bool holds_term(const std::vector<std::string>& terms, std::string_view term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

bool holds_any(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.contains(word); });
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(const Question& question, std::string_view term) {
  return std::any_of(question.names.begin(), question.names.end(),
                     [&](const auto& name) { return holds_term(name.terms, term); });
}

// Words for the same deed; a question with one is answered with another.
constexpr std::array<std::string_view, 20> kSameDeeds = {"remove uninstall delete purge drop",
                                                         "create make build",
                                                         "configure set setup",
                                                         "show list display view print",
                                                         "change modify alter edit",
                                                         "start launch run execute",
                                                         "update upgrade",
                                                         "find search",
                                                         "read parse load",
                                                         "convert parse",
                                                         "配置 设置 设定 启用",
                                                         "删除 移除 卸载 清除",
                                                         "更改 修改 变更 改变",
                                                         "查看 检查 查阅 显示",
                                                         "创建 建立 新建 添加 增加",
                                                         "升级 更新",
                                                         "配置 設定 設置",
                                                         "搜索 查找 寻找",
                                                         "运行 执行 启动",
                                                         "安装 装设"};

void add_same_deeds(Question& question) {
  if (question.action.empty()) return;
  const std::string asked = question.action.front();
  for (const std::string_view group : kSameDeeds) {
    const std::vector<std::string> terms = content_terms(group);
    if (!holds_term(terms, asked)) continue;
    for (const std::string& term : terms)
      if (!holds_term(question.action, term)) question.action.push_back(term);
  }
}

// "How do I CREATE a DATABASE USER in PostgreSQL": the verb, and the nouns that nothing parts.
void read_english_task(std::string_view task, Question& question) {
  std::string last;
  std::size_t last_end = 0;
  for_each_token(task, [&](const Token& token) {
    const std::string word = fold(task.substr(token.span.begin, token.span.size()));
    if (token.same_position || token.span.begin < last_end) return true;
    const std::string term(base_form(token.term));
    const bool joined = !last.empty() && token.span.begin == last_end + 1;
    last_end = token.span.end;
    if (is_stop_word(word)) {
      last.clear();
      return true;
    }
    if (question.action.empty()) {
      question.action.push_back(term);
      return true;
    }
    if (is_name(question, term)) {
      last.clear();
      return true;
    }
    if (joined) question.compounds.emplace_back(last, term);
    last = term;
    return true;
  });
}

// 怎么清洗: 么清 is no word of the question.
void erase_pair(std::string_view before, std::string_view behind, Question& question) {
  constexpr std::size_t kCharacterBytes = 3;
  if (before.size() < kCharacterBytes || behind.size() < kCharacterBytes) return;
  const std::string pair = std::string(before.substr(before.size() - kCharacterBytes)) +
                           std::string(behind.substr(0, kCharacterBytes));
  std::erase(question.terms, pair);
}

// 如何在 Debian 中安装软件包: what follows 中, or 如何 itself.
void read_chinese_task(std::string_view task, Question& question) {
  if (task.starts_with("在")) {
    for (const std::string_view end :
         {std::string_view("中"), std::string_view("上"), std::string_view("里")}) {
      const std::size_t at = task.find(end);
      if (at == task.npos) continue;
      task.remove_prefix(at + end.size());
      break;
    }
  }
  // 给番茄浇水: the verb stands at the end, and the pairs around 给 and in front of it are no
  // words.
  static constexpr std::array<std::string_view, 4> kObjectFirst = {"给", "把", "将", "对"};
  if (std::any_of(kObjectFirst.begin(), kObjectFirst.end(),
                  [&](std::string_view word) { return task.starts_with(word); })) {
    std::vector<std::string> pairs;
    for_each_token(task, [&](const Token& token) {
      if (has_cjk(token.term)) pairs.emplace_back(base_form(token.term));
    });
    if (pairs.empty()) return;
    question.action.assign(1, pairs.back());
    std::erase(question.terms, pairs.front());
    if (pairs.size() > 2) std::erase(question.terms, pairs[pairs.size() - 2]);
    return;
  }
  // A pair of characters that begins inside the verb is no word of the question.
  std::size_t end = 0;
  for_each_token(task, [&](const Token& token) {
    const std::string term(base_form(token.term));
    if (question.action.empty()) {
      question.action.push_back(term);
      end = token.span.end;
      return true;
    }
    if (token.span.begin >= end) return false;
    std::erase(question.terms, term);
    return false;
  });
}

// "Spread a paste over it", "Let it rise": a bare word and then what is done with it.
bool gives_an_order(std::string_view sentence) {
  static constexpr std::array<std::string_view, 16> kObjects = {
      "a ",   "an ",  "the ", "your ", "it ",   "them ", "one ", "two ",
      "out ", "off ", "up ",  "down ", "each ", "all ",  "any ", "some "};
  const std::size_t blank = sentence.find(' ');
  if (blank == sentence.npos || blank < 2) return false;
  const std::string word = fold(sentence.substr(0, blank));
  const bool bare = std::all_of(word.begin(), word.end(), is_letter) && !is_stop_word(word) &&
                    !word.ends_with("s") && !word.ends_with("ed") && !word.ends_with("ing");
  const std::string_view rest = sentence.substr(blank + 1);
  return bare && std::any_of(kObjects.begin(), kObjects.end(),
                             [&](std::string_view object) { return rest.starts_with(object); });
}

// The word at the start of a sentence, as an instruction has it: "Run", not "Runs" or "Running".
bool begins_with_action(std::string_view sentence, const Question& question) {
  bool begins = false;
  for_each_token(sentence, [&](const Token& token) {
    const std::string word = fold(sentence.substr(token.span.begin, token.span.size()));
    const bool bare = !word.ends_with("s") && !word.ends_with("ed") && !word.ends_with("ing");
    begins = token.span.begin == 0 && bare && holds_term(question.action, base_form(token.term));
    return false;
  });
  return begins;
}

// "The dump can be restored with psql".
bool says_by_what(std::string_view sentence) {
  static constexpr std::string_view kCan[] = {" can be ", " may be ", " is done ", " should be "};
  static constexpr std::string_view kBy[] = {" with ", " by ", " from ", " through "};
  for (const std::string_view can : kCan)
    if (const std::size_t at = sentence.find(can); at != sentence.npos)
      if (holds_any(sentence.substr(at), kBy)) return true;
  return false;
}

bool instructs_in_english(std::string_view sentence, const Question& question) {
  static constexpr std::array<std::string_view, 25> kSigns = {
      " use the ",   " using ",     " run ",       " running ",   " executing ",
      " execute ",   " command",    " you can ",   " you could ", " you should",
      " you must ",  " you need ",  " you may ",   " calling ",   " simply ",
      " is done ",   " are done ",  " by means ",  " first step", " procedure ",
      " by adding ", " by setting", " by editing", " edit the ",  " it is enough"};
  static constexpr std::array<std::string_view, 13> kStarts = {
      "To ",  "Use ",    "Run ",    "Type ",    "Execute ", "Call ", "Edit ",
      "Add ", "Select ", "Choose ", "Install ", "Create ",  "By "};
  if (std::any_of(kStarts.begin(), kStarts.end(),
                  [&](std::string_view start) { return sentence.starts_with(start); }))
    return true;
  return holds_any(sentence, kSigns) || says_by_what(sentence) ||
         begins_with_action(sentence, question);
}

// Whether the verb at `at` is a word of its own: not 启用, 可以.
bool begins_word(std::string_view sentence, std::size_t at) {
  static constexpr std::array<std::string_view, 14> kBefore = {
      "可", "能", "请", "你", "您", "要", "先", "再", "会", "并", "来", "就", "，", "、"};
  if (at == 0 || static_cast<unsigned char>(sentence[at - 1]) < 0x80) return true;
  return std::any_of(kBefore.begin(), kBefore.end(),
                     [&](std::string_view word) { return sentence.substr(0, at).ends_with(word); });
}

// 用, 以 and the like in front of the name of a program: 用 apt, 使用“apt install”.
bool uses_a_program(std::string_view sentence) {
  static constexpr std::array<std::string_view, 12> kVerbs = {
      "使用", "用", "以", "通过", "透过", "运行", "执行", "输入", "键入", "编辑", "修改", "调用"};
  for (const std::string_view verb : kVerbs) {
    for (std::size_t at = sentence.find(verb); at != sentence.npos;
         at = sentence.find(verb, at + 1)) {
      std::size_t next = at + verb.size();
      while (next < sentence.size() && (sentence[next] == ' ' || sentence[next] == '/')) ++next;
      const bool whole = verb.size() > 3 || begins_word(sentence, at);
      if (whole && next < sentence.size() && sentence[next] >= 'a' && sentence[next] <= 'z')
        return true;
    }
  }
  return false;
}

bool instructs_in_chinese(std::string_view sentence) {
  static constexpr std::array<std::string_view, 13> kSigns = {
      "可以用",   "可用",     "只需要",   "需要的只是", "步骤",   "点击",    "以下命令",
      "方法之一", "下列命令", "可以使用", "请使用",     "可使用", "可以通过"};
  const bool letters = std::any_of(sentence.begin(), sentence.end(), is_letter);
  return holds_any(sentence, kSigns) || (letters && sentence.contains("命令")) ||
         uses_a_program(sentence);
}

// What stands between "To" and the comma, 要 and ，; empty where nothing does.
std::string_view purpose_of(std::string_view sentence) {
  static constexpr std::array<std::string_view, 12> kStarts = {
      "To ",    "In order to ", "If you want to ", "若要", "如要",
      "如果要", "如需",         "如果想",          "为了", "要",
      "欲",     "想要"};
  for (const std::string_view start : kStarts) {
    if (!sentence.starts_with(start)) continue;
    std::size_t end = sentence.size();
    for (const std::string_view mark : {std::string_view(", "), std::string_view("，"),
                                        std::string_view(":"), std::string_view("：")})
      end = std::min(end, sentence.find(mark));
    return sentence.substr(start.size(), end - start.size());
  }
  return {};
}

// "Installed" tells what is, "be installed" what can be done; "when installing" is beside it, and
// so are the noun ("installation") and what is not done.
ActionUse english_use(std::string_view before, std::string_view word) {
  static constexpr std::string_view kNouns[] = {"tion", "tions", "ment", "er", "ers", "able"};
  static constexpr std::string_view kBeside[] = {"when",  "before", "after",
                                                 "while", "not",    "without"};
  const auto is_before = [&](std::string_view one) { return before == one; };
  if (std::any_of(std::begin(kBeside), std::end(kBeside), is_before)) return ActionUse::Beside;
  if (std::any_of(std::begin(kNouns), std::end(kNouns),
                  [&](std::string_view end) { return word.ends_with(end); }))
    return ActionUse::None;
  if (word.ends_with("ed")) {  // "tomatoes are watered in the morning"
    const bool is_passive = before == "be" || before == "are" || before == "is";
    return is_passive ? ActionUse::Told : ActionUse::Beside;
  }
  if (word.ends_with("s") && !word.ends_with("ss")) return ActionUse::None;  // "converts"
  if (!word.ends_with("ing")) return ActionUse::Told;
  return before == "by" || before == "of" || before == "for" ? ActionUse::Told : ActionUse::None;
}

// The part of `text` up to the next mark; with `text` reversed in sense, from the last one on.
std::string_view clause_after(std::string_view text) {
  std::size_t end = text.size();
  for (const std::string_view mark : kChineseMarks) end = std::min(end, text.find(mark));
  return text.substr(0, end);
}

std::string_view clause_before(std::string_view text) {
  for (std::size_t i = text.size(); i-- > 0;)
    for (const std::string_view mark : kChineseMarks)
      if (text.substr(i).starts_with(mark)) return text.substr(i + mark.size());
  return text;
}

// 已安装的, 安装后 and 在创建卷时 tell what is; 不要删除 what is not done. To be told, the deed
// needs one of the things that are asked for, 安装软件包 or 将软件包安装, or stands alone:
// 要升级，.
ActionUse chinese_use(std::string_view before, std::string_view after, const Question& question) {
  static constexpr std::string_view kBefore[] = {"已", "所", "被", "未", "刚",
                                                 "后", "不", "种", "项"};
  static constexpr std::string_view kAfter[] = {"的", "了", "时", "后", "完成", "成功", "过程"};
  static constexpr std::string_view kNot[] = {"不要", "不能", "不会",  "无法",
                                              "避免", "没有", "而不是"};
  static constexpr std::string_view kWhile[] = {"时", "之前", "之后"};
  static constexpr std::string_view kAims[] = {"要", "若", "如", "欲", "想", "对于", "为了"};
  static constexpr std::string_view kBy[] = {"使用", "通过"};
  static constexpr std::string_view kObject[] = {"将", "把", "对"};
  const std::string_view left = clause_before(before);
  const std::string_view right = clause_after(after);
  const bool beside = std::any_of(std::begin(kBefore), std::end(kBefore),
                                  [&](std::string_view word) { return before.ends_with(word); }) ||
                      std::any_of(std::begin(kAfter), std::end(kAfter),
                                  [&](std::string_view word) { return after.starts_with(word); });
  if (beside || holds_any(left, kNot)) return ActionUse::Beside;
  if ((left.contains("在") || left.contains("当")) && holds_any(right, kWhile))
    return ActionUse::Beside;
  if (holds_any(left, kObject) || holds_any(left, kBy)) return ActionUse::Told;
  if (right.empty()) {
    const bool purpose = std::any_of(std::begin(kAims), std::end(kAims),
                                     [&](std::string_view aim) { return left.starts_with(aim); });
    return purpose ? ActionUse::Told : ActionUse::None;
  }
  const std::vector<std::string> terms = content_terms(right);
  const bool has_object = std::any_of(terms.begin(), terms.end(), [&](const std::string& term) {
    return holds_term(question.terms, term) && !holds_term(question.action, term);
  });
  return has_object ? ActionUse::Told : ActionUse::None;
}

// Whether one of the things that are asked for stands close behind the verb: "install the latest
// version of a package", not "packages to install".
bool names_thing(std::string_view after, const Question& question) {
  constexpr std::size_t kLookedAt = 8;
  std::size_t seen = 0;
  bool named = question.terms.size() < 2;
  for_each_token(after, [&](const Token& token) {
    const std::string_view term = base_form(token.term);
    named = named || (holds_term(question.terms, term) && !holds_term(question.action, term));
    return !named && ++seen < kLookedAt;
  });
  return named;
}

}  // namespace

ActionUse action_use(std::string_view sentence, const Question& question) {
  ActionUse best = ActionUse::None;
  std::string before;
  for_each_token(sentence, [&](const Token& token) {
    if (token.same_position) return true;
    std::string word = fold(sentence.substr(token.span.begin, token.span.size()));
    ActionUse use = ActionUse::None;
    const std::size_t end = token.span.end;
    const bool part = (token.span.begin > 0 && sentence[token.span.begin - 1] == '_') ||
                      (end < sentence.size() && sentence[end] == '_');
    if (!part && holds_term(question.action, base_form(token.term))) {
      use = has_cjk(word)
                ? chinese_use(sentence.substr(0, token.span.begin), sentence.substr(end), question)
                : english_use(before, word);
      const bool follows = !has_cjk(word) && !word.ends_with("ed");
      if (use == ActionUse::Told && follows && !names_thing(sentence.substr(end), question))
        use = ActionUse::None;
    }
    if (use == ActionUse::Told || best == ActionUse::None) best = use;
    before = std::move(word);
    return best != ActionUse::Told;
  });
  return best;
}

void read_task(std::string_view text, Question& question) {
  if (question.kind != AnswerKind::Way) return;
  const std::string folded = fold(text);
  if (has_cjk(folded)) {
    for (const std::string_view start : kChineseAsking) {
      const std::size_t at = text.find(start);
      constexpr std::size_t kBefore = 12;  // 我该, 请问, 在 x 中
      if (at == text.npos || at > kBefore) continue;
      question.asks_how = true;
      const std::string_view task = text.substr(at + start.size());
      erase_pair(start, task, question);
      read_chinese_task(task, question);
      return add_same_deeds(question);
    }
    return;
  }
  for (const std::string_view start : kEnglishStarts) {
    if (!folded.starts_with(start)) continue;
    question.asks_how = true;
    read_english_task(std::string_view(folded).substr(start.size()), question);
    return add_same_deeds(question);
  }
}

double instructs(std::string_view sentence, const Question& question) {
  const bool tells =
      has_cjk(sentence) ? instructs_in_chinese(sentence) : instructs_in_english(sentence, question);
  return tells ? 1 : 0;
}

bool advises(std::string_view sentence) {
  static constexpr std::array<std::string_view, 14> kEnglish = {
      " should ", " must ",  " need to ", " needs to ", " has to ",   " have to ", " ought to ",
      " best ",   " better", " is to be", " are to be", " make sure", " be sure ", " it helps "};
  static constexpr std::array<std::string_view, 18> kChinese = {
      "应当", "应该", "應當", "應該", "应先", "必须", "必須", "需要", "最好",
      "不宜", "为宜", "為宜", "请先", "务必", "不要", "把",   "将",   "先"};
  if (has_cjk(sentence)) return holds_any(sentence, kChinese);
  return holds_any(sentence, kEnglish) || gives_an_order(sentence);
}

double purpose_share(std::string_view sentence, const Question& question) {
  const std::string_view purpose = purpose_of(sentence);
  if (purpose.empty() || question.terms.empty()) return 0;
  const std::vector<std::string> terms = content_terms(purpose);
  if (terms.empty()) return 0;
  const auto shared =
      std::count_if(question.terms.begin(), question.terms.end(),
                    [&](const std::string& term) { return holds_term(terms, term); });
  const double of_question =
      static_cast<double>(shared) / static_cast<double>(question.terms.size());
  const double of_purpose =
      std::min(1.0, static_cast<double>(shared) / static_cast<double>(terms.size()));
  const bool acts = std::any_of(question.action.begin(), question.action.end(),
                                [&](const auto& term) { return holds_term(terms, term); });
  return acts ? of_purpose * (1 + of_question) / 2 : of_question * of_purpose / 2;
}

bool only_refers(std::string_view sentence) {
  static constexpr std::array<std::string_view, 13> kSigns = {
      "more information", "more detail", "for details", "for a description", "further information",
      "更多信息",         "详细信息",    "详情",        "更多细节",          "更多詳情",
      "更多关于",         "更详细",      "更多说明"};
  static constexpr std::array<std::string_view, 9> kSee = {
      "See ", "see ", "refer", "found in", "请参", "参见", "参阅", "请看", "参考"};
  return holds_any(sentence, kSigns) && holds_any(sentence, kSee);
}

bool is_prompt_line(std::string_view line) {
  if (line.starts_with(">>> ")) return true;
  const std::size_t mark =
      line.starts_with('(') || line.contains("@") ? line.find_first_of("$#") : 0;
  if (mark == line.npos || mark + 2 >= line.size()) return false;
  if (line[mark] != '$' && line[mark] != '#') return false;
  const char next = line[mark + 2];
  return line[mark + 1] == ' ' && ((next >= 'a' && next <= 'z') || next == '/' || next == '.');
}

}  // namespace muai
