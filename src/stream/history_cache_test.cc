#include "stream/history_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "tests/support/memory_world.h"

namespace punnet {
namespace {

using testing::Killed;
using testing::MemoryCommittedPurchases;
using testing::MemoryHistories;
using testing::MemoryWorld;

CallContext call() { return CallContext::within(std::chrono::seconds{5}); }

Purchase purchase(std::int64_t user, std::int64_t item) {
  Purchase bought;
  bought.user = {user};
  bought.item = {item};
  bought.quantity = 1;
  return bought;
}

DecodedRun run_of(Partition partition, Offset start, const std::vector<Purchase>& purchases) {
  DecodedRun run;
  run.partition = partition;
  run.range = {start, start + static_cast<Offset>(purchases.size())};
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    run.events.push_back({start + static_cast<Offset>(i), {}, purchases[i]});
  }
  return run;
}

void commit(MemoryWorld& world, const DecodedRun& run) {
  for (const DecodedEvent& event : run.events) {
    EnrichedPurchase row;
    row.purchase = event.purchase;
    world.rows[{run.partition, event.offset}] = {row, "1"};
  }
  world.table[run.partition] = run.range.next;
}

class HistoryCacheTest : public ::testing::Test {
 protected:
  MemoryWorld world_;
  MemoryHistories table_{world_};
  MemoryCommittedPurchases committed_{world_};

  HistoryCache cache(HistoryCacheConfig config = {}) { return {table_, committed_, "t", config}; }
  std::int64_t stored(std::int64_t user, std::int64_t item) {
    const auto at = world_.histories.find({UserId{user}, ItemId{item}});
    return at == world_.histories.end() ? 0 : at->second.count;
  }
};

std::int64_t held(const HistoryCache& cache, std::int64_t user, std::int64_t item) {
  const History* history = cache.find({user});
  if (history == nullptr) return 0;
  for (const auto& entry : *history) {
    if (entry.item == ItemId{item}) return entry.count;
  }
  return 0;
}

TEST_F(HistoryCacheTest, ShowsNotedEventsAtOnceAndStoresThemOnlyWhenCommitted) {
  world_.histories[{{1}, {10}}] = {{10}, 3, std::nullopt};
  auto histories = cache();
  ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}, {2}}, call()));
  const auto run = run_of(0, 0, {purchase(1, 10), purchase(1, 11), purchase(2, 10)});
  histories.note(run);
  EXPECT_EQ(held(histories, 1, 10), 4);
  EXPECT_EQ(held(histories, 1, 11), 1);
  EXPECT_EQ(held(histories, 2, 10), 1);

  ASSERT_TRUE(histories.write_back({{0, 2}}, call()));
  EXPECT_EQ(stored(1, 10), 4);
  EXPECT_EQ(stored(1, 11), 1);
  EXPECT_EQ(stored(2, 10), 0);
  EXPECT_EQ(world_.histories_at, (Positions{{0, 2}}));
  EXPECT_EQ(histories.pending_events(), 1U);
}

TEST_F(HistoryCacheTest, SeesPendingEventsOfAUserFetchedLater) {
  auto histories = cache();
  histories.note(run_of(0, 0, {purchase(1, 10), purchase(1, 10)}));
  ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
  EXPECT_EQ(held(histories, 1, 10), 2);
}

TEST_F(HistoryCacheTest, AddsUpWhatIsCommittedAndShowsAndStoresIt) {
  auto histories = cache({.group = 2});
  histories.note(run_of(0, 0, {purchase(2, 20), purchase(1, 11), purchase(1, 10)}));
  histories.add_up({{0, 2}});
  histories.note(run_of(0, 3, {purchase(1, 11), purchase(3, 30)}));
  histories.add_up({{0, 4}});
  EXPECT_EQ(histories.pending_events(), 5U);
  ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}, {2}, {3}}, call()));
  EXPECT_EQ(held(histories, 1, 10), 1);
  EXPECT_EQ(held(histories, 1, 11), 2);
  EXPECT_EQ(held(histories, 2, 20), 1);
  EXPECT_EQ(held(histories, 3, 30), 1);
  ASSERT_TRUE(histories.write_back({{0, 4}}, call()));
  EXPECT_EQ(stored(1, 10), 1);
  EXPECT_EQ(stored(1, 11), 2);
  EXPECT_EQ(stored(2, 20), 1);
  EXPECT_EQ(stored(3, 30), 0);
  EXPECT_EQ(world_.histories_at, (Positions{{0, 4}}));
  EXPECT_EQ(histories.pending_events(), 1U);
}

