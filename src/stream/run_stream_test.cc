#include "stream/run_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/support/deferred_background.h"
#include "tests/support/memory_world.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_membership.h"
#include "tests/support/stream_world.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DeferredBackground;
using testing::Killed;
using testing::live;
using testing::MemoryWorld;
using testing::message;
using testing::ScriptedMembership;

/// Writes down what it is told, and calls back.
struct Witness final : StreamObserver {
  struct Batch {
    std::int64_t id;
    std::int64_t events;
    Timestamp started;
    std::int64_t lag;
    std::string model_version;
  };
  std::vector<Batch> batches;
  std::vector<CommitOutcome> commits;
  std::vector<Partition> lost;
  std::vector<std::pair<Partition, OffsetRange>> gaps;
  std::vector<std::int64_t> histories;  // events of each write
  std::vector<std::string> swaps;
  std::vector<std::string> waits;
  std::vector<std::string> warnings;
  int fell_behind_times = 0;
  std::function<void()> on_batch = [] {};
  std::function<void()> on_wait = [] {};

  void batch_done(const BatchReport& batch) override {
    batches.push_back({batch.batch_id, batch.events, batch.started, batch.lag(),
                       std::string(batch.model_version)});
    on_batch();
  }
  void committed(const CommitReport& commit) override { commits.push_back(commit.outcome); }
  void histories_written(std::int64_t events, std::chrono::microseconds) override {
    histories.push_back(events);
  }
  void partition_lost(Partition partition, Offset) override { lost.push_back(partition); }
  void data_lost(Partition partition, OffsetRange gap) override {
    gaps.emplace_back(partition, gap);
  }
  void model_swapped(std::string_view from, std::string_view to) override {
    swaps.push_back(std::string(from) + " to " + std::string(to));
  }
  void waiting(std::string_view what, const Error&, milliseconds) override {
    waits.emplace_back(what);
    on_wait();
  }
  void warned(std::string_view what, const Error&) override { warnings.emplace_back(what); }
  void fell_behind(std::chrono::microseconds) override { ++fell_behind_times; }
};

StreamConfig drain(std::int64_t batch = 4) {
  StreamConfig config;
  config.trigger.kind = TriggerKind::kAvailableNow;
  config.max_offsets_per_trigger = batch;
  return config;
}

constexpr std::int64_t kUnknownUser = 77;

/// Two partitions with `events` events, every seventh of them no purchase.
void fill(MemoryWorld& world, int events) {
  world.set_partitions(2);
  serve(world, testing::random_model(1));
  for (int i = 0; i < events; ++i) {
    const std::int64_t user = i % 11 == 10 ? kUnknownUser : 1 + i % 5;
    world.send(i % 2, i % 7 == 6 ? "no purchase" : message(user, 100 + i % 30));
  }
  for (std::int64_t user = 1; user <= 3; ++user) {
    world.own_purchases[{user}] = {{100}, {105}, {110}, {129}};
  }
  world.features[{100}] = {"GROCERY", "COLD CEREAL"};
}

using Counts = std::map<std::pair<UserId, ItemId>, std::int64_t>;

Counts counts_of_rows(const MemoryWorld& world) {
  Counts counts;
  for (const auto& [key, row] : world.rows) {
    ++counts[{row.purchase.purchase.user, row.purchase.purchase.item}];
  }
  return counts;
}

Counts counts_of_histories(const MemoryWorld& world) {
  Counts counts;
  for (const auto& [key, entry] : world.histories) counts[key] = entry.count;
  return counts;
}

/// Every event is there once, as a row or a reject, and everything else agrees with the rows.
void expect_whole(const MemoryWorld& world) {
  EXPECT_FALSE(world.repeated);
  std::size_t events = 0;
  for (std::size_t p = 0; p < world.log.size(); ++p) {
    events += world.log[p].size();
    for (std::size_t o = 0; o < world.log[p].size(); ++o) {
      const auto key = std::pair{static_cast<Partition>(p), static_cast<Offset>(o)};
      const bool is_purchase = world.log[p][o].value != "no purchase";
      EXPECT_EQ(world.rows.contains(key), is_purchase) << p << "/" << o;
      EXPECT_EQ(world.rejects.contains(key), !is_purchase) << p << "/" << o;
    }
    EXPECT_EQ(world.table.at(static_cast<Partition>(p)), static_cast<Offset>(world.log[p].size()));
  }
  EXPECT_EQ(world.rows.size() + world.rejects.size(), events);
  EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
  EXPECT_EQ(world.histories_at, world.table);
  for (const auto& [key, row] : world.rows) {
    EXPECT_TRUE(world.recommendations.contains(row.purchase.purchase.user));
  }
}

