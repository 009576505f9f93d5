#include "ranking/packed_users.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

TEST(PackedUsers, AreGroupsOfNearlyEqualSize) {
  for (std::size_t count = 1; count <= 40; ++count) {
    const auto factors = random_factors(count, 3, count);
    std::vector<std::span<const float>> rows;
    for (std::size_t u = 0; u < count; ++u) rows.push_back(factors.row(u));
    const PackedUsers users(rows, 3);

    ASSERT_EQ(users.size(), count);
    ASSERT_LE(users.larger(), PackedUsers::kMost);
    ASSERT_EQ(users.groups(), (count + PackedUsers::kMost - 1) / PackedUsers::kMost);
    const float* at = users.values();
    std::size_t user = 0;
    for (std::size_t g = 0; g < users.groups(); ++g) {
      const auto members = users.larger() - (g < users.larger_groups() ? 0 : 1);
      for (std::size_t f = 0; f < 3; ++f) {
        for (std::size_t u = 0; u < members; ++u) EXPECT_EQ(*at++, rows[user + u][f]);
      }
      user += members;
    }
    EXPECT_EQ(user, count);
  }
}

TEST(PackedUsers, CanBeNone) {
  EXPECT_EQ(PackedUsers().groups(), 0U);
  EXPECT_EQ(PackedUsers({}, 7).groups(), 0U);
  EXPECT_EQ(PackedUsers({}, 7).larger(), 0U);
}

}  // namespace
}  // namespace punnet
