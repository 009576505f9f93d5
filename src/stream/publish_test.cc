#include "stream/publish.h"

#include <gtest/gtest.h>

#include <random>

#include "stream/key_partition.h"
#include "tests/support/memory_world.h"
#include "tests/support/result_matchers.h"
#include "tests/support/stream_world.h"

namespace punnet {
namespace {

using testing::Killed;
using testing::MemoryWorld;

std::vector<Purchase> purchases(int rows) {
  std::vector<Purchase> list;
  for (int row = 0; row < rows; ++row) {
    Purchase& purchase = list.emplace_back();
    purchase.user = {1 + row % 7};
    purchase.item = {row};
    purchase.quantity = 1;
    purchase.sales_value = 4.99F;
  }
  return list;
}

PublishConfig config(std::string run_id = "run") {
  PublishConfig chosen;
  chosen.run_id = std::move(run_id);
  chosen.group = 3;
  return chosen;
}

Result<PublishSummary> publish_to(
    MemoryWorld& world, std::span<const Purchase> rows, const PublishConfig& chosen,
    const std::stop_token& stop = {},
    const std::function<void(std::int64_t)>& progress = [](auto) {}) {
  testing::MemoryEventLog log(world);
  const Sleep sleep = [&world](std::chrono::microseconds duration, const std::stop_token&) {
    world.clock.advance(duration);
  };
  Retry retry({}, sleep, stop, [](auto, const auto&, auto) {});
  return publish(rows, world.topic, chosen, {log, world.clock, sleep}, retry, stop, progress);
}

/// Every row once, in its order and in its partition.
void expect_published(const MemoryWorld& world, const std::vector<Purchase>& rows, EventKey key) {
  std::vector<std::vector<std::string>> expected(world.log.size());
  const auto partitions = static_cast<std::int32_t>(world.log.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto partition = key == EventKey::kUser
                               ? partition_of_key(std::to_string(rows[row].user.value), partitions)
                               : static_cast<std::int32_t>(row) % partitions;
    std::string text;
    encode_purchase(text, rows[row], {});
    expected[static_cast<std::size_t>(partition)].push_back(text);
  }
  for (std::size_t p = 0; p < world.log.size(); ++p) {
    std::vector<std::string> values;
    for (const auto& message : world.log[p]) values.push_back(message.value);
    EXPECT_EQ(values, expected[p]);
  }
}

TEST(Publish, SendsEveryRowToItsPartitionWithoutAKey) {
  MemoryWorld world;
  world.set_partitions(3);
  const auto rows = purchases(20);
  std::int64_t told = 0;
  const auto summary =
      publish_to(world, rows, config(), {}, [&](std::int64_t done) { told = done; });
  ASSERT_THAT(summary, Succeeds());
  EXPECT_EQ(summary->rows, 20);
  EXPECT_EQ(told, 20);
  expect_published(world, rows, EventKey::kNone);
  EXPECT_EQ(world.log[1][2].key, std::nullopt);
  EXPECT_EQ(world.log[1][2].headers, (EventHeaders{{"punnet-run", "run"}, {"punnet-row", "7"}}));
}

TEST(Publish, SendsAUsersRowsToOnePartition) {
  MemoryWorld world;
  world.set_partitions(3);
  const auto rows = purchases(20);
  auto chosen = config();
  chosen.key = EventKey::kUser;
  ASSERT_THAT(publish_to(world, rows, chosen), Succeeds());
  expect_published(world, rows, EventKey::kUser);
  for (const auto& partition : world.log) {
    for (const auto& message : partition) EXPECT_TRUE(message.key);
  }
}

TEST(Publish, DoesNothingWhenEverythingIsThere) {
  MemoryWorld world;
  const auto rows = purchases(10);
  ASSERT_THAT(publish_to(world, rows, config()), Succeeds());
  const auto again = publish_to(world, rows, config());
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->rows, 0);
  EXPECT_EQ(again->already_held, 10);
  EXPECT_EQ(world.log[0].size(), 10U);
}

TEST(Publish, TellsItsRunFromOthers) {
  MemoryWorld world;
  const auto rows = purchases(10);
  ASSERT_THAT(publish_to(world, rows, config("one")), Succeeds());
  ASSERT_THAT(publish_to(world, rows, config("two")), Succeeds());
  EXPECT_EQ(world.log[0].size(), 20U);
  ASSERT_THAT(publish_to(world, rows, config("one")), Succeeds());
  EXPECT_EQ(world.log[0].size(), 20U);
}

TEST(Publish, FindsItsRowsBehindManyMessagesOfOthers) {
  MemoryWorld world;
  const auto rows = purchases(4);
  ASSERT_THAT(publish_to(world, rows, config()), Succeeds());
  for (int i = 0; i < 25'000; ++i) world.send(0, "other");
  const auto again = publish_to(world, rows, config());
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->already_held, 4);
}

TEST(Publish, LosesAndRepeatsNothingWhereverItDies) {
  for (const auto key : {EventKey::kNone, EventKey::kUser}) {
    auto chosen = config();
    chosen.key = key;
    const auto rows = purchases(40);
    MemoryWorld whole;
    whole.set_partitions(2);
    ASSERT_THAT(publish_to(whole, rows, chosen), Succeeds());
    for (std::int64_t step = 1; step <= whole.fuse.steps(); ++step) {
      MemoryWorld world;
      world.set_partitions(2);
      world.fuse.kill_at(step);
      EXPECT_THROW(static_cast<void>(publish_to(world, rows, chosen)), Killed);
      world.fuse.kill_at(step / 2 + 1);
      try {
        ASSERT_THAT(publish_to(world, rows, chosen), Succeeds());
      } catch (const Killed&) {
      }
      world.fuse.disarm();
      ASSERT_THAT(publish_to(world, rows, chosen), Succeeds());
      expect_published(world, rows, key);
    }
  }
}

TEST(Publish, LooksBeforeItRepeatsAnAppendWhoseAnswerWasLost) {
  for (const std::string what : {"append", "append answer"}) {
    MemoryWorld world;
    world.set_partitions(2);
    world.fuse.fail(what, ErrorCode::kUnknownOutcome, 3);
    const auto rows = purchases(20);
    const auto summary = publish_to(world, rows, config());
    ASSERT_THAT(summary, Succeeds());
    EXPECT_EQ(summary->rows, 20);
    expect_published(world, rows, EventKey::kNone);
  }
}

TEST(Publish, KeepsTheRate) {
  MemoryWorld world;
  const auto start = world.clock.now();
  auto chosen = config();
  chosen.rows_per_second = 50;
  ASSERT_THAT(publish_to(world, purchases(100), chosen), Succeeds());
  EXPECT_EQ(world.clock.now() - start, std::chrono::seconds{2});
  // The rows are spread over the time.
  EXPECT_LE(world.log[0][49].time - start, std::chrono::milliseconds{1'000});
  EXPECT_GE(world.log[0][49].time - start, std::chrono::milliseconds{800});
}

TEST(Publish, CanBeStoppedAndTakenUp) {
  MemoryWorld world;
  const auto rows = purchases(20);
  std::stop_source stop;
  const auto stopped = publish_to(world, rows, config(), stop.get_token(),
                                  [&](std::int64_t) { stop.request_stop(); });
  EXPECT_THAT(stopped, FailsSaying(ErrorCode::kCancelled, "3 of 20 rows"));
  ASSERT_THAT(publish_to(world, rows, config()), Succeeds());
  expect_published(world, rows, EventKey::kNone);
}

}  // namespace
}  // namespace punnet
