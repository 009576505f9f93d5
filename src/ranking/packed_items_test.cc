#include "ranking/packed_items.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "ranking/norm.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

constexpr auto kBlock = PackedItems::kBlock;

float value(const PackedItems& items, std::size_t place, std::size_t f) {
  return items.block(place / kBlock)[f * kBlock + place % kBlock];
}

TEST(PackedItems, HoldEveryRowOnceWithItsFactors) {
  for (const std::size_t rows : {1U, 31U, 32U, 33U, 80U}) {
    const auto factors = random_factors(rows, 5, 1);
    const PackedItems items(factors);
    ASSERT_EQ(items.size(), rows);
    ASSERT_EQ(items.blocks(), (rows + kBlock - 1) / kBlock);
    std::vector<std::int32_t> seen;
    for (std::size_t place = 0; place < rows; ++place) {
      seen.push_back(items.row_of(place));
      const auto row = factors.row(static_cast<std::size_t>(seen.back()));
      for (std::size_t f = 0; f < 5; ++f) EXPECT_EQ(value(items, place, f), row[f]);
    }
    std::ranges::sort(seen);
    for (std::size_t n = 0; n < rows; ++n) EXPECT_EQ(seen[n], static_cast<std::int32_t>(n));
    for (std::size_t place = rows; place < items.blocks() * kBlock; ++place) {
      EXPECT_EQ(value(items, place, 4), 0.0F);
    }
  }
}

TEST(PackedItems, LieInTheOrderOfTheirNorms) {
  const auto factors = random_factors(100, 3, 1);
  const PackedItems items(factors);
  const auto norm = [&](std::size_t place) {
    return norm_of(factors.row(static_cast<std::size_t>(items.row_of(place))));
  };
  for (std::size_t place = 1; place < 100; ++place) EXPECT_GE(norm(place - 1), norm(place));
  for (std::size_t b = 0; b < items.blocks(); ++b) {
    EXPECT_EQ(items.largest_norm(b), norm(b * kBlock));
  }
}

TEST(PackedItems, ThatAreNoNumbersComeFirstAndAreNeverRuledOut) {
  FactorMatrix factors(3, 2);
  std::ranges::fill(factors.values(), 1.0F);
  factors.row(1)[1] = std::numeric_limits<float>::quiet_NaN();
  const PackedItems items(factors);
  EXPECT_EQ(items.row_of(0), 1);
  EXPECT_TRUE(std::isinf(items.largest_norm(0)));
}

TEST(PackedItems, CanHoldSomeRowsOnly) {
  const auto factors = random_factors(50, 3, 1);
  const std::vector<std::int32_t> rows{4, 7, 49};
  const PackedItems items(factors, rows);
  ASSERT_EQ(items.size(), 3U);
  for (std::size_t place = 0; place < 3; ++place) {
    const auto row = rows[static_cast<std::size_t>(items.row_of(place))];
    EXPECT_EQ(value(items, place, 2), factors.row(static_cast<std::size_t>(row))[2]);
  }
}

TEST(PackedItems, CanBeEmpty) {
  EXPECT_EQ(PackedItems().blocks(), 0U);
  EXPECT_EQ(PackedItems(FactorMatrix(0, 4)).blocks(), 0U);
}

}  // namespace
}  // namespace punnet