TEST_F(HistoryCacheTest, IsFullByWhatItKeepsNotByWhatItCounts) {
  auto histories = cache({.group = 10, .backlog_bytes = 1'000});
  Offset next = 0;
  for (int round = 0; round < 100; ++round) {
    histories.note(run_of(0, next, std::vector<Purchase>(10, purchase(1, 10))));
    next += 10;
    histories.add_up({{0, next}});
    EXPECT_FALSE(histories.is_full()) << next << " events are one sum";
  }
  std::vector<Purchase> different;
  for (int item = 0; item < 50; ++item) different.push_back(purchase(1, item));
  histories.note(run_of(0, next, different));
  EXPECT_TRUE(histories.is_full());
  EXPECT_TRUE(cache({.group = 10, .backlog_bytes = 0}).wants_write_back());
  ASSERT_TRUE(histories.write_back({{0, next + 50}}, call()));
  EXPECT_FALSE(histories.is_full());
  EXPECT_EQ(stored(1, 10), 1'001);
}

TEST_F(HistoryCacheTest, CountsAgainWhereAnotherWriterTookAPartOfWhatWasAddedUp) {
  const std::vector<Purchase> all{purchase(1, 10), purchase(1, 10), purchase(1, 11),
                                  purchase(1, 12)};
  for (int turn = 0; turn < 8; ++turn) {
    const Offset theirs = 1 + turn / 2;
    const bool looks = turn % 2 == 1;
    world_.histories.clear();
    world_.histories_at.clear();
    auto histories = cache({.group = 2});
    const auto run = run_of(0, 0, {all.begin(), all.begin() + 3});
    histories.note(run);
    commit(world_, run);
    histories.add_up({{0, 3}});
    const auto last = run_of(0, 3, {all.back()});
    histories.note(last);
    commit(world_, last);
    HistoryCache other(table_, committed_, "t", {});
    ASSERT_TRUE(other.catch_up({{0, theirs}}, call()));
    ASSERT_TRUE(other.write_back({{0, theirs}}, call()));
    if (looks) {
      ASSERT_TRUE(histories.catch_up({{0, 4}}, call()));
      ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
      EXPECT_EQ(held(histories, 1, 10), 2);
      EXPECT_EQ(held(histories, 1, 11), 1);
    }
    ASSERT_TRUE(histories.write_back({{0, 4}}, call()));
    EXPECT_EQ(stored(1, 10), 2);
    EXPECT_EQ(stored(1, 11), 1);
    EXPECT_EQ(stored(1, 12), 1);
    EXPECT_EQ(world_.histories_at, (Positions{{0, 4}}));
    EXPECT_EQ(histories.pending_events(), 0U);
  }
}

TEST_F(HistoryCacheTest, AddsUpWhatItCountsAnewAndWritesOnlyWhatIsTooMuch) {
  std::vector<Purchase> many;
  for (int i = 0; i < 50; ++i) many.push_back(purchase(i % 3, i % 7));
  commit(world_, run_of(0, 0, many));
  auto histories = cache({.group = 4, .most_events = 20});
  ASSERT_TRUE(histories.catch_up({{0, 50}}, call()));
  EXPECT_EQ(world_.histories_at, (Positions{{0, 40}}));
  EXPECT_EQ(histories.pending_events(), 10U);
  ASSERT_TRUE(histories.write_back({{0, 50}}, call()));
  std::int64_t counted = 0;
  for (const auto& [key, entry] : world_.histories) counted += entry.count;
  EXPECT_EQ(counted, 50);
}

TEST_F(HistoryCacheTest, CountsWhatAnotherWriterCommittedBelowItsFirstRun) {
  auto histories = cache();
  histories.note(run_of(0, 2, {purchase(1, 12)}));
  commit(world_, run_of(0, 0, {purchase(1, 10), purchase(1, 11)}));
  commit(world_, run_of(0, 2, {purchase(1, 12)}));
  ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
  EXPECT_EQ(stored(1, 10), 1);
  EXPECT_EQ(stored(1, 11), 1);
  EXPECT_EQ(stored(1, 12), 1);
  EXPECT_EQ(world_.histories_at, (Positions{{0, 3}}));
}

TEST_F(HistoryCacheTest, CountsNothingTwiceBelowItsFirstRun) {
  auto histories = cache();
  histories.note(run_of(0, 2, {purchase(1, 12)}));
  commit(world_, run_of(0, 0, {purchase(1, 10), purchase(1, 11), purchase(1, 12)}));
  ASSERT_TRUE(table_.apply("t", std::vector<HistoryIncrement>{{{1}, {{10}, 1, {}}}}, {{0, 0}},
                           {{0, 1}}, call()));
  ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
  EXPECT_EQ(stored(1, 10), 1);
  EXPECT_EQ(stored(1, 11), 1);
  EXPECT_EQ(stored(1, 12), 1);
}

TEST_F(HistoryCacheTest, TakesAnAnswerThatWasLostForDone) {
  auto histories = cache();
  histories.note(run_of(0, 0, {purchase(1, 10)}));
  world_.fuse.fail("histories apply answer", ErrorCode::kUnknownOutcome);
  EXPECT_FALSE(histories.write_back({{0, 1}}, call()));
  ASSERT_TRUE(histories.write_back({{0, 1}}, call()));
  EXPECT_EQ(stored(1, 10), 1);
  EXPECT_EQ(histories.pending_events(), 0U);
}

TEST_F(HistoryCacheTest, CountsWhatIsOnItsWayOnceForAUserFetchedMeanwhile) {
  enum class Arrives { kBefore, kBetween, kAfter };
  for (const auto arrives : {Arrives::kBefore, Arrives::kBetween, Arrives::kAfter}) {
    world_.histories.clear();
    world_.histories_at.clear();
    auto histories = cache();
    // The same user and item in two partitions.
    histories.note(run_of(0, 0, {purchase(1, 10), purchase(1, 11)}));
    histories.note(run_of(1, 0, {purchase(1, 10)}));
    const auto begun = histories.begin_write({{0, 2}, {1, 1}}, call());
    ASSERT_TRUE(begun && *begun);
    EXPECT_EQ(histories.events_in_write(), 3U);
    histories.note(run_of(0, 2, {purchase(1, 10)}));
    int fetches = 0;
    world_.fuse.on_call = [&](std::string_view what) {
      if (what != "histories fetch" || fetches++ > 0) return;
      if (arrives == Arrives::kBetween) {
        ASSERT_TRUE(histories.run_write(call()));
      }
    };
    if (arrives == Arrives::kBefore) {
      ASSERT_TRUE(histories.run_write(call()));
    }
    ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
    EXPECT_EQ(fetches, arrives == Arrives::kBetween ? 2 : 1);
    EXPECT_EQ(held(histories, 1, 10), 3);
    EXPECT_EQ(held(histories, 1, 11), 1);
    world_.fuse.on_call = {};
    if (arrives == Arrives::kAfter) {
      ASSERT_TRUE(histories.run_write(call()));
    }
    ASSERT_TRUE(histories.end_write(ok(), call()));
    EXPECT_EQ(histories.pending_events(), 1U);
    ASSERT_TRUE(histories.write_back({{0, 3}, {1, 1}}, call()));
    EXPECT_EQ(stored(1, 10), 3);
    EXPECT_EQ(stored(1, 11), 1);
    EXPECT_EQ(world_.histories_at, (Positions{{0, 3}, {1, 1}}));
  }
}

TEST_F(HistoryCacheTest, HasWaitAgainWhatAWriteDidNotDo) {
  for (const bool was_done : {false, true}) {
    world_.histories.clear();
    world_.histories_at.clear();
    auto histories = cache({.group = 1});
    const auto run = run_of(0, 0, {purchase(1, 10), purchase(1, 11)});
    histories.note(run);
    commit(world_, run);
    const auto begun = histories.begin_write({{0, 2}}, call());
    ASSERT_TRUE(begun && *begun);
    histories.note(run_of(0, 2, {purchase(1, 10)}));
    histories.add_up({{0, 3}});
    if (was_done) {
      ASSERT_TRUE(histories.run_write(call()));
    }
    const Status lost = Error{ErrorCode::kCancelled, "cut short"};
    ASSERT_TRUE(histories.end_write(lost, call()));
    EXPECT_EQ(histories.pending_events(), was_done ? 1U : 3U);
    EXPECT_EQ(histories.events_in_write(), 0U);
    ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
    EXPECT_EQ(held(histories, 1, 10), 2);
    ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
    EXPECT_EQ(stored(1, 10), 2);
    EXPECT_EQ(stored(1, 11), 1);
    EXPECT_EQ(world_.histories_at, (Positions{{0, 3}}));
  }
}

TEST_F(HistoryCacheTest, TakesAPartitionBackOutOfAWriteThatFailed) {
  for (const bool was_done : {false, true}) {
    world_.histories.clear();
    world_.histories_at.clear();
    auto histories = cache();
    for (const Partition partition : {0, 1}) {
      const auto run = run_of(partition, 0, {purchase(1, 10 + partition)});
      histories.note(run);
      commit(world_, run);
    }
    const auto begun = histories.begin_write({{0, 1}, {1, 1}}, call());
    ASSERT_TRUE(begun && *begun);
    if (was_done) {
      ASSERT_TRUE(histories.run_write(call()));
    }
    histories.take_back(1);
    EXPECT_EQ(histories.pending_events(), 1U);
    ASSERT_TRUE(histories.catch_up({{0, 1}, {1, 1}}, call()));
    ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
    EXPECT_EQ(held(histories, 1, 10), 1);
    EXPECT_EQ(held(histories, 1, 11), 1);
    ASSERT_TRUE(histories.write_back({{0, 1}, {1, 1}}, call()));
    EXPECT_EQ(stored(1, 10), 1);
    EXPECT_EQ(stored(1, 11), 1);
  }
}

TEST_F(HistoryCacheTest, GoesOnBehindAnotherWriter) {
  auto histories = cache();
  const auto run = run_of(0, 0, {purchase(1, 10), purchase(1, 11), purchase(1, 12)});
  histories.note(run);
  commit(world_, run);
  ASSERT_TRUE(table_.apply("t", std::vector<HistoryIncrement>{{{1}, {{10}, 1, {}}}}, {{0, 0}},
                           {{0, 1}}, call()));
  ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
  EXPECT_EQ(stored(1, 10), 1);
  EXPECT_EQ(stored(1, 11), 1);
  EXPECT_EQ(stored(1, 12), 1);
}

TEST_F(HistoryCacheTest, CountsWhatAnotherWriterCommittedInItsPlace) {
  for (const std::size_t theirs : {1U, 3U}) {
    world_.rows.clear();
    world_.histories.clear();
    world_.histories_at.clear();
    auto histories = cache();
    ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
    const std::vector<Purchase> all{purchase(1, 10), purchase(1, 11), purchase(1, 12)};
    histories.note(run_of(0, 0, {all.begin(), all.begin() + 2}));
    commit(world_, run_of(0, 0, {all.begin(), all.begin() + static_cast<int>(theirs)}));
    ASSERT_TRUE(histories.catch_up(world_.table, call()));
    histories.note(run_of(0, static_cast<Offset>(theirs),
                          {all.begin() + static_cast<int>(theirs), all.end()}));
    ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}}, call()));
    for (const std::int64_t item : {10, 11, 12}) EXPECT_EQ(held(histories, 1, item), 1);
    ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
    for (const std::int64_t item : {10, 11, 12}) EXPECT_EQ(stored(1, item), 1);
  }
}

