#include "ranking/popularity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const IdIndex<ItemId> kItems({{10}, {20}, {30}, {40}});

SparseRows bought(const std::vector<Interaction>& interactions) {
  return make_interaction_matrix(interactions, 4, 4).by_item;
}

TEST(Popularity, CountsBuyersNotPurchases) {
  // Item 10: one buyer three times over; item 20: two buyers.
  const auto by_item = bought({{0, 0, 9}, {0, 0, 9}, {0, 0, 9}, {1, 1, 1}, {2, 1, 1}});
  EXPECT_THAT(rank_by_popularity(by_item, 4, kItems),
              ElementsAre(ScoredItem{{20}, 0.5F}, ScoredItem{{10}, 0.25F}));
}

TEST(Popularity, OfEqualsTheHigherIdComesFirst) {
  const auto by_item = bought({{0, 0, 1}, {0, 1, 1}, {1, 3, 1}});
  EXPECT_THAT(
      rank_by_popularity(by_item, 4, kItems),
      ElementsAre(ScoredItem{{40}, 0.25F}, ScoredItem{{20}, 0.25F}, ScoredItem{{10}, 0.25F}));
}

TEST(Popularity, HoldsItemsOfTheCatalogueOnly) {
  const auto by_item = bought({{0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 2, 1}});
  const std::vector<ItemId> catalogue{{10}, {30}, {40}, {99}};
  EXPECT_THAT(rank_by_popularity(by_item, 4, kItems, catalogue),
              ElementsAre(ScoredItem{{30}, 0.25F}, ScoredItem{{10}, 0.25F}));
}

TEST(Popularity, IsEmptyWhenNobodyBoughtAnything) {
  EXPECT_THAT(rank_by_popularity(bought({}), 4, kItems), IsEmpty());
  EXPECT_THAT(rank_by_popularity({}, 0, {}), IsEmpty());
}

TEST(Popularity, AgreesWithSetsOnRandomInput) {
  const auto interactions = random_interactions(3000, 90, 50, 1);
  std::map<std::int32_t, std::set<std::int32_t>> buyers;
  for (const auto& x : interactions) buyers[x.item].insert(x.user);
  std::vector<ItemId> ids;
  for (std::int64_t n = 0; n < 50; ++n) ids.push_back({n * 3});

  const auto list = rank_by_popularity(make_interaction_matrix(interactions, 90, 50).by_item, 90,
                                       IdIndex<ItemId>(ids));
  ASSERT_EQ(list.size(), buyers.size());
  for (std::size_t n = 0; n < list.size(); ++n) {
    const auto count = buyers.at(static_cast<std::int32_t>(list[n].item.value / 3)).size();
    EXPECT_FLOAT_EQ(list[n].score, static_cast<float>(count) / 90);
    if (n > 0) {
      EXPECT_GE(list[n - 1].score, list[n].score);
      if (list[n - 1].score == list[n].score) {
        EXPECT_GT(list[n - 1].item, list[n].item);
      }
    }
  }
}

}  // namespace
}  // namespace punnet
