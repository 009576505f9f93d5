#include "stream/apply_batch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>

#include "tests/support/calls.h"
#include "tests/support/memory_world.h"
#include "tests/support/result_matchers.h"
#include "tests/support/stream_world.h"

namespace punnet {
namespace {

using testing::MemoryWorld;

/// Applies whatever the world's log holds, in one batch, and returns the rows.
struct Batch {
  explicit Batch(MemoryWorld& world_in, Model model)
      : world(world_in), recommender(std::make_shared<const Model>(std::move(model))) {}

  BatchOutcome apply() {
    Positions from;
    for (Partition p = 0; p < world.topic.partitions; ++p) from[p] = 0;
    ReadLimit limit;
    limit.events = 1'000'000;
    auto runs = log.read(world.topic, from, limit, {}, patiently());
    auto outcome = apply_batch(*runs, recommender, {own, items, histories, sink, world.clock},
                               caches, config, retry);
    EXPECT_THAT(outcome, Succeeds());
    EXPECT_THAT(sink.commit(patiently()), Succeeds());
    return *std::move(outcome);
  }

  MemoryWorld& world;
  Recommender recommender;
  testing::MemoryEventLog log{world};
  testing::MemorySink sink{world};
  testing::MemoryOwnPurchases own{world};
  testing::MemoryItemTable items{world};
  testing::MemoryHistories table{world};
  testing::MemoryCommittedPurchases committed{world};
  HistoryCache histories{table, committed, "t", {}};
  ApplyConfig config;
  LookupCaches caches{1 << 20};
  Retry retry{{}, [](auto, const auto&) {}, {}, [](auto, const auto&, auto) {}};
};

// The twin asks for each event on its own, with the event's item excluded.
RC_GTEST_PROP(ApplyBatch, GivesEachEventWhatItWouldGetAlone, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  MemoryWorld world;
  Model model = testing::random_model(seed);
  model.exclude_own_item = random() % 4 != 0;
  if (random() % 2 == 0) {
    for (std::int64_t item = 100; item < 130; item += 1 + static_cast<int>(random() % 6)) {
      model.catalogue.push_back({item});
    }
    std::erase_if(model.popularity, [&](const ScoredItem& popular) {
      return !std::binary_search(model.catalogue.begin(), model.catalogue.end(), popular.item);
    });
  }
  for (int i = 0; i < 40; ++i) {
    world.send(0, testing::message(1 + static_cast<int>(random() % 25),
                                   100 + static_cast<int>(random() % 30)));
  }
  Batch batch(world, model);
  batch.config.k = 1 + random() % 6;
  batch.apply();
  RC_ASSERT(world.rows.size() == 40U);
  for (const auto& [key, stored] : world.rows) {
    const Purchase& purchase = stored.purchase.purchase;
    std::vector<ItemId> excluded;
    if (model.exclude_own_item) excluded.push_back(purchase.item);
    const std::vector<RecommendationRequest> request{{purchase.user, excluded}};
    const auto alone = batch.recommender.recommend(request, batch.config.k).front();
    std::vector<ItemId> expected;
    for (const ScoredItem& scored : alone.items) expected.push_back(scored.item);
    RC_ASSERT(stored.purchase.recommendations == expected);
    RC_ASSERT(stored.purchase.source == alone.source);
  }
}

TEST(ApplyBatch, AsksEachTableOnceAndNotAgainForWhatItKnows) {
  MemoryWorld world;
  for (int i = 0; i < 10; ++i) world.send(0, testing::message(1 + i % 3, 100 + i % 4));
  Batch batch(world, testing::random_model(1));
  batch.apply();
  EXPECT_EQ(world.fuse.calls["histories fetch"], 1);
  EXPECT_EQ(world.fuse.calls["own_purchases fetch"], 1);
  EXPECT_EQ(world.fuse.calls["features"], 1);
  EXPECT_EQ(world.fuse.calls["names"], 1);

  world.table.clear();
  world.rows.clear();
  Batch again(world, testing::random_model(1));
  again.caches = batch.caches;
  EXPECT_EQ(again.apply().looked_up, 3);  // users whose histories are new to it
  EXPECT_EQ(world.fuse.calls["own_purchases fetch"], 1);
  EXPECT_EQ(world.fuse.calls["features"], 1);
}

TEST(ApplyBatch, KeepsTheFirstRowsWithNamesForPeople) {
  MemoryWorld world;
  world.names[{100}] = "APPLES";
  for (int i = 0; i < 10; ++i) world.send(0, testing::message(1, 100 + i));
  Batch batch(world, testing::random_model(1));
  batch.config.shown_rows = 3;
  const auto outcome = batch.apply();
  ASSERT_EQ(outcome.shown.size(), 3U);
  EXPECT_EQ(outcome.shown[1].purchase.item, ItemId{101});
  EXPECT_EQ(outcome.names, (NameMap{{{100}, "APPLES"}}));
}

TEST(ApplyBatch, LeavesOutWhatTheUserBoughtWhenTold) {
  MemoryWorld world;
  for (std::int64_t item = 100; item < 120; ++item) {
    world.histories[{{1}, {item}}] = {{item}, 1, std::nullopt};
  }
  world.send(0, testing::message(1, 125));
  Batch batch(world, testing::random_model(1));
  batch.config.exclude_purchased = true;
  batch.apply();
  const auto& list = world.rows.begin()->second.purchase.recommendations;
  EXPECT_EQ(list.size(), 5U);
  for (const ItemId item : list) {
    EXPECT_GE(item.value, 120);
    EXPECT_NE(item.value, 125);
  }
}

TEST(ApplyBatch, KeepsTheLastListOfEachUser) {
  MemoryWorld world;
  for (const std::int64_t user : {2, 1, 2}) world.send(0, testing::message(user, 100));
  Batch batch(world, testing::random_model(1));
  const auto outcome = batch.apply();
  ASSERT_EQ(outcome.lists.size(), 2U);
  EXPECT_EQ(outcome.lists[0].user, UserId{1});
  EXPECT_EQ(outcome.lists[1].offset, 2);
}

TEST(ApplyBatch, CountsUnknownFieldsAndRejects) {
  MemoryWorld world;
  world.send(0, R"({"user_id":1,"item_id":100,"quantity":1,"sales_value":1.5,"a":1,"b":2})");
  world.send(0, "");
  Batch batch(world, testing::random_model(1));
  const auto outcome = batch.apply();
  EXPECT_EQ(outcome.rows, 1);
  EXPECT_EQ(outcome.rejects, 1);
  EXPECT_EQ(outcome.unknown_fields, 2);
}

}  // namespace
}  // namespace punnet
