#include "stream/tail.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/memory_world.h"
#include "tests/support/result_matchers.h"
#include "tests/support/stream_world.h"

namespace punnet {
namespace {

using testing::MemoryWorld;

struct Watched {
  std::vector<std::string> batches;
  std::vector<Timestamp> times;
  std::stop_source stop;
  std::function<void()> on_batch = [] {};

  Result<std::int64_t> tail_of(MemoryWorld& world, const TailConfig& config) {
    testing::MemoryEventLog log(world);
    const Sleep sleep = [&world](std::chrono::microseconds duration, const std::stop_token&) {
      world.clock.advance(duration);
    };
    Retry retry({}, sleep, stop.get_token(), [](auto, const auto&, auto) {});
    return tail(world.topic, config, {log, world.clock, sleep}, retry, stop.get_token(),
                [&](std::int64_t id, std::span<const EventRun> runs) {
                  EXPECT_EQ(id, static_cast<std::int64_t>(batches.size()));
                  batches.push_back(raw_messages(runs));
                  times.push_back(world.clock.now());
                  on_batch();
                });
  }
};

MemoryWorld& with_messages(MemoryWorld& world, int count) {
  for (int i = 0; i < count; ++i) world.send(0, std::to_string(i));
  return world;
}

TailConfig from_beginning(TriggerKind kind = TriggerKind::kAvailableNow) {
  TailConfig config;
  config.start = StartingOffsets::kEarliest;
  config.trigger.kind = kind;
  return config;
}

TEST(Tail, ReadsFromTheBeginningToTheEnd) {
  MemoryWorld world;
  Watched watched;
  auto config = from_beginning();
  config.max_offsets_per_trigger = 2;
  const auto messages = watched.tail_of(with_messages(world, 5), config);
  ASSERT_THAT(messages, Succeeds());
  EXPECT_EQ(*messages, 5);
  EXPECT_EQ(watched.batches, (std::vector<std::string>{"0\n1\n", "2\n3\n", "4\n"}));
}

TEST(Tail, StopsAfterSoManyMessages) {
  MemoryWorld world;
  Watched watched;
  auto config = from_beginning(TriggerKind::kAsDataComes);
  config.max_messages = 3;
  config.max_offsets_per_trigger = 2;
  const auto messages = watched.tail_of(with_messages(world, 5), config);
  ASSERT_THAT(messages, Succeeds());
  EXPECT_EQ(*messages, 3);
  EXPECT_EQ(watched.batches.back(), "2\n");
}

TEST(Tail, ReadsNothingForZeroMessages) {
  MemoryWorld world;
  Watched watched;
  auto config = from_beginning();
  config.max_messages = 0;
  const auto messages = watched.tail_of(with_messages(world, 5), config);
  ASSERT_THAT(messages, Succeeds());
  EXPECT_EQ(*messages, 0);
}

TEST(Tail, BeginsWhereToldInThePartitionThatIsAskedFor) {
  MemoryWorld world;
  world.set_partitions(2);
  world.send(1, "other");
  Watched watched;
  auto config = from_beginning();
  config.partition = 0;
  config.offset = 3;
  const auto messages = watched.tail_of(with_messages(world, 5), config);
  ASSERT_THAT(messages, Succeeds());
  EXPECT_EQ(watched.batches, std::vector<std::string>{"3\n4\n"});
}

TEST(Tail, RefusesPlacesThatTheLogDoesNotHold) {
  MemoryWorld world;
  with_messages(world, 5);
  auto config = from_beginning();
  config.offset = 6;
  EXPECT_THAT(Watched().tail_of(world, config), FailsSaying(ErrorCode::kInvalid, "--offset"));
  config.offset = -1;
  EXPECT_THAT(Watched().tail_of(world, config), FailsSaying(ErrorCode::kInvalid, "0 to 5"));
  config.partition = 1;
  EXPECT_THAT(Watched().tail_of(world, config), FailsSaying(ErrorCode::kInvalid, "--partition"));
}

TEST(Tail, WatchesWhatComesOnTheClocksGrid) {
  MemoryWorld world;
  with_messages(world, 30);
  world.clock.set(Timestamp{std::chrono::seconds{1'002}});
  Watched watched;
  auto config = from_beginning(TriggerKind::kInterval);
  config.trigger.interval = std::chrono::milliseconds{5'000};
  config.max_offsets_per_trigger = 10;
  watched.on_batch = [&] {
    if (watched.batches.size() == 3) watched.stop.request_stop();
  };
  const auto messages = watched.tail_of(world, config);
  ASSERT_THAT(messages, Succeeds());
  EXPECT_EQ(*messages, 30);
  EXPECT_EQ(watched.times, (std::vector<Timestamp>{Timestamp{std::chrono::seconds{1'002}},
                                                   Timestamp{std::chrono::seconds{1'005}},
                                                   Timestamp{std::chrono::seconds{1'010}}}));
}

TEST(Tail, BeginsAtTheEndByDefault) {
  MemoryWorld world;
  with_messages(world, 5);
  world.fuse.on_call = [&](std::string_view what) {
    if (what == "read" && world.log[0].size() == 5) world.send(0, "new");
  };
  Watched watched;
  TailConfig config;
  config.max_messages = 1;
  ASSERT_THAT(watched.tail_of(world, config), Succeeds());
  EXPECT_EQ(watched.batches, std::vector<std::string>{"new\n"});
}

TEST(Tail, ShowsTheOriginalsColumnsAndNullsForWhatIsNoPurchase) {
  std::vector<EventRun> runs(1);
  const std::string purchase = testing::message(1645, 9416653);
  Event event;
  event.offset = 41;
  event.value = purchase;
  runs[0].events.push_back(event);
  event.offset = 42;
  event.value = "?";
  runs[0].events.push_back(event);
  EXPECT_EQ(message_table(runs, {}, 1),
            "+-------+-------+--------+-----------+------+\n"
            "|user_id|item_id|quantity|sales_value|offset|\n"
            "+-------+-------+--------+-----------+------+\n"
            "|   1645|9416653|       1|        2.5|    41|\n"
            "|   null|   null|    null|       null|    42|\n"
            "+-------+-------+--------+-----------+------+\n"
            "\n");
  EXPECT_NE(message_table(runs, {}, 2).find("|partition|offset|"), std::string::npos);
}

}  // namespace
}  // namespace punnet
