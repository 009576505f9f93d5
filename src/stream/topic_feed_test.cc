#include "stream/topic_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "stream/key_partition.h"
#include "tests/support/calls.h"
#include "tests/support/memory_world.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using testing::MemoryEventLog;
using testing::MemoryWorld;

EnrichedRun run_of(std::vector<std::int64_t> users) {
  EnrichedRun run{2, {10, 10 + static_cast<Offset>(users.size())}, {}, {}};
  for (const auto user : users) {
    EnrichedPurchase row;
    row.purchase.user = {user};
    row.purchase.item = {7};
    row.partition = 2;
    row.offset = 10 + static_cast<Offset>(run.rows.size());
    row.recommendations = {{3}, {1}};
    row.source = RecommendationSource::kModel;
    run.rows.push_back(row);
  }
  return run;
}

TEST(TopicFeed, TellsWhatWasRecommendedOnEachEvent) {
  const auto feed = feed_run(run_of({5}), "3");
  ASSERT_EQ(feed.messages.size(), 1U);
  EXPECT_EQ(feed.messages[0].key, "5");
  EXPECT_EQ(feed.messages[0].offset, 10);
  EXPECT_EQ(feed.messages[0].value,
            R"({"user_id":5,"item_id":7,"recommendations":[3,1],"source":"model","model":"3"})");
  EXPECT_EQ(feed.range, (OffsetRange{10, 11}));
}

TEST(TopicFeed, AnEventWithoutAListIsToldToo) {
  auto run = run_of({5});
  run.rows[0].recommendations.clear();
  run.rows[0].source = RecommendationSource::kNone;
  EXPECT_THAT(feed_run(run, "3").messages.at(0).value,
              ::testing::HasSubstr(R"("recommendations":[],"source":"none")"));
}

TEST(TopicFeed, KeepsTheMessagesOfAUserInOrderInOnePartition) {
  MemoryWorld world;
  world.set_partitions(3);
  MemoryEventLog log(world);
  const auto feed = make_topic_feed(log, world.topic, "purchases");
  std::vector<std::int64_t> users;
  for (int i = 0; i < 2'000; ++i) users.push_back(i % 40);
  const std::vector<FeedRun> runs{feed_run(run_of(users), "1")};
  ASSERT_THAT(feed->write(runs, patiently()), Succeeds());
  std::map<std::string, std::vector<std::string>> sources;
  std::size_t count = 0;
  for (std::size_t p = 0; p < world.log.size(); ++p) {
    for (const auto& message : world.log[p]) {
      ++count;
      ASSERT_TRUE(message.key);
      EXPECT_EQ(partition_of_key(*message.key, 3), static_cast<Partition>(p));
      ASSERT_EQ(message.headers.size(), 1U);
      EXPECT_EQ(message.headers[0].first, "punnet-source");
      sources[*message.key].push_back(message.headers[0].second);
    }
  }
  EXPECT_EQ(count, users.size());
  EXPECT_EQ(sources.at("7")[0], "purchases/2/17");
  EXPECT_EQ(sources.at("7")[1], "purchases/2/57");
}

TEST(TopicFeed, CutsWhatDoesNotFitIntoOneAppend) {
  MemoryWorld world;
  MemoryEventLog log(world);
  const auto feed = make_topic_feed(log, world.topic, "purchases");
  const std::vector<FeedRun> runs{feed_run(run_of(std::vector<std::int64_t>(10'000, 1)), "1")};
  ASSERT_THAT(feed->write(runs, patiently()), Succeeds());
  EXPECT_EQ(world.log[0].size(), 10'000U);
  EXPECT_GT(world.fuse.calls["append"], 2);
}

TEST(TopicFeed, AnOutageIsToldAndTheSameMayBeWrittenAgain) {
  MemoryWorld world;
  MemoryEventLog log(world);
  const auto feed = make_topic_feed(log, world.topic, "purchases");
  const std::vector<FeedRun> runs{feed_run(run_of({1, 2}), "1")};
  world.fuse.fail("append", ErrorCode::kUnavailable);
  EXPECT_THAT(feed->write(runs, patiently()), FailsWith(ErrorCode::kUnavailable));
  ASSERT_THAT(feed->write(runs, patiently()), Succeeds());
  EXPECT_EQ(world.log[0].size(), 2U);
}

}  // namespace
}  // namespace punnet
