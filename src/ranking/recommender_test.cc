#include "ranking/recommender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "tests/support/random_interactions.h"

namespace punnet {

static bool operator==(const Recommendations& a, const Recommendations& b) {
  return a.items == b.items && a.source == b.source;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Users 1, 2, 3; items 10 … 60. User 1 wants items in order of their only factor, user 2 in the
// reverse order, user 3 nothing.
Model small_model() {
  Model model;
  model.users = IdIndex<UserId>({{1}, {2}, {3}});
  model.items = IdIndex<ItemId>({{10}, {20}, {30}, {40}, {50}, {60}});
  model.user_factors = FactorMatrix(3, 1);
  model.item_factors = FactorMatrix(6, 1);
  std::ranges::copy(std::vector<float>{1, -1, 0}, model.user_factors.values().begin());
  std::ranges::copy(std::vector<float>{1, 2, 3, 4, 5, 6}, model.item_factors.values().begin());
  model.popularity = {{{20}, 0.9F}, {{10}, 0.5F}, {{60}, 0.4F}};
  return model;
}

Recommender recommender(Model model,
                        UnknownUserPolicy unknown_users = UnknownUserPolicy::kPopularity) {
  return Recommender(std::make_shared<const Model>(std::move(model)), unknown_users);
}

std::vector<std::int64_t> ids(const Recommendations& list) {
  std::vector<std::int64_t> out;
  for (const auto& scored : list.items) out.push_back(scored.item.value);
  return out;
}

TEST(Recommender, RanksItemsForAKnownUser) {
  const std::vector<RecommendationRequest> requests{{{2}, {}}, {{1}, {}}};
  const auto lists = recommender(small_model()).recommend(requests, 3);
  ASSERT_EQ(lists.size(), 2U);
  EXPECT_THAT(ids(lists[0]), ElementsAre(10, 20, 30));
  EXPECT_THAT(ids(lists[1]), ElementsAre(60, 50, 40));
  EXPECT_EQ(lists[1].source, RecommendationSource::kModel);
  EXPECT_EQ(lists[1].items.front().score, 6.0F);
}

TEST(Recommender, GivesEachRequestOfOneUserItsOwnExclusions) {
  const std::vector<ItemId> first{{60}};
  const std::vector<ItemId> second{{40}, {50}, {60}, {50}, {777}};
  const std::vector<RecommendationRequest> requests{{{1}, first}, {{1}, {}}, {{1}, second}};
  const auto lists = recommender(small_model()).recommend(requests, 3);
  EXPECT_THAT(ids(lists[0]), ElementsAre(50, 40, 30));
  EXPECT_THAT(ids(lists[1]), ElementsAre(60, 50, 40));
  EXPECT_THAT(ids(lists[2]), ElementsAre(30, 20, 10));
}

TEST(Recommender, StaysWithinTheCatalogue) {
  auto model = small_model();
  model.catalogue = {{10}, {30}, {50}, {99}};
  model.popularity.push_back({{99}, 0.1F});
  const auto shop = recommender(std::move(model));
  EXPECT_THAT(shop.candidates(), ElementsAre(ItemId{10}, ItemId{30}, ItemId{50}));
  const std::vector<RecommendationRequest> requests{{{1}, {}}, {{4711}, {}}};
  const auto lists = shop.recommend(requests, 5);
  EXPECT_THAT(ids(lists[0]), ElementsAre(50, 30, 10));
  EXPECT_THAT(ids(lists[1]), ElementsAre(10, 99));
}

TEST(Recommender, AnUnknownUserGetsThePopularityList) {
  const std::vector<ItemId> excluded{{10}};
  const std::vector<RecommendationRequest> requests{{{4711}, {}}, {{4712}, excluded}};
  const auto lists = recommender(small_model()).recommend(requests, 2);
  EXPECT_THAT(ids(lists[0]), ElementsAre(20, 10));
  EXPECT_THAT(ids(lists[1]), ElementsAre(20, 60));
  EXPECT_EQ(lists[0].source, RecommendationSource::kPopularity);
}

TEST(Recommender, AnUnknownUserGetsNothingInTheOriginalsRecipe) {
  const std::vector<RecommendationRequest> requests{{{4711}, {}}};
  const auto lists = recommender(small_model(), UnknownUserPolicy::kNone).recommend(requests, 2);
  EXPECT_THAT(lists[0].items, IsEmpty());
  EXPECT_EQ(lists[0].source, RecommendationSource::kNone);
}

TEST(Recommender, AUserWithoutAnyWishIsUnknownUnlessThePolicyIsNone) {
  const std::vector<RecommendationRequest> requests{{{3}, {}}};
  const auto popular = recommender(small_model()).recommend(requests, 2);
  EXPECT_EQ(popular[0].source, RecommendationSource::kPopularity);
  const auto bare = recommender(small_model(), UnknownUserPolicy::kNone).recommend(requests, 2);
  EXPECT_EQ(bare[0].source, RecommendationSource::kModel);
  EXPECT_THAT(ids(bare[0]), ElementsAre(60, 50));
}

TEST(Recommender, APopularityListNamesNoItemTwice) {
  auto model = small_model();
  model.popularity = {{{20}, 0.9F}, {{20}, 0.9F}, {{10}, 0.1F}};
  const std::vector<RecommendationRequest> requests{{{4711}, {}}};
  EXPECT_THAT(ids(recommender(std::move(model)).recommend(requests, 5)[0]), ElementsAre(20, 10));
}

TEST(Recommender, ScansAnewWhenExclusionsUseUpAListMadeAhead) {
  auto shop = recommender(small_model());
  EXPECT_TRUE(shop.make_lists_ahead({.length = 3}, ManualClock()).ahead);
  const std::vector<ItemId> two{{60}, {50}};
  const std::vector<ItemId> all{{60}, {10}, {20}, {30}, {40}, {50}};
  const std::vector<RecommendationRequest> requests{{{1}, {}}, {{1}, two}, {{1}, all}, {{2}, two}};
  const auto lists = shop.recommend(requests, 3);
  EXPECT_THAT(ids(lists[0]), ElementsAre(60, 50, 40));
  EXPECT_THAT(ids(lists[1]), ElementsAre(40, 30, 20));
  EXPECT_THAT(ids(lists[2]), IsEmpty());
  EXPECT_THAT(ids(lists[3]), ElementsAre(10, 20, 30));
}

TEST(Recommender, AnEmptyModelAnswersWithEmptyLists) {
  const std::vector<RecommendationRequest> requests{{{1}, {}}};
  const auto lists = recommender({}).recommend(requests, 5);
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_THAT(lists[0].items, IsEmpty());
  EXPECT_THAT(recommender(small_model()).recommend({}, 5), IsEmpty());
}

RC_GTEST_PROP(Recommender, KeepsItsPromisesOnRandomInput, (std::uint64_t seed)) {
  SeededRandom random(seed);
  const auto some_items = [&](std::size_t count) {
    std::vector<ItemId> items;
    for (std::size_t n = 0; n < count; ++n) {
      items.push_back({static_cast<std::int64_t>(random.below(60))});
    }
    return items;
  };
  Model model;
  model.items = IdIndex<ItemId>(some_items(random.below(80)));
  std::vector<UserId> users;
  for (auto n = random.below(20); n-- > 0;) {
    users.push_back({static_cast<std::int64_t>(random.below(30))});
  }
  model.users = IdIndex<UserId>(users);
  model.user_factors = random_factors(model.users.size(), 3, random.bits());
  model.item_factors = random_factors(model.items.size(), 3, random.bits());
  if (random.below(2) == 0) {
    const IdIndex<ItemId> catalogue(some_items(30));
    model.catalogue.assign(catalogue.ids().begin(), catalogue.ids().end());
  }
  for (const auto item : some_items(20)) model.popularity.push_back({item, 0.5F});
  const auto shop = recommender(model);

  std::vector<std::vector<ItemId>> excluded(150);
  std::vector<RecommendationRequest> requests;
  for (auto& items : excluded) {
    items = some_items(random.below(6));
    requests.push_back({{static_cast<std::int64_t>(random.below(30))}, items});
  }
  const std::size_t k = random.below(10);
  const auto lists = shop.recommend(requests, k, 1);
  RC_ASSERT(shop.recommend(requests, k, 3) == lists);

  // Lists made ahead change nothing, whether they are long enough or exclusions use them up.
  auto prepared = recommender(model);
  const auto plan = prepared.make_lists_ahead({.length = random.below(20)}, ManualClock());
  RC_CLASSIFY(plan.ahead);
  RC_ASSERT(prepared.recommend(requests, k, 1) == lists);

  RC_ASSERT(lists.size() == requests.size());
  for (std::size_t r = 0; r < lists.size(); ++r) {
    const auto& items = lists[r].items;
    std::set<ItemId> distinct;
    for (const auto& scored : items) {
      distinct.insert(scored.item);
      RC_ASSERT(std::ranges::find(excluded[r], scored.item) == excluded[r].end());
      const bool allowed = model.catalogue.empty()
                               ? model.items.row(scored.item).has_value()
                               : std::ranges::binary_search(model.catalogue, scored.item);
      RC_ASSERT(allowed);
    }
    RC_ASSERT(distinct.size() == items.size());
    RC_ASSERT(std::ranges::is_sorted(items, std::ranges::greater(), &ScoredItem::score));
    RC_ASSERT(shop.recommend(std::span(requests).subspan(r, 1), k).front() == lists[r]);
    if (!model.users.row(requests[r].user)) continue;
    RC_ASSERT(lists[r].source == RecommendationSource::kModel);
    const auto left =
        static_cast<std::size_t>(std::ranges::count_if(shop.candidates(), [&](ItemId item) {
          return std::ranges::find(excluded[r], item) == excluded[r].end();
        }));
    RC_ASSERT(items.size() == std::min(k, left));
  }
}

}  // namespace
}  // namespace punnet
