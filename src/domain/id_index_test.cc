#include "domain/id_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "base/seeded_random.h"
#include "domain/ids.h"

namespace punnet {
namespace {

TEST(IdIndex, RowsAreInAscendingOrderOfId) {
  const IdIndex<ItemId> index({{30}, {-5}, {20}});
  ASSERT_EQ(index.size(), 3U);
  EXPECT_EQ(index.row({-5}), 0);
  EXPECT_EQ(index.row({20}), 1);
  EXPECT_EQ(index.row({30}), 2);
  EXPECT_EQ(index.id(0), ItemId{-5});
  EXPECT_EQ(index.id(2), ItemId{30});
}

TEST(IdIndex, DuplicatesCountOnce) {
  const IdIndex<UserId> index({{7}, {7}, {1}, {7}});
  EXPECT_EQ(index.size(), 2U);
  EXPECT_EQ(index.row({7}), 1);
}

TEST(IdIndex, UnknownIdsAreAbsent) {
  const IdIndex<UserId> index({{10}, {20}});
  EXPECT_EQ(index.row({9}), std::nullopt);
  EXPECT_EQ(index.row({15}), std::nullopt);
  EXPECT_EQ(index.row({21}), std::nullopt);
  EXPECT_EQ(IdIndex<UserId>().row({0}), std::nullopt);
  EXPECT_EQ(IdIndex<UserId>().size(), 0U);
}

TEST(IdIndex, HoldsTheExtremesOfInt64) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const IdIndex<ItemId> index({{kMax}, {0}, {kMin}});
  EXPECT_EQ(index.row({kMin}), 0);
  EXPECT_EQ(index.row({kMax}), 2);
}

TEST(IdIndex, AgreesWithASetOnRandomIds) {
  SeededRandom random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<ItemId> ids;
    for (auto n = random.below(60); n-- > 0;) {
      ids.push_back({static_cast<std::int64_t>(random.below(80)) - 40});
    }
    const std::set<ItemId> twin(ids.begin(), ids.end());
    const IdIndex<ItemId> index(ids);
    ASSERT_TRUE(std::ranges::equal(index.ids(), twin));
    for (std::int64_t id = -45; id < 45; ++id) {
      const auto row = index.row({id});
      ASSERT_EQ(row.has_value(), twin.contains({id}));
      if (row) {
        ASSERT_EQ(index.id(*row), ItemId{id});
      }
    }
  }
}

}  // namespace
}  // namespace punnet