/// Histories of more than five batches are too much to wait.
StreamConfig drain_with_many_histories() {
  StreamConfig config = drain(5);
  config.commit.every_batch = true;
  config.histories.group = 10;
  config.histories.most_events = 25;
  return config;
}

TEST(RunStream, DrainsWhatIsThereAndEnds) {
  MemoryWorld world;
  fill(world, 50);
  Witness witness;
  witness.on_batch = [&] { world.send(0, message(1, 100)); };
  const auto summary = live(world, drain(), witness);
  ASSERT_THAT(summary, Succeeds());
  EXPECT_EQ(summary->rows + summary->rejects, 50);
  EXPECT_EQ(summary->rejects, 7);
  EXPECT_EQ(world.table, (Positions{{0, 25}, {1, 25}}));
  EXPECT_EQ(world.group, world.table);

  witness.on_batch = [] {};
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  expect_whole(world);
}

TEST(RunStream, EnrichesWhatItStores) {
  MemoryWorld world;
  fill(world, 50);
  Witness witness;
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  for (const auto& [key, stored] : world.rows) {
    const EnrichedPurchase& row = stored.purchase;
    EXPECT_EQ(stored.model_version, "1");
    const std::set<ItemId> distinct(row.recommendations.begin(), row.recommendations.end());
    EXPECT_EQ(distinct.size(), 5U);
    EXPECT_FALSE(distinct.contains(row.purchase.item));
    EXPECT_EQ(row.source, row.purchase.user == UserId{kUnknownUser}
                              ? RecommendationSource::kPopularity
                              : RecommendationSource::kModel);
    EXPECT_EQ(row.precision_at_k.has_value(), row.purchase.user.value <= 3);
    EXPECT_EQ(row.features.category, row.purchase.item == ItemId{100} ? "COLD CEREAL" : "");
    EXPECT_TRUE(row.event_time);
  }
  const auto& reject = world.rejects.begin()->second;
  EXPECT_EQ(reject.bytes, "no purchase");
  EXPECT_EQ(reject.reason, "event: not JSON");
}

TEST(RunStream, StoresEveryEventOnceWhereverItDies) {
  StreamConfig config = drain();
  config.histories.group = 9;
  config.history_writes.pause = std::chrono::milliseconds{0};
  for (const int late : {0, 1, 2, 3}) {
    config.commit.every_batch = late % 2 == 0;
    config.commit.bytes = 6 * sizeof(EnrichedPurchase);
    config.commit.backlog_bytes = 0;
    int looks = 0;
    DeferredBackground beside([&] { return late > 1 && ++looks % late == 0; });
    DeferredBackground writer([&] { return late > 1 && ++looks % late == 0; });
    Background* background = late == 0 ? nullptr : &beside;
    Background* history_writer = late == 0 ? nullptr : &writer;
    const auto live = [&](MemoryWorld& world, const StreamConfig& how, StreamObserver& observer) {
      return testing::live(world, how, observer, {}, nullptr, background, history_writer);
    };
    MemoryWorld whole;
    fill(whole, 30);
    Witness witness;
    ASSERT_THAT(live(whole, config, witness), Succeeds());
    const std::int64_t steps = whole.fuse.steps();
    ASSERT_GT(steps, 30);

    for (std::int64_t step = 1; step <= steps; ++step) {
      SCOPED_TRACE("dies at step " + std::to_string(step));
      MemoryWorld world;
      fill(world, 30);
      world.fuse.kill_at(step);
      EXPECT_THROW(static_cast<void>(live(world, config, witness)), Killed);
      world.fuse.disarm();
      ASSERT_THAT(live(world, config, witness), Succeeds());
      expect_whole(world);
      for (const auto& [key, row] : world.rows) {
        EXPECT_EQ(row.purchase.recommendations, whole.rows.at(key).purchase.recommendations);
      }
    }
  }
}

TEST(RunStream, BatchesGoOnWhileACommitIsUnderWay) {
  // Three batches fill one commit. As much again always has room beside it, and more if it may.
  constexpr std::size_t kCommitRows = 8;
  for (const auto& [backlog_rows, least, most] : {std::tuple{0U, 5U, 7U}, {32U, 9U, 11U}}) {
    SCOPED_TRACE(backlog_rows);
    MemoryWorld world;
    fill(world, 60);
    StreamConfig config = drain();
    config.commit.bytes = kCommitRows * sizeof(EnrichedPurchase);
    config.commit.backlog_bytes = backlog_rows * sizeof(EnrichedPurchase);
    DeferredBackground background([] { return false; });
    Witness witness;
    std::vector<std::size_t> batches_at_commit;
    world.fuse.on_call = [&](std::string_view what) {
      if (what == "sink commit") batches_at_commit.push_back(witness.batches.size());
    };
    ASSERT_THAT(live(world, config, witness, {}, nullptr, &background), Succeeds());
    ASSERT_GE(batches_at_commit.size(), 2U);
    EXPECT_GE(batches_at_commit[0], least);
    EXPECT_LE(batches_at_commit[0], most);
    expect_whole(world);
  }
}

