#include "stream/start_positions.h"

#include <gtest/gtest.h>

namespace punnet {
namespace {

const TopicInfo kTopic{"purchases", "t", 2};
const std::vector<OffsetBounds> kBounds{{10, 20}, {0, 5}};

TEST(StartPositions, GoOnWhereTheTableEnds) {
  const auto positions = start_positions(kTopic, kBounds, {{0, 15}}, StartingOffsets::kEarliest);
  ASSERT_TRUE(positions) << positions.error().message;
  EXPECT_EQ(*positions, (Positions{{0, 15}, {1, 0}}));
}

TEST(StartPositions, BeginAtTheEndOnlyWhereTheTableHoldsNothing) {
  const auto positions = start_positions(kTopic, kBounds, {{0, 15}}, StartingOffsets::kLatest);
  ASSERT_TRUE(positions) << positions.error().message;
  EXPECT_EQ(*positions, (Positions{{0, 15}, {1, 5}}));
}

TEST(StartPositions, RefuseALogThatDoesNotHoldTheTablesPosition) {
  for (const Positions& table : {Positions{{0, 21}}, Positions{{2, 0}}}) {
    const auto positions = start_positions(kTopic, kBounds, table, StartingOffsets::kEarliest);
    ASSERT_FALSE(positions);
    EXPECT_EQ(positions.error().code, ErrorCode::kInvalid);
    EXPECT_NE(positions.error().message.find("events.topic"), std::string::npos);
  }
}

TEST(StartPositions, BehindALogThatDroppedEventsAreRefusedUnlessLossIsRecorded) {
  const Positions table{{0, 9}};
  const auto refused = start_positions(kTopic, kBounds, table, StartingOffsets::kEarliest);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_NE(refused.error().message.find("--on-data-loss record"), std::string::npos);
  const auto recorded =
      start_positions(kTopic, kBounds, table, StartingOffsets::kEarliest, OnDataLoss::kRecord);
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_EQ(*recorded, (Positions{{0, 9}, {1, 0}}));
}

TEST(StartPositions, AreNeverPassedByACutRun) {
  std::vector<EventRun> runs(2);
  runs[0].partition = 0;
  runs[0].range = {10, 13};
  for (Offset offset = 10; offset < 13; ++offset) {
    Event event;
    event.offset = offset;
    runs[0].events.push_back(event);
  }
  runs[1].partition = 1;
  runs[1].range = {5, 6};
  cut_runs(runs, {{0, 12}, {1, 5}});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].range, (OffsetRange{10, 12}));
  EXPECT_EQ(runs[0].events.size(), 2U);
}

}  // namespace
}  // namespace punnet
