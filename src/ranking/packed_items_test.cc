#include "ranking/packed_items.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

float value(const PackedItems& items, std::size_t n, std::size_t f) {
  return items.block(n / PackedItems::kBlock)[f * PackedItems::kBlock + n % PackedItems::kBlock];
}

TEST(PackedItems, KeepEveryFactorInItsPlace) {
  for (const std::size_t rows : {1U, 15U, 16U, 17U, 40U}) {
    const auto factors = random_factors(rows, 5, 1);
    const PackedItems items(factors);
    ASSERT_EQ(items.size(), rows);
    ASSERT_EQ(items.blocks(), (rows + 15) / 16);
    for (std::size_t n = 0; n < rows; ++n) {
      for (std::size_t f = 0; f < 5; ++f) EXPECT_EQ(value(items, n, f), factors.row(n)[f]);
    }
    for (std::size_t n = rows; n < items.blocks() * 16; ++n) EXPECT_EQ(value(items, n, 4), 0.0F);
  }
}

TEST(PackedItems, CanHoldSomeRowsOnly) {
  const auto factors = random_factors(50, 3, 1);
  const std::vector<std::int32_t> rows{4, 7, 49};
  const PackedItems items(factors, rows);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(value(items, 0, 1), factors.row(4)[1]);
  EXPECT_EQ(value(items, 2, 2), factors.row(49)[2]);
}

TEST(PackedItems, CanBeEmpty) {
  EXPECT_EQ(PackedItems().blocks(), 0U);
  EXPECT_EQ(PackedItems(FactorMatrix(0, 4)).blocks(), 0U);
}

}  // namespace
}  // namespace punnet
