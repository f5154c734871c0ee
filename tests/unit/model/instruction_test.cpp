#include "model/instruction.h"

#include <gtest/gtest.h>

#include "muai/model/extractive.h"

namespace muai {
namespace {

std::string answer_to(std::string_view question, std::string_view text) {
  const SourceText source{.url = "a", .text = text};
  std::string answer;
  for (const RankedSentence& sentence : extract_answer(question, {&source, 1}).sentences) {
    if (!answer.empty()) answer += " / ";
    answer += sentence.span.of(text);
  }
  return answer;
}

TEST(Instruction, ReadsWhatIsToBeDone) {
  const Question english = read_question("How do I create a database user in PostgreSQL?");
  EXPECT_TRUE(english.asks_how);
  EXPECT_EQ(english.action.front(), "creat");
  ASSERT_EQ(english.compounds.size(), 1U);
  EXPECT_EQ(english.compounds[0].second, "user");
  const Question chinese = read_question("如何在 Debian 中安装软件包？");
  EXPECT_TRUE(chinese.asks_how);
  EXPECT_EQ(chinese.action.front(), "安装");
  EXPECT_FALSE(read_question("How are heating plates attached?").asks_how);
  EXPECT_FALSE(read_question("What is a tablespace?").asks_how);
}

TEST(Instruction, KnowsWhatTellsAWay) {
  const Question create = read_question("How do I create an index?");
  EXPECT_EQ(instructs("To create an index, run CREATE INDEX.", create), 1);
  EXPECT_EQ(instructs("An index can be created with CREATE INDEX.", create), 1);
  EXPECT_EQ(instructs("Creates an index in one or more tables.", create), 0);
  EXPECT_EQ(instructs("可以使用 apt 安装软件包。", create), 1);
  EXPECT_EQ(instructs("用户启用 IPv4 时比较复杂。", create), 0);
}

TEST(Instruction, MeasuresThePurposeOfASentence) {
  const Question create = read_question("How do I create a virtual environment?");
  EXPECT_GT(purpose_share("To create a virtual environment, run venv.", create), 0.9);
  EXPECT_LT(purpose_share("To delete old files of a virtual disk, run rm.", create), 0.3);
  EXPECT_EQ(purpose_share("Creates a virtual environment.", create), 0);
  EXPECT_GT(purpose_share("要升级，可使用 apt upgrade。", read_question("如何升级系统？")), 0.5);
}

TEST(Instruction, TellsDeedsFromWhatIsDone) {
  const Question install = read_question("How do I install a package?");
  EXPECT_EQ(action_use("Use apt to install a package.", install), ActionUse::Told);
  EXPECT_EQ(action_use("A package can be installed with apt.", install), ActionUse::Told);
  EXPECT_EQ(action_use("It lists the installed packages.", install), ActionUse::Beside);
  EXPECT_EQ(action_use("Take care when installing packages.", install), ActionUse::Beside);
  EXPECT_EQ(action_use("The installation takes a while.", install), ActionUse::None);
  const Question chinese = read_question("如何安装软件包？");
  EXPECT_EQ(action_use("使用 apt 安装软件包。", chinese), ActionUse::Told);
  EXPECT_EQ(action_use("列出已安装的软件包。", chinese), ActionUse::Beside);
  EXPECT_EQ(action_use("在安装软件包时请小心。", chinese), ActionUse::Beside);
  EXPECT_EQ(action_use("不要安装软件包。", chinese), ActionUse::Beside);
}

TEST(Instruction, KnowsSentencesThatOnlyRefer) {
  EXPECT_TRUE(only_refers("For more information, see Section 6.2."));
  EXPECT_TRUE(only_refers("以 apt 进行更新的更多信息，请参阅第 6.2.3 节。"));
  EXPECT_FALSE(only_refers("See what apt prints."));
}

TEST(Instruction, KnowsWhatATerminalShows) {
  EXPECT_TRUE(is_prompt_line("$ ls -l"));
  EXPECT_TRUE(is_prompt_line("# apt install nfs-kernel-server"));
  EXPECT_TRUE(is_prompt_line("(env) $ python -m pip list"));
  EXPECT_TRUE(is_prompt_line(">>> import os"));
  EXPECT_FALSE(is_prompt_line("# Compute the list"));
  EXPECT_FALSE(is_prompt_line("It costs 5 $ a month"));
  EXPECT_FALSE(is_prompt_line("$"));
}

TEST(Instruction, QuotesCommandsWithTheSentenceAboveThem) {
  EXPECT_EQ(answer_to("How do I create a virtual environment?",
                      "Creates virtual environments in one or more target directories.\n\n"
                      "To create a virtual environment, run venv as a script with a path:\n\n"
                      "python3 -m venv tutorial-env\n\nThe files are kept there."),
            "To create a virtual environment, run venv as a script with a path: / "
            "python3 -m venv tutorial-env");
  EXPECT_EQ(answer_to("如何启用防火墙？",
                      "防火墙是常见的话题。\n\n要启用防火墙，请执行下面的命令。\n\n"
                      "# apt install -y nftables\n\n之后再看日志。"),
            "要启用防火墙，请执行下面的命令。 / # apt install -y nftables");
}

TEST(Instruction, CutsWhatATerminalPrints) {
  std::string text = "To install a package with pip, run this command:\n\n$ pip install x\n";
  // Of unlike lengths, as no wrapped text has them.
  for (int i = 0; i < 20; ++i)
    text += "printed line " + std::to_string(i) + (i % 2 == 0 ? "\n" : std::string(90, '=') + "\n");
  const std::string answer = answer_to("How do I install a package with pip?", text);
  EXPECT_NE(answer.find("printed line 1"), std::string::npos);
  EXPECT_EQ(answer.find("printed line 9"), std::string::npos);
}

TEST(Instruction, DoesNotTakeWhatIsForAWay) {
  EXPECT_EQ(answer_to("How do I grant access to a table?",
                      "The only difference between these views is that one omits tables that have "
                      "been made accessible to the user by way of a grant to all."),
            "");
}

TEST(Instruction, CountsNeedANumberThatCounts) {
  const Question question = read_question("How many releases has Debian had?");
  EXPECT_FALSE(can_answer("New releases come every 18 to 24 months.", question));
  EXPECT_FALSE(can_answer("Support of releases started in 2014 for 5 years.", question));
  EXPECT_FALSE(can_answer("Users upgrade releases, say from Debian 9 on.", question));
  EXPECT_TRUE(can_answer("There were 12 releases by 2021.", question));
  EXPECT_TRUE(can_answer("There were twelve releases by 2021.", question));
  EXPECT_TRUE(can_answer("It took 3 years.", read_question("How many years did it take?")));
}

TEST(Instruction, WhyNeedsAReasonAndWhoWroteAWriter) {
  const Question why = read_question("Why does it use indentation?");
  EXPECT_TRUE(can_answer("Indentation is used because it reads well.", why));
  EXPECT_FALSE(can_answer("Here is a piece of indented code:", why));
  const Question who = read_question("Who wrote the handbook?");
  EXPECT_TRUE(can_answer("The handbook was written by two members.", who));
  EXPECT_FALSE(can_answer("The team maintains the handbook.", who));
}

TEST(Instruction, ADeedThatStandsBesideItsThingIsNotTold) {
  const Question install = read_question("How do I install a package?");
  EXPECT_EQ(action_use("It selects from all of what there is to install.", install),
            ActionUse::None);
  const Question set = read_question("如何设置服务器？");
  EXPECT_EQ(action_use("这种设置（使用 smarthost）也是相关的。", set), ActionUse::Beside);
  EXPECT_EQ(action_use("要设置，可使用 apt。", set), ActionUse::Told);
}

TEST(Instruction, WhatIsAskedAboutNeedsNoSentenceBeforeIt) {
  EXPECT_EQ(answer_to("Who wrote the handbook?",
                      "I recommend it to my friends. This handbook was written by Ada Smith."),
            "This handbook was written by Ada Smith.");
}

TEST(Instruction, OneDefinitionIsEnough) {
  EXPECT_EQ(answer_to("What is a foreign key?",
                      "A foreign key can also refer to a group of columns. The sky is blue.\n\n"
                      "A foreign key constraint specifies that the values of a column must match "
                      "those of another table.\n\nYou can give a foreign key a name of your own."),
            "A foreign key constraint specifies that the values of a column must match those of "
            "another table.");
}

TEST(Instruction, TextsThatAreNoManualsTellAWayToo) {
  constexpr std::string_view kText =
      "Cleaning the oven\n\nSpread a paste of soda over the inside and leave it "
      "overnight.\n\nTomatoes\n\nTomatoes are watered in the morning.\n\nBread\n\n"
      "Knead the dough for ten minutes and bake it at 230 degrees.\n\nTea\n\n"
      "Tea leaves should be stored in the dark.\n";
  EXPECT_EQ(answer_to("How do I clean the oven?", kText),
            "Spread a paste of soda over the inside and leave it overnight.");
  EXPECT_EQ(answer_to("How do I water tomatoes?", kText), "Tomatoes are watered in the morning.");
  EXPECT_EQ(answer_to("How do I bake bread?", kText),
            "Knead the dough for ten minutes and bake it at 230 degrees.");
  EXPECT_EQ(answer_to("How do I store tea leaves?", kText),
            "Tea leaves should be stored in the dark.");
  EXPECT_EQ(answer_to("How do I clean the carpet?", kText), "");
}

TEST(Instruction, ChineseTextsThatAreNoManualsTellAWayToo) {
  constexpr std::string_view kText =
      "清洗烤箱\n\n把小苏打和水调成糊状，放置一夜。\n\n番茄\n\n"
      "早上浇水，不要浇到叶子上。\n\n土豆的保存\n\n土豆放在阴暗的地方，可以保存几个月。\n";
  EXPECT_EQ(answer_to("怎么清洗烤箱？", kText), "把小苏打和水调成糊状，放置一夜。");
  EXPECT_EQ(answer_to("怎么给番茄浇水？", kText), "早上浇水，不要浇到叶子上。");
  EXPECT_EQ(answer_to("如何保存土豆？", kText), "土豆放在阴暗的地方，可以保存几个月。");
  EXPECT_EQ(answer_to("怎么清洗地毯？", kText), "");
}

}  // namespace
}  // namespace muai