TEST(RunStream, BatchesGoOnWhileHistoriesAreWritten) {
  MemoryWorld world;
  fill(world, 120);
  const StreamConfig config = drain_with_many_histories();
  DeferredBackground history_writer([] { return false; });
  Witness witness;
  std::vector<std::size_t> batches_at_write;
  world.while_histories_are_written = [&] { batches_at_write.push_back(witness.batches.size()); };
  ASSERT_THAT(live(world, config, witness, {}, nullptr, nullptr, &history_writer), Succeeds());
  // What some six batches bring is too much to wait; a write is waited for when as much is there
  // again.
  ASSERT_GE(batches_at_write.size(), 3U);
  EXPECT_GE(batches_at_write[0], 10U);
  EXPECT_LT(batches_at_write[0], batches_at_write[1]);
  EXPECT_LT(batches_at_write[1], witness.batches.size());
  expect_whole(world);
}

TEST(RunStream, StoresListsBeforeTheRowsThatTheyWereMadeFor) {
  MemoryWorld world;
  fill(world, 60);
  StreamConfig config = drain();
  config.commit.bytes = 8 * sizeof(EnrichedPurchase);
  config.commit.backlog_bytes = 0;
  DeferredBackground background([] { return false; });
  Witness witness;
  ASSERT_THAT(live(world, config, witness, {}, nullptr, &background), Succeeds());
  EXPECT_EQ(world.fuse.calls["recommendations put"], world.fuse.calls["sink commit"]);
  world.fuse.on_call = {};
  for (const auto& [key, row] : world.rows) {
    EXPECT_TRUE(world.recommendations.contains(row.purchase.purchase.user));
  }
}

TEST(RunStream, ACommitBesideThatFailsIsTriedAgainBeforeTheEnd) {
  MemoryWorld world;
  fill(world, 40);
  world.fuse.fail("sink commit", ErrorCode::kUnavailable, 2);
  DeferredBackground background([] { return true; });
  StreamConfig config = drain();
  config.commit.every_batch = true;
  Witness witness;
  ASSERT_THAT(live(world, config, witness, {}, nullptr, &background), Succeeds());
  EXPECT_EQ(witness.waits.size(), 2U);
  EXPECT_EQ(world.commits, 10);
  expect_whole(world);
}

TEST(RunStream, WhatWasReadMeanwhileIsDroppedWhereACommitBesideWasLate) {
  for (const int late : {1, 2, 3, 5}) {
    MemoryWorld world;
    fill(world, 80);
    Witness witness;
    Witness other;
    bool other_lived = false;
    world.fuse.on_call = [&](std::string_view what) {
      if (what != "sink commit" || other_lived) return;
      other_lived = true;
      StreamConfig config = drain(6);
      std::stop_source stop;
      other.on_batch = [&] {
        if (other.batches.size() == 2) stop.request_stop();
      };
      ASSERT_THAT(live(world, config, other, stop.get_token()), Succeeds());
    };
    StreamConfig config = drain();
    config.commit.bytes = 4 * sizeof(EnrichedPurchase);
    config.commit.backlog_bytes = 0;
    int looks = 0;
    DeferredBackground background([&] { return ++looks % late == 0; });
    ASSERT_THAT(live(world, config, witness, {}, nullptr, &background), Succeeds());
    EXPECT_EQ(witness.lost, (std::vector<Partition>{0, 1}));
    expect_whole(world);
  }
}

TEST(RunStream, WritesHistoriesAtItsEndWhereItIsShort) {
  MemoryWorld world;
  fill(world, 60);
  StreamConfig config = drain(5);
  config.commit.every_batch = true;
  config.histories.group = 10;
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  const auto rows = static_cast<std::int64_t>(world.rows.size());
  EXPECT_EQ(witness.histories, (std::vector<std::int64_t>{rows}));
  EXPECT_EQ(world.histories_at, world.table);
  EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
}

TEST(RunStream, LeavesManyHistoriesToTheNextStartWhenAskedToStop) {
  for (const bool is_much : {false, true}) {
    MemoryWorld world;
    fill(world, 60);
    StreamConfig config = drain(5);
    if (is_much) config.histories.group = 10;
    std::stop_source stop;
    Witness witness;
    witness.on_batch = [&] {
      if (witness.batches.size() == 4) stop.request_stop();
    };
    ASSERT_THAT(live(world, config, witness, stop.get_token()), Succeeds());
    EXPECT_EQ(witness.histories.empty(), is_much);
    EXPECT_GE(world.rows.size(), 10U);
    ASSERT_THAT(live(world, config, witness), Succeeds());
    EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
  }
}