TEST_F(HistoryCacheTest, RefusesHistoriesThatCountWhatWasNeverCommitted) {
  world_.histories_at = {{0, 5}};
  auto histories = cache();
  const auto caught_up = histories.catch_up({{0, 3}}, call());
  ASSERT_FALSE(caught_up);
  EXPECT_EQ(caught_up.error().code, ErrorCode::kInvalid);
  EXPECT_NE(caught_up.error().message.find("punnet load"), std::string::npos);
}

TEST_F(HistoryCacheTest, KeepsTheLatestTime) {
  auto histories = cache();
  auto early = purchase(1, 10);
  early.time = Timestamp{std::chrono::seconds{5}};
  auto late = purchase(1, 10);
  late.time = Timestamp{std::chrono::seconds{9}};
  histories.note(run_of(0, 0, {purchase(1, 10), late, early}));
  ASSERT_TRUE(histories.write_back({{0, 3}}, call()));
  EXPECT_EQ((world_.histories[{UserId{1}, ItemId{10}}].last_time), late.time);
}

TEST_F(HistoryCacheTest, ForgetsWhatItNotedWhereAnotherWriterFoundAGap) {
  auto histories = cache();
  ASSERT_TRUE(histories.catch_up({}, call()));
  ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}, {2}}, call()));
  histories.note(run_of(0, 0, {purchase(1, 10), purchase(2, 20)}));
  // The other one found the first event lost.
  commit(world_, run_of(0, 1, {purchase(2, 20)}));
  histories.take_back(0);
  ASSERT_TRUE(histories.catch_up({{0, 2}}, call()));
  ASSERT_TRUE(histories.fetch(std::vector<UserId>{{1}, {2}}, call()));
  EXPECT_EQ(held(histories, 1, 10), 0);
  EXPECT_EQ(held(histories, 2, 20), 1);
  ASSERT_TRUE(histories.write_back({{0, 2}}, call()));
  EXPECT_EQ(world_.histories.size(), 1U);
  EXPECT_EQ(world_.histories_at, (Positions{{0, 2}}));
}

