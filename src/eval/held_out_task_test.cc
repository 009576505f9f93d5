#include "eval/held_out_task.h"

#include <gtest/gtest.h>

#include "eval/purchases_for_test.h"

namespace punnet {
namespace {

using Items = std::vector<ItemId>;

const std::vector<ItemId> kCatalogue{{30}, {10}, {20}};

TEST(HeldOutTask, AsksForWhatUsersBuyLater) {
  const auto task =
      make_held_out_task(Track::kAllPurchases, bought({{1, 10}, {2, 99}}),
                         bought({{2, 20}, {1, 10}, {1, 10}, {3, 99}, {1, 30}}), kCatalogue);
  EXPECT_EQ(task.users, (std::vector<UserId>{{1}, {2}}));
  EXPECT_EQ(task.truth, (std::vector<Items>{{{10}, {30}}, {{20}}}));
  EXPECT_EQ(task.excluded, (std::vector<Items>{{}, {}}));
  EXPECT_EQ(task.catalogue, (Items{{10}, {20}, {30}}));
}

TEST(HeldOutTask, TakesOldItemsFromTruthAndListsOnTheTrackOfNewOnes) {
  const auto task =
      make_held_out_task(Track::kNewItems, bought({{1, 10}, {1, 99}, {1, 10}, {2, 20}}),
                         bought({{1, 10}, {1, 30}, {2, 20}, {3, 20}}), kCatalogue);
  EXPECT_EQ(task.users, (std::vector<UserId>{{1}, {3}})) << "2 bought nothing new";
  EXPECT_EQ(task.truth, (std::vector<Items>{{{30}}, {{20}}}));
  EXPECT_EQ(task.excluded, (std::vector<Items>{{{10}, {99}}, {}}));
}

TEST(HeldOutTask, TakesEveryItemOfTheHistoryWhenThereIsNoCatalogue) {
  const auto task = make_held_out_task(Track::kAllPurchases, bought({{1, 5}, {1, 4}}),
                                       bought({{1, 4}, {1, 6}}), {});
  EXPECT_EQ(task.catalogue, (Items{{4}, {5}}));
  EXPECT_EQ(task.truth, (std::vector<Items>{{{4}}}));
}

}  // namespace
}  // namespace punnet