TEST(RunStream, AStopCutsALongWriteOfHistoriesShortAndTheNextStartCountsThem) {
  MemoryWorld world;
  fill(world, 60);
  const StreamConfig config = drain_with_many_histories();
  std::stop_source stop;
  world.while_histories_are_written = [&] { stop.request_stop(); };
  Witness witness;
  ASSERT_THAT(live(world, config, witness, stop.get_token()), Succeeds());
  EXPECT_TRUE(world.histories.empty()) << "the write was cut short";
  EXPECT_GE(world.rows.size(), 20U);
  world.while_histories_are_written = [] {};
  ASSERT_THAT(live(world, config, witness), Succeeds());
  expect_whole(world);
}

TEST(RunStream, AWriteOfHistoriesThatAnotherStreamWonIsCountedFromTheTable) {
  MemoryWorld world;
  fill(world, 60);
  const StreamConfig config = drain_with_many_histories();
  DeferredBackground history_writer([] { return true; });
  Witness other;
  bool other_lived = false;
  world.while_histories_are_written = [&] {
    if (std::exchange(other_lived, true)) return;
    std::stop_source stop;
    other.on_batch = [&] {
      if (other.batches.size() == 1) stop.request_stop();
    };
    ASSERT_THAT(live(world, drain(7), other, stop.get_token()), Succeeds());
    EXPECT_FALSE(world.histories.empty()) << "the other one counted what the first had committed";
  };
  Witness witness;
  ASSERT_THAT(live(world, config, witness, {}, nullptr, nullptr, &history_writer), Succeeds());
  expect_whole(world);
}

TEST(RunStream, WritesHistoriesBeforeTheyAreTooMany) {
  MemoryWorld world;
  fill(world, 60);
  const StreamConfig config = drain_with_many_histories();
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  ASSERT_EQ(witness.histories.size(), 2U);
  EXPECT_GE(witness.histories.front(), 25);
  EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
}

TEST(RunStream, StoresEveryEventOnceHoweverOftenItDies) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    MemoryWorld world;
    fill(world, 60);
    StreamConfig config = drain(static_cast<std::int64_t>(1 + random() % 6));
    config.commit.every_batch = random() % 2 == 0;
    config.histories.group = 1 + random() % 12;
    config.histories.most_events = config.histories.group + random() % 40;
    config.history_writes.pause = std::chrono::milliseconds{random() % 2 == 0 ? 60'000 : 0};
    Witness witness;
    for (int lives = 0; lives < 20; ++lives) {
      world.fuse.kill_at(static_cast<std::int64_t>(1 + random() % 60));
      try {
        ASSERT_THAT(live(world, config, witness), Succeeds());
      } catch (const Killed&) {
      }
    }
    world.fuse.disarm();
    ASSERT_THAT(live(world, config, witness), Succeeds());
    expect_whole(world);
  }
}

TEST(RunStream, FinishesItsBatchAndCommitsWhenAskedToStop) {
  MemoryWorld world;
  fill(world, 50);
  std::stop_source stop;
  Witness witness;
  witness.on_batch = [&] {
    if (witness.batches.size() == 3) stop.request_stop();
  };
  const auto summary = live(world, drain(), witness, stop.get_token());
  ASSERT_THAT(summary, Succeeds());
  EXPECT_EQ(summary->batches, 3);
  EXPECT_EQ(world.rows.size() + world.rejects.size(), 12U);
  EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
}

TEST(RunStream, WaitsForStoresThatAreAway) {
  for (const std::string what :
       {"describe_topic", "bounds", "models current", "models load", "read", "histories fetch",
        "own_purchases fetch", "features", "names", "recommendations put", "sink commit",
        "histories apply", "histories positions"}) {
    SCOPED_TRACE(what);
    MemoryWorld world;
    fill(world, 30);
    world.fuse.fail(what, ErrorCode::kUnavailable, 2);
    Witness witness;
    ASSERT_THAT(live(world, drain(), witness), Succeeds());
    EXPECT_EQ(witness.waits.size(), 2U);
    expect_whole(world);
  }
}

TEST(RunStream, WaitsForAStoreWithTheLastOfSoManyBatchesToo) {
  MemoryWorld world;
  fill(world, 30);
  world.fuse.fail("sink commit", ErrorCode::kUnavailable, 3);
  StreamConfig config = drain(4);
  config.trigger.kind = TriggerKind::kAsDataComes;
  config.max_batches = 2;
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_EQ(witness.waits.size(), 3U);
  EXPECT_EQ(world.rows.size() + world.rejects.size(), 8U);
}