// Dies at any step, restarts, and compares every count with a plain map.
RC_GTEST_PROP(HistoryCache, CountsEveryEventOnceHoweverOftenItDies, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  MemoryWorld world;
  MemoryHistories table(world);
  MemoryCommittedPurchases committed(world);
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> expected;
  std::unique_ptr<HistoryCache> cache;
  std::optional<Status> write;  // under way, and what it came to
  constexpr int kPartitions = 2;

  for (int round = 0; round < 40; ++round) {
    if (random() % 3 == 0) world.fuse.kill_at(static_cast<std::int64_t>(1 + random() % 8));
    try {
      if (!cache) {
        cache = std::make_unique<HistoryCache>(
            table, committed, "t",
            HistoryCacheConfig{.limit_bytes = 400, .group = 5, .most_events = 12});
        write.reset();
        RC_ASSERT(bool(cache->catch_up(world.table, call())));
      }
      const auto partition = static_cast<Partition>(random() % kPartitions);
      std::vector<Purchase> purchases;
      for (auto n = random() % 6; n > 0; --n) {
        purchases.push_back(
            purchase(static_cast<int>(random() % 4), static_cast<int>(random() % 3)));
      }
      const auto run = run_of(partition, world.table[partition], purchases);
      std::vector<UserId> users;
      for (const auto& bought : purchases) users.push_back(bought.user);
      RC_ASSERT(bool(cache->fetch(users, call())));
      cache->note(run);
      if (random() % 5 == 0) {
        cache.reset();  // dies between noting and committing
        continue;
      }
      commit(world, run);
      for (const auto& bought : purchases) ++expected[{bought.user.value, bought.item.value}];
      if (random() % 3 == 0) cache->add_up(world.table);
      if (!write && cache->wants_write_back() && random() % 2 == 0) {
        const auto begun = cache->begin_write(world.table, call());
        RC_ASSERT(bool(begun));
        if (*begun) write = Error{ErrorCode::kCancelled, "never run"};
      } else if (write && random() % 2 == 0) {
        write = cache->run_write(call());
      } else if (write && random() % 2 == 0) {
        // An answer may be lost.
        if (random() % 4 == 0) write = Error{ErrorCode::kUnknownOutcome, "no answer"};
        RC_ASSERT(bool(cache->end_write(*std::exchange(write, std::nullopt), call())));
      } else if (!write && cache->wants_write_back()) {
        RC_ASSERT(bool(cache->write_back(world.table, call())));
      }
      // A write that another one overtook empties the cache.
      RC_ASSERT(bool(cache->fetch(users, call())));
      for (const auto& bought : purchases) {
        RC_ASSERT(held(*cache, bought.user.value, bought.item.value) ==
                  (expected[{bought.user.value, bought.item.value}]));
      }
    } catch (const Killed&) {
      cache.reset();
    }
    world.fuse.disarm();
  }
  world.fuse.disarm();
  HistoryCache last(table, committed, "t", {});
  RC_ASSERT(bool(last.catch_up(world.table, call())));
  RC_ASSERT(bool(last.write_back(world.table, call())));
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counted;
  for (const auto& [key, entry] : world.histories) {
    counted[{key.first.value, key.second.value}] = entry.count;
  }
  RC_ASSERT(counted == expected);
}

}  // namespace
}  // namespace punnet
