#include "als/heavy_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/seeded_random.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

HeavyRows heavy_rows(const FactorMatrix& factors, int threads = 1) {
  return {PaddedFactors(factors, threads), threads};
}

std::vector<std::size_t> rows_of(const HeavyRows& heavy) {
  return {heavy.rows().begin(), heavy.rows().end()};
}

void scale(FactorMatrix& factors, std::size_t row, float by) {
  for (float& y : factors.row(row)) y *= by;
}

TEST(HeavyRows, AreNoneAmongRowsOfAKind) {
  EXPECT_TRUE(heavy_rows(random_factors(10'000, 10, 1)).empty());
  EXPECT_TRUE(heavy_rows(FactorMatrix(100, 10)).empty());
  EXPECT_TRUE(heavy_rows(FactorMatrix()).empty());
}

TEST(HeavyRows, AreThoseFarAboveTheMedian) {
  for (const int rank : {1, 10, 40}) {
    auto factors = random_factors(10'000, rank, 2);
    for (const std::size_t r : {70U, 9000U}) {
      std::ranges::fill(factors.row(r), 1.0F);
      scale(factors, r, 200);
    }
    std::ranges::fill(factors.row(80), 20.0F);
    EXPECT_EQ(rows_of(heavy_rows(factors)), (std::vector<std::size_t>{70, 9000})) << rank;
  }
}

TEST(HeavyRows, AreNotThoseBesideManyZeros) {
  FactorMatrix factors(1000, 4);
  for (std::size_t r = 0; r < 1000; r += 10) std::ranges::fill(factors.row(r), 1.0F);
  EXPECT_TRUE(heavy_rows(factors).empty());
}

TEST(HeavyRows, AreThoseThatAreNotFinite) {
  auto factors = random_factors(100, 3, 3);
  factors.row(5)[1] = std::numeric_limits<float>::quiet_NaN();
  factors.row(6)[2] = -std::numeric_limits<float>::infinity();
  factors.row(7)[0] = 1e25F;  // whose square is not
  EXPECT_EQ(rows_of(heavy_rows(factors)), (std::vector<std::size_t>{5, 6, 7}));
}

TEST(HeavyRows, AreFoundWhereverTheyAre) {
  SeededRandom random(4);
  auto factors = random_factors(700, 2, 5);
  for (int n = 0; n < 20; ++n) scale(factors, random.below(700), 1e5F);
  const auto heavy = heavy_rows(factors);
  ASSERT_FALSE(heavy.empty());
  std::vector<std::size_t> places{99};
  for (const std::size_t length : {0U, 1U, 63U, 64U, 65U, 1000U}) {
    std::vector<std::int32_t> rows(length);
    for (auto& row : rows) row = static_cast<std::int32_t>(random.below(700));
    std::vector<std::size_t> expected;
    for (std::size_t n = 0; n < length; ++n) {
      if (std::ranges::count(heavy.rows(), static_cast<std::size_t>(rows[n])) > 0) {
        expected.push_back(n);
      }
    }
    heavy.find(rows, places);
    EXPECT_EQ(places, expected);
  }
  HeavyRows().find(std::vector<std::int32_t>{1, 2}, places);
  EXPECT_TRUE(places.empty());
}

TEST(HeavyRows, AreTheSameForAnyNumberOfThreads) {
  auto factors = random_factors(30'000, 3, 6);
  for (std::size_t r = 0; r < 30'000; r += 999) scale(factors, r, 1e4F);
  const auto once = heavy_rows(factors, 1);
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(rows_of(heavy_rows(factors, threads)), rows_of(once)) << threads;
  }
}

}  // namespace
}  // namespace punnet
