#include "muai/model/extractive.h"

#include <gtest/gtest.h>

#include "model/answer_spans.h"
#include "model/question.h"
#include "muai/text/language.h"

namespace muai {
namespace {

constexpr std::string_view kEngine =
    "Steam engines\n\n"
    "Steam engines are external combustion engines, where the working fluid is separate from the "
    "combustion products. The first commercially successful engine was the atmospheric engine, "
    "invented by Thomas Newcomen around 1712. It was an improvement over Savery's pump.\n\n"
    "Watt's engine used 75 percent less coal than Newcomen's.";

constexpr std::string_view kRiver =
    "长江是亚洲第一长河，全长6300公里。它发源于青藏高原。长江在上海市注入东海。";

std::string best(std::string_view question, std::string_view text, std::string_view title = {}) {
  const SourceText source{.title = title, .text = text};
  const ExtractedAnswer answer = extract_answer(question, std::span(&source, 1));
  if (answer.sentences.empty()) return "";
  const ByteSpan span = answer.sentences[0].span;
  return std::string(text.substr(span.begin, span.size()));
}

TEST(ExtractAnswer, PicksTheSentenceThatAnswers) {
  EXPECT_TRUE(best("Who invented the atmospheric engine?", kEngine).starts_with("The first"));
  EXPECT_TRUE(best("How much coal did Watt's engine save?", kEngine).starts_with("Watt's"));
}

TEST(ExtractAnswer, AnswersChineseQuestions) {
  EXPECT_EQ(best("长江全长多少公里？", kRiver), "长江是亚洲第一长河，全长6300公里。");
  EXPECT_EQ(best("长江在哪里注入东海？", kRiver), "长江在上海市注入东海。");
}

TEST(ExtractAnswer, SaysWhatTheSourcesDoNotSpeakOf) {
  const SourceText source{.text = kEngine};
  const ExtractedAnswer answer =
      extract_answer("Who won the football World Cup in 1998?", std::span(&source, 1));
  EXPECT_TRUE(answer.sentences.empty());
  EXPECT_NE(std::find(answer.missing.begin(), answer.missing.end(), "football"),
            answer.missing.end());
}

// The sentences of an answer, "- " before those that begin an item or are a row.
std::vector<std::string> answered(std::string_view question, std::string_view text,
                                  const AnswerOptions& options = {}) {
  const SourceText source{.text = text};
  std::vector<RankedSentence> chosen =
      extract_answer(question, std::span(&source, 1), options).sentences;
  std::sort(chosen.begin(), chosen.end(),
            [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; });
  std::vector<std::string> lines;
  for (const RankedSentence& one : chosen) {
    const bool line = one.shape == QuoteShape::Item || one.shape == QuoteShape::Row;
    lines.push_back((line ? "- " : "") + std::string(one.span.of(text)));
  }
  return lines;
}

constexpr std::string_view kRestore =
    "Restoring\n\n"
    "Backups are made every night. To restore a backup of the server, take these steps:\n\n"
    "Stop the server. It must not write.\n"
    "Copy the files of the backup to the data directory\n"
    "Start the server\n\n"
    "Backups of the server are kept for a month.";

TEST(ExtractAnswer, AListComesWholeAndInItsOrder) {
  EXPECT_EQ(answered("How do I restore a backup of the server?", kRestore),
            (std::vector<std::string>{
                "To restore a backup of the server, take these steps:", "- Stop the server.",
                "It must not write.", "- Copy the files of the backup to the data directory",
                "- Start the server"}));
}

TEST(ExtractAnswer, ALongListIsShortenedToTheFirstSentencesOfItsItems) {
  EXPECT_EQ(
      answered("How do I restore a backup of the server?", kRestore, {.list_code_points_max = 140}),
      (std::vector<std::string>{
          "To restore a backup of the server, take these steps:", "- Stop the server.",
          "- Copy the files of the backup to the data directory", "- Start the server"}));
}

// "Here is the procedure:" was all that an answer said.
TEST(ExtractAnswer, NothingIsIntroducedThatDoesNotFollow) {
  for (const std::string& sentence :
       answered("How do I restore a backup of the server?", kRestore, {.list_code_points_max = 20}))
    EXPECT_FALSE(sentence.ends_with(":")) << sentence;
}

TEST(ExtractAnswer, ItemsWithMarksBelongToWhatIntroducesThem) {
  EXPECT_EQ(answered("如何恢复服务器的备份？",
                     "恢复\n\n恢复服务器的备份，步骤如下：\n1. 停止服务器\n2. 复制备份的文件"),
            (std::vector<std::string>{"恢复服务器的备份，步骤如下：", "- 1. 停止服务器",
                                      "- 2. 复制备份的文件"}));
}

TEST(ExtractAnswer, ARowIsQuotedWithTheNamesOfItsColumns) {
  constexpr std::string_view kTypes =
      "Numeric types\n\nThe types store whole numbers of various sizes.\n\n"
      "Name | Size | Range\n"
      "smallint | 2 bytes | -32768 to +32767\n"
      "bigint | 8 bytes | -9223372036854775808 to +9223372036854775807\n";
  EXPECT_EQ(answered("What is the range of smallint?", kTypes),
            (std::vector<std::string>{"- Name | Size | Range",
                                      "- smallint | 2 bytes | -32768 to +32767"}));
}

TEST(ExtractAnswer, ADifferenceTakesAWordOfContrast) {
  EXPECT_EQ(best("What is the difference between TRUNCATE and DELETE?",
                 "There are two commands, TRUNCATE and DELETE."),
            "");
  EXPECT_EQ(best("What is the difference between TRUNCATE and DELETE?",
                 "There are two commands, TRUNCATE and DELETE. TRUNCATE is faster than DELETE."),
            "TRUNCATE is faster than DELETE.");
  EXPECT_EQ(best("截断和删除有什么区别？", "命令有截断和删除两种。"), "");
}

// "A tablespace can only be dropped by its owner." was said first.
TEST(ExtractAnswer, WhatAThingIsComesBeforeWhatCanBeDoneWithIt) {
  EXPECT_TRUE(best("What is a tablespace?",
                   "A tablespace can only be dropped by its owner. "
                   "A tablespace allows users to define where files of the database are kept.")
                  .starts_with("A tablespace allows"));
}

// "Package: ..." was quoted as a sentence.
TEST(ExtractAnswer, FieldsOfARecordAreNoSentence) {
  EXPECT_EQ(best("How do I install a package by hand?",
                 "Package: perl\nVersion: 2.0\nDescription: Fake package\n"
                 " This is a package to install by hand."),
            "");
}

TEST(ExtractAnswer, WhenSomethingHappenedTakesATime) {
  EXPECT_EQ(best("When was the Debian project started?",
                 "The Debian project was started with care by 1,000 people, some may say."),
            "");
  EXPECT_EQ(best("When was the Debian project started?",
                 "The Debian project was started by its founder in 1993."),
            "The Debian project was started by its founder in 1993.");
  EXPECT_NE(
      best("When should I use a hash index?", "Use a hash index when only equality is asked for."),
      "");
}

TEST(ExtractAnswer, NeverQuotesHeadings) {
  for (const RankedSentence& sentence :
       rank_sentences("steam engines", std::vector<SourceText>{{.text = kEngine}}))
    EXPECT_NE(kEngine.substr(sentence.span.begin, sentence.span.size()), "Steam engines");
}

TEST(ExtractAnswer, TheTitleCountsAsSurroundings) {
  EXPECT_EQ(best("Does PostgreSQL support unlogged tables?",
                 "They are not crash-safe at all. "
                 "Data of unlogged tables is not written to the log.",
                 "PostgreSQL manual"),
            "Data of unlogged tables is not written to the log.");
}

TEST(ExtractAnswer, ChoosesOnlyAmongAllowedSentences) {
  const std::size_t at = kEngine.find("Watt's");
  const ByteSpan allowed{at, kEngine.size()};
  const SourceText source{.text = kEngine, .allowed = std::span(&allowed, 1)};
  for (const RankedSentence& sentence : rank_sentences("Newcomen engine", std::span(&source, 1)))
    EXPECT_EQ(sentence.span.begin, at);
}

TEST(ExtractAnswer, KeepsWithinItsBudget) {
  const SourceText source{.text = kEngine};
  const ExtractedAnswer answer = extract_answer("steam engines combustion Newcomen engine",
                                                std::span(&source, 1), {.sentences_max = 1});
  EXPECT_LE(answer.sentences.size(), 1u);
}

TEST(ExtractAnswer, NothingIsFoundInNothing) {
  EXPECT_TRUE(extract_answer("What is it?", {}).sentences.empty());
  const SourceText empty{};
  EXPECT_TRUE(extract_answer("", std::span(&empty, 1)).sentences.empty());
}

// "What is a tablespace?" was answered by what happens to tablespaces.
TEST(ExtractAnswer, PrefersTheSentenceThatDefines) {
  EXPECT_EQ(best("What is a tablespace?",
                 "The tablespace associated with a database is used to store its catalogs. A "
                 "tablespace cannot be dropped while a tablespace is in use by a tablespace. A "
                 "tablespace allows superusers to define an alternative location for files."),
            "A tablespace allows superusers to define an alternative location for files.");
  EXPECT_EQ(best("What does VACUUM do?",
                 "To vacuum a table, one must be its owner. VACUUM reclaims storage occupied by "
                 "dead tuples. Plain vacuum runs at night."),
            "VACUUM reclaims storage occupied by dead tuples.");
}

// Of many parameters, each with a default, another one's was given.
TEST(ExtractAnswer, ReadsValuesUnderTheHeadingThatNamesThem) {
  EXPECT_EQ(best("What is the default value of max_connections?",
                 "superuser_reserved_connections (integer)\n\nDetermines the slots that are "
                 "reserved. The default value is three connections. The value must be less than "
                 "max_connections.\n\nmax_connections (integer)\n\nThe default is typically 100 "
                 "connections. It can only be set at server start."),
            "The default is typically 100 connections.");
}

TEST(DefinitionStrength, IsFullWhenTheSubjectIsExactlyWhatIsAsked) {
  const Question question = read_question("What is a materialized view?");
  EXPECT_EQ(definition_strength("A materialized view is a stored query.", question), 1);
  EXPECT_EQ(definition_strength("Refreshing a view is slow.", question), 0);
}

// "It was ..." alone leaves open what was.
TEST(ExtractAnswer, GivesTheSentenceThatAPronounPointsTo) {
  const std::string_view text =
      "Immune cells find and kill abnormal cells of the body all the time. This process is called "
      "immune surveillance. It costs much energy.";
  const SourceText source{.text = text};
  const ExtractedAnswer answer =
      extract_answer("What is the process called by which immune cells kill abnormal cells?",
                     std::span(&source, 1));
  const auto has = [&](std::string_view start) {
    return std::any_of(answer.sentences.begin(), answer.sentences.end(), [&](const auto& one) {
      return text.substr(one.span.begin).starts_with(start);
    });
  };
  EXPECT_TRUE(has("Immune cells"));
  EXPECT_TRUE(!has("It costs"));
}

TEST(ExtractAnswer, KnowsFormsThatNoStemmerBringsTogether) {
  EXPECT_EQ(best("Who built two bridges in France?",
                 "The town has a church and a market. Two French bridges were not repaired. "
                 "Gustave Eiffel built 2 bridges for the French state. France is large."),
            "Gustave Eiffel built 2 bridges for the French state.");
}

TEST(CuesAsked, AreMetByWordsOfTheSentence) {
  const AnswerCues asked = cues_asked("Why did the war begin?");
  EXPECT_TRUE(asked[static_cast<std::size_t>(AnswerCue::Reason)]);
  EXPECT_TRUE(cues_given("It began because of taxes.", asked).any());
  EXPECT_TRUE(cues_given("It began in May.", asked).none());
  EXPECT_TRUE(cues_asked("这条河叫什么？")[static_cast<std::size_t>(AnswerCue::Naming)]);
}

TEST(AnswerSpans, AreNumbersTimesAndNames) {
  const std::string_view text = "In 1712 Thomas Newcomen sold two engines to Newcastle.";
  EXPECT_EQ(times_in(text).size(), 1u);
  EXPECT_EQ(numbers_in(text).size(), 2u);
  ASSERT_EQ(names_in(text).size(), 2u);
  EXPECT_EQ(names_in(text)[0].of(text), "Thomas Newcomen");
  EXPECT_EQ(places_in(text).size(), 1u);
  EXPECT_EQ(names_in("《紅樓夢》由曹雪芹所寫。").size(), 1u);
}

TEST(Summarise, KeepsToTheLanguageOfATranslatedPage) {
  constexpr std::string_view kPage =
      "备份是管理员的主要责任之一。\n\nMany programs make backups of many computers every "
      "night.\n\n"
      "备份保存在专属服务器的硬盘上。\n\nBackups of many computers are kept for a month at "
      "least.\n\n"
      "用户应在文件服务器上备份自己的数据。";
  for (const RankedSentence& one : summarise({}, {.text = kPage}, {.sentences_max = 3}))
    EXPECT_NE(language_of(one.span.of(kPage)), Language::English);
}

TEST(Summarise, GivesSentencesInSourceOrderWithinTheBudget) {
  const SourceText source{.text = kEngine};
  const auto sentences = summarise({}, source, {.code_points_max = 300, .sentences_max = 2});
  ASSERT_FALSE(sentences.empty());
  EXPECT_LE(sentences.size(), 2u);
  for (std::size_t i = 1; i < sentences.size(); ++i)
    EXPECT_LT(sentences[i - 1].span.begin, sentences[i].span.begin);
}

std::vector<std::string> summary_of(std::string_view text, const SummaryOptions& options) {
  std::vector<std::string> sentences;
  for (const RankedSentence& one : summarise({}, {.text = text}, options))
    sentences.emplace_back(one.span.of(text));
  return sentences;
}

TEST(Summarise, AShortOneKeepsToTheOpeningAndALongOneToWhatRecurs) {
  const std::string_view text =
      "The port of Ostend was closed by a storm on Monday morning. Bakers sold all their bread "
      "early. Schools opened an hour late. Two trees fell into a garden. A concert was moved to "
      "Friday. Ships left the port of Ostend when the storm was over.";
  const auto one = summary_of(text, {.sentences_max = 1});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_TRUE(one[0].starts_with("The port of Ostend"));
}

TEST(Summarise, UsesItsWholeBudgetAndDoesNotRepeatItself) {
  const std::string_view text =
      "Cats sleep through most of the day. Cats sleep through most of the long day. Dogs guard "
      "houses at night. Owls hunt mice in the fields.";
  EXPECT_EQ(summary_of(text, {.sentences_max = 4}).size(), 3u);
}

TEST(Summarise, ReadsTextWithoutCapitals) {
  EXPECT_EQ(summary_of("while it rained the children stayed inside .\nthe storm ended at night .",
                       {.sentences_max = 2})
                .size(),
            2u);
}

TEST(ReadQuestion, KnowsWhatKindOfAnswerIsAskedFor) {
  EXPECT_EQ(read_question("Who invented it?").kind, AnswerKind::Person);
  EXPECT_EQ(read_question("In what year did it start?").kind, AnswerKind::Time);
  EXPECT_EQ(read_question("How many wheels are there?").kind, AnswerKind::Number);
  EXPECT_EQ(read_question("How do I create an index?").kind, AnswerKind::Way);
  EXPECT_EQ(read_question("What is a tablespace?").kind, AnswerKind::Definition);
  EXPECT_EQ(read_question("为什么天空是蓝色的？").kind, AnswerKind::Reason);
  EXPECT_EQ(read_question("他是哪一年出生的？").kind, AnswerKind::Time);
}

TEST(ReadQuestion, NamesAreWhatIsWrittenInParticular) {
  EXPECT_EQ(read_question("Does SQLite support os.path in 1998?").names.size(), 3u);
  EXPECT_TRUE(read_question("What is a table?").names.empty());
}

}  // namespace
}  // namespace muai
