#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "muai/core/sha256.h"
#include "muai/text/utf8.h"
#include "muai/trace/reader.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trace_records.h"
#include "trace/line_writer.h"

namespace muai {
namespace {

using testing::full_record;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;

class TraceLine : public ::testing::Test {
 protected:
  std::string write(const TraceRecord& record, TraceContent content = TraceContent::Full) {
    LineWriter writer(Redactor(std::vector<std::string>{"tiger-secret"}), content);
    const std::string line(writer.write(record, blobs_));
    EXPECT_LE(line.size(), kTraceLineBytesMax);
    EXPECT_TRUE(is_valid_utf8(line));
    EXPECT_TRUE(line.ends_with("}\n"));
    return line.substr(0, line.size() - 1);
  }

  TraceRecord written_and_read(const TraceRecord& record) {
    auto read = parse_trace_line(write(record));
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message());
    return read.value_or(TraceRecord{});
  }

  TraceRecord completed(const TraceRecord& record) {
    auto whole = TraceReader(folder_ / "traces.jsonl").complete(written_and_read(record));
    EXPECT_TRUE(whole.has_value());
    return whole.value_or(TraceRecord{});
  }

  TemporaryFolder folder_;
  BlobFolder blobs_{folder_ / "blobs"};
};

TEST_F(TraceLine, EveryMemberComesBack) {
  const TraceRecord record = full_record("r-1");
  EXPECT_EQ(written_and_read(record), record);
}

TEST_F(TraceLine, AnEmptyRecordComesBack) {
  TraceRecord record;
  EXPECT_EQ(written_and_read(record), record);
}

TEST_F(TraceLine, HasTheEarlierSystemsMembersWithTheirTypes) {
  const auto line = boost::json::parse(write(TraceRecord{})).as_object();
  for (const char* name :
       {"request_id", "question", "chosen_workflow", "router_version", "mode", "final_answer"}) {
    EXPECT_TRUE(line.at(name).is_string()) << name;
  }
  EXPECT_TRUE(line.at("conversation_id").is_null());
  EXPECT_TRUE(line.at("turn_index").is_null());
  EXPECT_TRUE(line.at("urls_used").is_array());
  EXPECT_TRUE(line.at("quality_signals").is_object());
  EXPECT_TRUE(line.at("cost_stats").is_object());
  EXPECT_TRUE(line.at("timestamp").is_number());
  EXPECT_TRUE(line.at("success").is_bool());
  EXPECT_TRUE(line.at("steps").is_array());
}

TEST_F(TraceLine, NonAsciiStaysUnescaped) {
  EXPECT_THAT(write(full_record("r")), HasSubstr("天为什么是蓝的"));
}

TEST_F(TraceLine, BrokenTextBecomesReplacementCharacters) {
  TraceRecord record;
  record.question = "a\xff\xc3(b\xe5\xa4";
  EXPECT_EQ(written_and_read(record).question, to_valid_utf8(record.question));
}

TEST_F(TraceLine, NumbersAreShortAndReadBackBitForBit) {
  for (const auto& [value, text] : {std::pair{0.1, "0.1"},
                                    {1764075600.123456, "1764075600.123456"},
                                    {12.0, "12"},
                                    {-0.5, "-0.5"},
                                    {-0.000001, "-0.000001"},
                                    {1e-9, "1e-09"},
                                    {1e300, "1e+300"},
                                    {0.30000000000000004, "0.30000000000000004"},
                                    {8999999999.5, "8999999999.5"}}) {
    TraceRecord record;
    record.wall_ms = value;
    EXPECT_THAT(write(record), HasSubstr(std::string("\"wall_ms\":") + text + ",")) << text;
    EXPECT_EQ(written_and_read(record).wall_ms, value);
  }
}

TEST_F(TraceLine, NoNumberIsNotANumber) {
  TraceRecord record;
  record.wall_ms = std::nan("");
  EXPECT_THAT(write(record), HasSubstr("\"wall_ms\":null"));
}

TEST_F(TraceLine, LargeValuesGoToBlobsAndComeBack) {
  TraceRecord record = full_record("r-1");
  record.steps[0].recordings[0].response = std::string(100'000, 'x') + "天";
  record.given = std::string(20'000, 'y');
  const TraceRecord read = written_and_read(record);
  ASSERT_EQ(read.truncated.size(), 2u);
  EXPECT_EQ(read.truncated[0].field, "/given");
  EXPECT_EQ(read.truncated[1].field, "/steps/0/recordings/0/response");
  EXPECT_EQ(read.truncated[1].sha256, sha256_hex(record.steps[0].recordings[0].response));
  EXPECT_TRUE(record.given.starts_with(read.given));
  EXPECT_EQ(completed(record), record);
}

TEST_F(TraceLine, ManyMiddlingValuesGoToBlobsToo) {
  TraceRecord record = full_record("r-1");
  for (int i = 0; i < 20; ++i) {
    record.steps.push_back(testing::full_step("fetch"));
    record.steps.back().recordings[0].response = std::string(9'000, static_cast<char>('a' + i));
  }
  EXPECT_EQ(completed(record), record);
}

TEST_F(TraceLine, QuestionAnswerBelow48KiBAndStepsAreNotCutWhileOtherThingsCanBe) {
  TraceRecord record = full_record("r-1");
  record.question = std::string(10'000, 'q');
  record.final_answer = std::string(kTraceAnswerBytesMax, 'a');
  record.steps.resize(12, testing::full_step("fetch"));
  for (StepRecord& step : record.steps) step.notes.assign(40, std::string(200, 'n'));
  const TraceRecord read = written_and_read(record);
  EXPECT_EQ(read.question, record.question);
  EXPECT_EQ(read.final_answer, record.final_answer);
  ASSERT_EQ(read.steps.size(), record.steps.size());
  EXPECT_EQ(read.steps[11].step_name, "fetch");
  EXPECT_EQ(completed(record), record);
}

TEST_F(TraceLine, AnAnswerOf48KiBAndMoreGoesToABlob) {
  TraceRecord record = full_record("r-1");
  record.final_answer = std::string(kTraceAnswerBytesMax + 1, 'a');
  const TraceRecord read = written_and_read(record);
  EXPECT_LT(read.final_answer.size(), record.final_answer.size());
  EXPECT_EQ(completed(record), record);
}

TEST_F(TraceLine, ARecordOfAnySizeFitsALine) {
  TraceRecord record = full_record("r-1");
  record.question = std::string(60'000, '\x01');
  record.final_answer = std::string(60'000, '"');
  record.urls_used.assign(5'000, "https://a.example/" + std::string(300, 'p'));
  record.steps.resize(10'000, testing::full_step("fetch"));
  const TraceRecord read = written_and_read(record);
  EXPECT_GT(read.steps_omitted, 0);
  EXPECT_EQ(read.steps_omitted + static_cast<std::int64_t>(read.steps.size()), 10'000);
  ASSERT_EQ(read.truncated.size(), 1u);
  EXPECT_EQ(read.truncated[0].field, "");
  EXPECT_EQ(completed(record), record);
}

TEST_F(TraceLine, ALostBlobIsSaid) {
  std::filesystem::create_directory(folder_ / "plain");
  std::filesystem::permissions(folder_ / "plain", std::filesystem::perms::none);
  BlobFolder nowhere("/proc/no-such-folder/blobs");
  LineWriter writer(Redactor(), TraceContent::Full);
  TraceRecord record;
  record.given = std::string(20'000, 'y');
  const auto read = parse_trace_line(writer.write(record, nowhere));
  ASSERT_EQ(read.value().truncated.size(), 1u);
  EXPECT_EQ(read.value().truncated[0].sha256, "");
  EXPECT_EQ(nowhere.lost(), 1);
}

TEST_F(TraceLine, SecretsGoFromEveryPlace) {
  const std::string key = "ghp_qVmUGshAUJfrMYYZqPlO7kvyBtyt6WMB8Aar";
  TraceRecord record = full_record("r-tiger-secret");
  record.question = key;
  record.error->error = "tiger-secret refused";
  record.cost_stats[0].first = key;
  record.steps[0].step_name = key;
  record.steps[0].notes = {key};
  record.steps[0].tool_calls[0].arguments = R"({"authorization":"Bearer abcdefgh12345678"})";
  record.steps[0].recordings[0].response = std::string(30'000, 'x') + " " + key;
  record.citation_spans[0].quote = key;
  const std::string line = write(record);
  EXPECT_THAT(line, Not(HasSubstr("tiger-secret")));
  EXPECT_THAT(line, Not(HasSubstr("qVmUGshAUJfrMYYZqP")));
  EXPECT_THAT(line, Not(HasSubstr("abcdefgh12345678")));
  for (const auto& blob : std::filesystem::directory_iterator(folder_ / "blobs")) {
    EXPECT_THAT(testing::file_bytes(blob.path()), Not(HasSubstr("qVmUGshAUJfrMYYZqP")));
  }
}

// A secret cut in two by a prefix is no longer recognised.
TEST_F(TraceLine, SecretsGoBeforeValuesAreCut) {
  const std::string key = "ghp_qVmUGshAUJfrMYYZqPlO7kvyBtyt6WMB8Aar";
  TraceRecord record;
  record.given = std::string(500, 'x') + " " + key + std::string(20'000, ' ');
  EXPECT_THAT(write(record), Not(HasSubstr("ghp_")));
}

TEST_F(TraceLine, HashedContentKeepsFactsAndHidesTexts) {
  const TraceRecord record = full_record("r-1");
  const std::string line = write(record, TraceContent::Hashed);
  EXPECT_THAT(line, Not(HasSubstr("sky")));
  EXPECT_THAT(line, Not(HasSubstr("a.example")));
  EXPECT_THAT(line, Not(HasSubstr("scatters")));
  const TraceRecord read = parse_trace_line(line).value();
  EXPECT_EQ(read.question, "sha256:" + sha256_hex(record.question));
  EXPECT_EQ(read.request_id, record.request_id);
  EXPECT_EQ(read.quality_signals, record.quality_signals);
  EXPECT_EQ(read.steps[1].error->error_type, "timeout");
  EXPECT_EQ(read.steps[1].latency_ms, record.steps[1].latency_ms);
}

TEST_F(TraceLine, ContentOffLeavesNoTexts) {
  const TraceRecord record = full_record("r-1");
  const TraceRecord read = parse_trace_line(write(record, TraceContent::Off)).value();
  EXPECT_EQ(read.question, "");
  EXPECT_EQ(read.final_answer, "");
  EXPECT_EQ(read.urls_used, std::vector<std::string>{""});
  EXPECT_EQ(read.steps[0].step_name, "web_search");
}

TEST(TraceContent, IsNamedInConfiguration) {
  EXPECT_EQ(parse_trace_content("hashed").value(), TraceContent::Hashed);
  EXPECT_THAT(parse_trace_content("some").error().message(), HasSubstr("full, hashed or off"));
}

TEST(ParseTraceLine, ReadsTheEarlierSystem) {
  const auto record = parse_trace_line(
      R"({"request_id":"a","conversation_id":null,"question":"q","chosen_workflow":"search_qa",)"
      R"("router_version":"v1","mode":"default","turn_index":null,"urls_used":[],)"
      R"("final_answer":"","quality_signals":{"citation_count":2.0,"extra":1},)"
      R"("cost_stats":{"vram":12,"note":"x"},"timestamp":17,)"
      R"("steps_trace":[{"step_name":"web_search","start_time":1,"end_time":2.5,)"
      R"("latency_ms":1500,"vram_peak_mb":3,"model_loads":0,"success":true}]})");
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->success);
  EXPECT_EQ(record->schema_version, 0);
  ASSERT_EQ(record->steps.size(), 1u);
  EXPECT_EQ(record->steps[0].latency_ms, 1500);
  EXPECT_EQ(record->steps[0].attempt, 1);
  EXPECT_EQ(record->quality_signals.citation_count, 2);
  EXPECT_EQ(record->cost_stats, (std::vector<NamedNumber>{{"vram", 12}}));
}

TEST(ParseTraceLine, NamesTheMemberOfAWrongType) {
  const auto record = parse_trace_line(R"({"request_id":"a","question":5})");
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(record.error().message(), HasSubstr("'question'"));
}

TEST(ParseTraceLine, RefusesANewerSchemaNamingBothVersions) {
  const auto record = parse_trace_line(R"({"schema_version":99,"request_id":"a"})");
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code(), ErrorCode::LimitExceeded);
  EXPECT_THAT(record.error().message(), HasSubstr("99"));
  EXPECT_THAT(record.error().message(), HasSubstr("1"));
}

TEST(ParseTraceLine, RefusesWhatIsNoRecord) {
  for (const char* line : {"", "[]", "5", "{}", "{\"a\":1}", "{\"request_id\":\"a\"", "\xff",
                           "{\"request_id\":\"a\"} x"}) {
    EXPECT_FALSE(parse_trace_line(line).has_value()) << line;
  }
}

}  // namespace
}  // namespace muai
