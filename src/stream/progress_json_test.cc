#include "stream/progress_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>

namespace punnet {
namespace {

using std::chrono::microseconds;

BatchReport report_of(const BatchOutcome& outcome) {
  return {.batch_id = 3,
          .started = Timestamp{std::chrono::seconds{1'500'000'000}} + microseconds{250'000},
          .since_previous = microseconds{2'000'000},
          .read = microseconds{500},
          .took = microseconds{1'500},
          .events = 100,
          .start = {{0, 100}},
          .next = {{0, 200}, {1, 7}},
          .latest = {{0, 250}, {1, 7}},
          .model_version = "2",
          .outcome = outcome};
}

const ProgressIdentity kIdentity{"stream-id", "run-id", "", "purchases", "Delta[new_purchases]"};

TEST(ProgressJson, HasTheFieldsOfSparksProgress) {
  BatchOutcome outcome;
  outcome.rows = 98;
  outcome.rejects = 2;
  outcome.looked_up = 7;
  outcome.precision = {.average = 0.125, .counted_users = 90, .users = 97};
  outcome.times.recommend = microseconds{250};
  const std::string text = progress_json(report_of(outcome), kIdentity);
  EXPECT_EQ(text.find('\n'), std::string::npos);

  const auto line = boost::json::parse(text).as_object();
  EXPECT_EQ(line.at("id"), "stream-id");
  EXPECT_EQ(line.at("runId"), "run-id");
  EXPECT_TRUE(line.at("name").is_null());
  EXPECT_EQ(line.at("timestamp"), "2017-07-14T02:40:00.250000Z");
  EXPECT_EQ(line.at("batchId"), 3);
  EXPECT_EQ(line.at("numInputRows"), 100);
  EXPECT_EQ(line.at("inputRowsPerSecond"), 50.0);
  EXPECT_EQ(line.at("processedRowsPerSecond"), 66666.7);
  EXPECT_EQ(line.at("durationMs").at("triggerExecution"), 1.5);
  EXPECT_EQ(line.at("durationMs").at("addBatch"), 1.0);
  EXPECT_EQ(line.at("durationMs").at("recommend"), 0.25);
  EXPECT_EQ(line.at("sink").at("numOutputRows"), 98);
  EXPECT_EQ(line.at("observedMetrics").at("stream").at("average_precision"), 0.125);
  EXPECT_EQ(line.at("observedMetrics").at("stream").at("rejected_events"), 2);
  EXPECT_EQ(line.at("observedMetrics").at("stream").at("looked_up"), 7);

  const auto& source = line.at("sources").at(0);
  EXPECT_EQ(source.at("startOffset").at("purchases").at("0"), 100);
  EXPECT_EQ(source.at("endOffset").at("purchases").at("0"), 200);
  EXPECT_FALSE(source.at("endOffset").at("purchases").as_object().contains("1"));
  EXPECT_EQ(source.at("latestOffset").at("purchases").at("0"), 250);
  EXPECT_EQ(source.at("metrics").at("offsetsBehindLatest"), 50);
}

TEST(ProgressJson, WritesNumbersAsPeopleDo) {
  BatchOutcome outcome;
  outcome.precision = {.average = 0.84, .counted_users = 1, .users = 1};
  const std::string text = progress_json(report_of(outcome), kIdentity);
  EXPECT_NE(text.find(R"("average_precision":0.84,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("inputRowsPerSecond":50.0,)"), std::string::npos) << text;
}

TEST(ProgressJson, LeavesOutWhatIsNotKnown) {
  const BatchOutcome outcome;
  auto report = report_of(outcome);
  report.since_previous = microseconds{0};
  const auto line = boost::json::parse(progress_json(report, kIdentity)).as_object();
  EXPECT_FALSE(line.contains("inputRowsPerSecond"));
  EXPECT_TRUE(line.at("observedMetrics").at("stream").at("average_precision").is_null());
}

}  // namespace
}  // namespace punnet
