#include "eval/lists.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/seeded_random.h"
#include "eval/purchases_for_test.h"

namespace punnet {
namespace {

using Items = std::vector<ItemId>;

const auto kHistory =
    bought({{1, 10}, {1, 20}, {1, 20}, {2, 20}, {2, 30}, {3, 10}, {3, 99}, {3, 99}, {3, 99}});
const Items kCatalogue{{10}, {20}, {30}, {40}};

HeldOutTask task_of(Track track) {
  return make_held_out_task(track, kHistory, bought({{1, 40}, {2, 40}, {7, 40}}), kCatalogue);
}

TEST(Lists, OfPopularityFollowLinesWithTheSmallerIdFirst) {
  EXPECT_EQ(popularity_lists(task_of(Track::kAllPurchases), kHistory, 3),
            (Lists(3, Items{{20}, {10}, {30}})));
}

TEST(Lists, OfPopularityLeaveOutWhatIsExcluded) {
  EXPECT_EQ(popularity_lists(task_of(Track::kNewItems), kHistory, 2),
            (Lists{{{30}, {40}}, {{10}, {40}}, {{20}, {10}}}));
}

TEST(Lists, OfOwnFrequencyAreFilledUpByPopularity) {
  EXPECT_EQ(own_frequency_lists(task_of(Track::kAllPurchases), kHistory, 3),
            (Lists{{{20}, {10}, {30}}, {{20}, {30}, {10}}, {{20}, {10}, {30}}}));
}

TEST(Lists, AreShortOnlyWhenThereIsNothingLeft) {
  EXPECT_EQ(popularity_lists(task_of(Track::kAllPurchases), kHistory, 9)[0].size(), 4U);
  EXPECT_EQ(random_lists(task_of(Track::kNewItems), 9, 1)[0].size(), 2U);
}

RC_GTEST_PROP(Lists, OfOwnFrequencyAreWhatSortingGives, (std::uint64_t seed)) {
  SeededRandom random(seed);
  std::vector<Purchase> history;
  for (int n = 0; n < 60; ++n) {
    const auto one = bought({{static_cast<std::int64_t>(random.below(4)),
                              static_cast<std::int64_t>(random.below(12))}});
    history.push_back(one[0]);
  }
  const Items catalogue{{1}, {3}, {5}, {7}, {8}, {9}, {11}};
  const auto later = bought({{0, 1}, {1, 3}, {2, 5}, {3, 7}});
  const auto task = make_held_out_task(Track::kAllPurchases, history, later, catalogue);
  const auto lists = own_frequency_lists(task, history, 4);
  for (std::size_t u = 0; u < task.users.size(); ++u) {
    std::vector<std::tuple<int, int, std::int64_t>> ranked;
    for (const auto item : catalogue) {
      int own = 0;
      int all = 0;
      for (const auto& p : history) {
        if (p.item != item) continue;
        ++all;
        if (p.user == task.users[u]) ++own;
      }
      ranked.emplace_back(-own, -all, item.value);
    }
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < 4; ++i) RC_ASSERT(lists[u][i].value == std::get<2>(ranked[i]));
  }
}

TEST(Lists, AtRandomHoldDifferentCatalogueItemsAndDependOnTheSeedAlone) {
  const auto task = task_of(Track::kNewItems);
  const auto lists = random_lists(task, 2, 4);
  EXPECT_EQ(lists, random_lists(task, 2, 4));
  for (std::size_t u = 0; u < lists.size(); ++u) {
    EXPECT_EQ(std::set<ItemId>(lists[u].begin(), lists[u].end()).size(), 2U);
    for (const auto item : lists[u]) {
      EXPECT_TRUE(std::binary_search(kCatalogue.begin(), kCatalogue.end(), item));
      EXPECT_FALSE(std::binary_search(task.excluded[u].begin(), task.excluded[u].end(), item));
    }
  }
}

TEST(Lists, AtRandomAreUniform) {
  HeldOutTask task = task_of(Track::kAllPurchases);
  task.users.assign(4000, UserId{1});
  task.excluded.assign(4000, {});
  std::map<ItemId, int> shown;
  for (const auto& list : random_lists(task, 1, 9)) ++shown[list[0]];
  for (const auto item : kCatalogue) EXPECT_NEAR(shown[item], 1000, 150);
}

TEST(Coverage, CountsItemsAndTheOneShownMost) {
  const auto coverage = measure_coverage({{{1}, {2}}, {{2}, {3}}, {{3}}, {}}, 10);
  EXPECT_EQ(coverage.lists, 3U);
  EXPECT_EQ(coverage.distinct_items, 3U);
  EXPECT_DOUBLE_EQ(coverage.share_of_catalogue, 0.3);
  EXPECT_EQ(coverage.most_shown, ItemId{2}) << "the smallest id among equals";
  EXPECT_DOUBLE_EQ(coverage.share_of_lists, 2.0 / 3);
}

TEST(Coverage, IsDegenerateBeyondEitherLimit) {
  Coverage coverage{.lists = 100,
                    .distinct_items = 50,
                    .share_of_catalogue = 0.01,
                    .most_shown = {},
                    .share_of_lists = 0.30};
  EXPECT_FALSE(is_degenerate(coverage));
  coverage.share_of_lists = 0.31;
  EXPECT_TRUE(is_degenerate(coverage));
  coverage.share_of_lists = 0.1;
  coverage.share_of_catalogue = 0.0099;
  EXPECT_TRUE(is_degenerate(coverage));
  EXPECT_FALSE(is_degenerate({})) << "no lists say nothing";
}

}  // namespace
}  // namespace punnet