TEST(RunStream, NeverTakesAnOutageForAnAbsence) {
  MemoryWorld world;
  fill(world, 30);
  world.fuse.fail("own_purchases fetch", ErrorCode::kUnavailable, 1'000'000);
  StreamConfig config = drain();
  config.retry.give_up_after = milliseconds{5'000};
  Witness witness;
  EXPECT_THAT(live(world, config, witness), FailsWith(ErrorCode::kUnavailable));
  EXPECT_TRUE(world.rows.empty());
}

TEST(RunStream, GivesUpABatchThatCannotEndButKeepsThoseBefore) {
  MemoryWorld world;
  fill(world, 50);
  std::stop_source stop;
  Witness witness;
  witness.on_batch = [&] {
    world.own_purchases[{4}] = {{100}};
    world.fuse.fail("histories fetch", ErrorCode::kUnavailable, 1'000'000);
  };
  witness.on_wait = [&] { stop.request_stop(); };
  StreamConfig config = drain(10);
  config.histories.limit_bytes = 1;
  for (auto& partition : world.log) {
    for (std::size_t i = 5; i < partition.size(); ++i) partition[i].value = message(9, 101);
  }
  EXPECT_THAT(live(world, config, witness, stop.get_token()), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(world.rows.size() + world.rejects.size(), 10U);
}

TEST(RunStream, GoesOnWithoutNotingOffsetsOrANewModel) {
  MemoryWorld world;
  fill(world, 30);
  world.fuse.fail("commit_offsets", ErrorCode::kUnavailable, 1'000'000);
  Witness witness;
  witness.on_batch = [&] {
    world.current_model = "99";
    world.clock.advance(seconds{2});
  };
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  EXPECT_TRUE(world.group.empty());
  EXPECT_FALSE(witness.warnings.empty());
  expect_whole(world);
}

TEST(RunStream, PicksUpANewModelBetweenBatches) {
  MemoryWorld world;
  fill(world, 30);
  Witness witness;
  witness.on_batch = [&] {
    if (witness.batches.size() == 2) serve(world, testing::random_model(2));
    world.clock.advance(milliseconds{600});
  };
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  EXPECT_EQ(witness.swaps, std::vector<std::string>{"1 to 2"});
  EXPECT_EQ(witness.batches.front().model_version, "1");
  EXPECT_EQ(witness.batches.back().model_version, "2");
  expect_whole(world);
}

TEST(RunStream, CommitsEachBatchWhenTold) {
  MemoryWorld world;
  fill(world, 40);
  StreamConfig config = drain();
  config.commit.every_batch = true;
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_EQ(world.commits, 10);
  expect_whole(world);
}

TEST(RunStream, CommitsByBytes) {
  MemoryWorld world;
  fill(world, 40);
  StreamConfig config = drain();
  config.commit.bytes = 14 * sizeof(EnrichedPurchase);
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_GT(world.commits, 1);
  EXPECT_LT(world.commits, 5);
  expect_whole(world);
}

TEST(RunStream, RunsOnTheClocksGridAndCommitsOldRowsInBetween) {
  MemoryWorld world;
  fill(world, 12);
  world.clock.set(Timestamp{seconds{1'000'030}});
  StreamConfig config = drain();
  config.trigger = {TriggerKind::kInterval, milliseconds{60'000}};
  std::stop_source stop;
  Witness witness;
  std::vector<Timestamp> commits;
  world.fuse.on_call = [&](std::string_view what) {
    if (what == "sink commit") commits.push_back(world.clock.now());
  };
  witness.on_batch = [&] {
    world.clock.advance(seconds{witness.batches.size() == 2 ? 70 : 1});
    if (witness.batches.size() == 3) stop.request_stop();
  };
  ASSERT_THAT(live(world, config, witness, stop.get_token()), Succeeds());
  ASSERT_EQ(witness.batches.size(), 3U);
  EXPECT_EQ(witness.batches[0].started, Timestamp{seconds{1'000'030}});
  EXPECT_EQ(witness.batches[1].started, Timestamp{seconds{1'000'080}});
  // The second was longer than its interval: the third follows at once.
  EXPECT_EQ(witness.batches[2].started, Timestamp{seconds{1'000'150}});
  EXPECT_EQ(commits.front(), Timestamp{seconds{1'000'040}});
}

TEST(RunStream, BeginsAtTheEndOnlyWhenTheTableIsEmpty) {
  MemoryWorld world;
  fill(world, 20);
  StreamConfig config = drain();
  config.starting_offsets = StartingOffsets::kLatest;
  Witness witness;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_TRUE(world.rows.empty());

  world.table = {{0, 4}, {1, 10}};
  world.histories_at = world.table;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_EQ(world.rows.size() + world.rejects.size(), 6U);
}

TEST(RunStream, RefusesATopicThatEndsBeforeTheTable) {
  MemoryWorld world;
  fill(world, 20);
  world.table = {{0, 11}};
  Witness witness;
  EXPECT_THAT(live(world, drain(), witness), FailsSaying(ErrorCode::kInvalid, "made anew"));
}

TEST(RunStream, StopsWhenTheLogDroppedEventsThatWereNextAndKeepsWhatItRead) {
  MemoryWorld world;
  fill(world, 40);
  world.fuse.on_call = [&](std::string_view what) {
    if (what == "read" && world.fuse.calls["read"] == 3) world.log_starts[0] = 9;
  };
  Witness witness;
  EXPECT_THAT(live(world, drain(), witness),
              FailsSaying(ErrorCode::kInvalid, "--on-data-loss record"));
  EXPECT_EQ(world.rows.size() + world.rejects.size(), 8U);
  EXPECT_TRUE(world.gaps.empty());
  EXPECT_THAT(live(world, drain(), witness),
              FailsSaying(ErrorCode::kInvalid, "--on-data-loss record"));
}

TEST(RunStream, RecordsAGapWhereTheLogDroppedEventsThatWereNext) {
  for (const bool before_start : {true, false}) {
    MemoryWorld world;
    fill(world, 40);
    StreamConfig config = drain();
    config.on_data_loss = OnDataLoss::kRecord;
    Witness witness;
    if (before_start) {
      world.table = {{0, 2}};
      world.histories_at = world.table;
      world.log_starts[0] = 9;
    }
    world.fuse.on_call = [&](std::string_view what) {
      if (what == "read" && world.fuse.calls["read"] == 2) world.log_starts[0] = 9;
    };
    ASSERT_THAT(live(world, config, witness), Succeeds());
    EXPECT_THAT(world.gaps, ::testing::ElementsAre(std::pair{0, OffsetRange{2, 9}}));
    EXPECT_EQ(witness.gaps, world.gaps);
    EXPECT_EQ(world.table, (Positions{{0, 20}, {1, 20}}));
    EXPECT_EQ(world.histories_at, world.table);
    EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
    EXPECT_EQ(world.rows.size() + world.rejects.size(), before_start ? 31U : 33U);
  }
}

TEST(RunStream, NeverTakesATopicThatWasCutOrMadeAnewForLostData) {
  for (const bool made_anew : {true, false}) {
    MemoryWorld world;
    fill(world, 40);
    StreamConfig config = drain();
    config.on_data_loss = OnDataLoss::kRecord;
    Witness witness;
    world.fuse.on_call = [&](std::string_view what) {
      if (what != "read" || world.fuse.calls["read"] != 2) return;
      if (made_anew) {
        world.topic.id = "topic-2";
        world.log_starts[0] = 9;
      } else {
        world.log[0].resize(1);
      }
    };
    EXPECT_THAT(live(world, config, witness), FailsWith(ErrorCode::kInvalid));
    EXPECT_TRUE(world.gaps.empty());
  }
}

TEST(RunStream, NeedsAModel) {
  MemoryWorld world;
  Witness witness;
  EXPECT_THAT(live(world, drain(), witness), FailsSaying(ErrorCode::kAbsent, "punnet train"));
}

TEST(RunStream, GoesOnBehindAStreamThatWasFirst) {
  MemoryWorld world;
  fill(world, 40);
  Witness witness;
  Witness other;
  bool done = false;
  world.fuse.on_call = [&](std::string_view what) {
    if (what != "sink commit" || done) return;
    done = true;
    StreamConfig config = drain(6);
    std::stop_source stop;
    other.on_batch = [&] { stop.request_stop(); };
    ASSERT_THAT(live(world, config, other, stop.get_token()), Succeeds());
  };
  StreamConfig config = drain();
  config.commit.every_batch = true;
  ASSERT_THAT(live(world, config, witness), Succeeds());
  EXPECT_EQ(witness.lost, (std::vector<Partition>{0, 1}));
  expect_whole(world);
}

TEST(RunStream, GoesOnBehindAStreamThatWasAloneInAPartition) {
  MemoryWorld world;
  world.set_partitions(2);
  serve(world, testing::random_model(1));
  for (int i = 0; i < 8; ++i) world.send(0, message(1, 100 + i));
  Witness witness;
  Witness other;
  bool done = false;
  world.fuse.on_call = [&](std::string_view what) {
    if (what != "sink commit" || done) return;
    done = true;
    for (int i = 0; i < 6; ++i) world.send(1, message(2, 100 + i));
    ASSERT_THAT(live(world, drain(), other), Succeeds());
    world.send(1, message(3, 110));
  };
  StreamConfig config;
  config.commit.every_batch = true;
  std::stop_source stop;
  witness.on_batch = [&] {
    if (witness.batches.size() == 2) stop.request_stop();
  };
  ASSERT_THAT(live(world, config, witness, stop.get_token()), Succeeds());
  EXPECT_EQ(witness.lost, (std::vector<Partition>{0, 1}));
  expect_whole(world);
}

/// Reads as data comes, few events at a time, until something asks it to stop.
StreamConfig member(std::int64_t batch = 4) {
  StreamConfig config;
  config.max_offsets_per_trigger = batch;
  return config;
}

TEST(RunStream, ReadsThePartitionsThatAreItsOwn) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{2, {.assigned = {1}}}});
  std::stop_source stop;
  membership.on_poll = [&](int polls) {
    if (polls == 10) stop.request_stop();
  };
  Witness witness;
  ASSERT_THAT(live(world, member(), witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(world.table, (Positions{{1, 20}}));
  EXPECT_EQ(world.histories_at, world.table);
  EXPECT_EQ(membership.notes.back(), world.table);
  EXPECT_TRUE(world.group.empty()) << "a member notes offsets itself";
  EXPECT_EQ(witness.batches.back().lag, 0);
}

TEST(RunStream, NotesHowFarThePartitionsThatItTakesUpHaveCome) {
  MemoryWorld world;
  fill(world, 40);
  Witness witness;
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  ScriptedMembership membership({{2, {.assigned = {1}}}});
  std::stop_source stop;
  membership.on_poll = [&](int polls) {
    if (polls == 4) stop.request_stop();
  };
  ASSERT_THAT(live(world, member(), witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(membership.notes, (std::vector<Positions>{{{1, 20}}}));
}

TEST(RunStream, CommitsWhatIsAskedBackBeforeItLetsGo) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{1, {.assigned = {0, 1}}}, {4, {.revoked = {1}}}});
  std::stop_source stop;
  membership.on_release = [&] {
    EXPECT_EQ(world.table, (Positions{{0, 6}, {1, 6}}));
    EXPECT_EQ(world.histories_at, world.table);
  };
  membership.on_poll = [&](int polls) {
    if (polls == 12) stop.request_stop();
  };
  Witness witness;
  ASSERT_THAT(live(world, member(), witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(membership.releases, 1);
  EXPECT_EQ(world.table, (Positions{{0, 20}, {1, 6}}));
  EXPECT_EQ(counts_of_histories(world), counts_of_rows(world));
}

TEST(RunStream, LetsGoOfAPartitionWithoutWaitingForItsHistories) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{1, {.assigned = {0, 1}}}, {6, {.revoked = {1}}}});
  std::stop_source stop;
  bool was_released = false;
  membership.on_release = [&] {
    was_released = true;
    EXPECT_TRUE(world.histories_at.empty()) << "the write was cut short";
  };
  membership.on_poll = [&](int polls) {
    if (polls == 14) stop.request_stop();
  };
  StreamConfig config = member();
  config.commit.every_batch = true;
  config.histories.group = 2;
  config.histories.most_events = 8;
  int writes = 0;
  world.while_histories_are_written = [&] { ++writes; };
  DeferredBackground history_writer([&] { return was_released; });
  Witness witness;
  ASSERT_THAT(live(world, config, witness, stop.get_token(), &membership, nullptr, &history_writer),
              Succeeds());
  EXPECT_TRUE(was_released);
  EXPECT_GE(writes, 2);
  EXPECT_EQ(world.histories_at.count(1), 0U) << "its next owner counts them";
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  expect_whole(world);
}

TEST(RunStream, DropsWhatItHasOfPartitionsThatItLost) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{1, {.assigned = {0, 1}}}, {4, {.lost = {0, 1}}}});
  std::stop_source stop;
  membership.on_poll = [&](int polls) {
    if (polls == 5) stop.request_stop();
  };
  Witness witness;
  ASSERT_THAT(live(world, member(), witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(witness.batches.size(), 3U);
  EXPECT_TRUE(world.rows.empty());
  EXPECT_TRUE(world.histories.empty());
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  expect_whole(world);
}

TEST(RunStream, BeginsWithAPartitionWhereTheTableEndsByThen) {
  // Much is left for the next owner to count, little is not.
  for (const int kind : {0, 1, 2, 3}) {
    const bool was_its_own = kind % 2 == 1;
    const bool is_much = kind > 1;
    MemoryWorld world;
    fill(world, 40);
    ShareChange first{.assigned = {0}};
    if (was_its_own) first.assigned = {0, 1};
    ScriptedMembership membership({{1, first}, {4, {.revoked = {1}}}, {7, {.assigned = {1}}}});
    std::stop_source stop;
    Witness witness;
    Witness other;
    membership.on_poll = [&](int polls) {
      if (polls == 6) {
        ScriptedMembership others({{1, {.assigned = {1}}}});
        std::stop_source enough;
        others.on_poll = [&](int its_polls) {
          if (its_polls == 3) enough.request_stop();
        };
        ASSERT_THAT(live(world, member(6), other, enough.get_token(), &others), Succeeds());
      }
      if (polls == 20) stop.request_stop();
    };
    StreamConfig config = member();
    if (is_much) config.histories.group = 2;
    membership.on_release = [&] { EXPECT_EQ(world.histories_at.empty(), is_much); };
    ASSERT_THAT(live(world, config, witness, stop.get_token(), &membership), Succeeds());
    EXPECT_EQ(other.batches.size(), 3U);
    EXPECT_TRUE(witness.lost.empty()) << "nothing was read twice";
    EXPECT_TRUE(other.lost.empty());
    // What a stop left of the histories.
    ASSERT_THAT(live(world, drain(), witness), Succeeds());
    expect_whole(world);
  }
}

TEST(RunStream, FollowsAPartitionThatASleeperMovedWhileItTakesUpAnotherOne) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{1, {.assigned = {0}}}, {4, {.assigned = {1}}}});
  std::stop_source stop;
  membership.on_poll = [&](int polls) {
    if (polls == 8) stop.request_stop();
  };
  Witness witness;
  Witness sleeper;
  int refreshes = 0;
  world.fuse.on_call = [&](std::string_view what) {
    if (what != "sink refresh" || ++refreshes != 2) return;
    ASSERT_THAT(live(world, drain(), sleeper), Succeeds());
    for (const Partition partition : {0, 1}) world.send(partition, message(3, 110));
  };
  ASSERT_THAT(live(world, member(), witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(witness.lost, (std::vector<Partition>{0}));
  expect_whole(world);
}

TEST(RunStream, ADrainReadsEveryPartitionWhateverTheGroup) {
  MemoryWorld world;
  fill(world, 40);
  ScriptedMembership membership({{1, {.assigned = {1}}}});
  Witness witness;
  ASSERT_THAT(live(world, drain(), witness, {}, &membership), Succeeds());
  expect_whole(world);
}

TEST(RunStream, AMemberThatBeganAtTheEndPassesNothingThatCameSince) {
  MemoryWorld world;
  fill(world, 20);
  StreamConfig config = member();
  config.starting_offsets = StartingOffsets::kLatest;
  ScriptedMembership membership({{3, {.assigned = {0, 1}}}});
  std::stop_source stop;
  membership.on_poll = [&](int polls) {
    if (polls == 2) world.send(0, message(1, 100));
    if (polls == 8) stop.request_stop();
  };
  Witness witness;
  ASSERT_THAT(live(world, config, witness, stop.get_token(), &membership), Succeeds());
  EXPECT_EQ(world.rows.size(), 1U);
  EXPECT_EQ(world.table, (Positions{{0, 11}}));
}

TEST(RunStream, ChoosesItemsWithoutLookingAtOwnPurchases) {
  const auto lists_with = [](bool future) {
    MemoryWorld world;
    fill(world, 40);
    if (future) {
      for (std::int64_t user = 1; user <= 20; ++user) {
        for (std::int64_t item = 100; item < 130; ++item) {
          world.own_purchases[{user}].push_back({item});
        }
      }
    }
    StreamConfig config = drain();
    config.apply.exclude_purchased = true;
    Witness witness;
    EXPECT_THAT(live(world, config, witness), Succeeds());
    std::vector<std::vector<ItemId>> lists;
    for (const auto& [key, row] : world.rows) lists.push_back(row.purchase.recommendations);
    return lists;
  };
  EXPECT_EQ(lists_with(false), lists_with(true));
}

TEST(RunStream, GivesTheSameForAnyNumberOfThreads) {
  const auto lists_with = [](int threads) {
    MemoryWorld world;
    fill(world, 60);
    StreamConfig config = drain(20);
    config.apply.threads = threads;
    Witness witness;
    EXPECT_THAT(live(world, config, witness), Succeeds());
    std::vector<std::vector<ItemId>> lists;
    for (const auto& [key, row] : world.rows) lists.push_back(row.purchase.recommendations);
    return lists;
  };
  EXPECT_EQ(lists_with(1), lists_with(8));
}

TEST(RunStream, TellsHowFarItIsBehind) {
  MemoryWorld world;
  fill(world, 40);
  Witness witness;
  ASSERT_THAT(live(world, drain(), witness), Succeeds());
  EXPECT_EQ(witness.batches.front().lag, 36);
  EXPECT_EQ(witness.batches.back().lag, 0);
}

}  // namespace
}  // namespace punnet
