#include "als/initial_factors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace punnet {
namespace {

TEST(InitialFactors, RowsHaveLengthOneAndDiffer) {
  const auto factors = initial_factors(50, 10, 1);
  for (std::size_t r = 0; r < 50; ++r) {
    double norm = 0;
    for (const float x : factors.row(r)) norm += static_cast<double>(x) * static_cast<double>(x);
    EXPECT_NEAR(norm, 1, 1e-6);
    if (r > 0) {
      EXPECT_FALSE(std::ranges::equal(factors.row(r), factors.row(r - 1)));
    }
  }
}

TEST(InitialFactors, PointInEveryDirectionAlike) {
  const auto factors = initial_factors(20000, 3, 5);
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0;
    double squares = 0;
    for (std::size_t r = 0; r < factors.rows(); ++r) {
      sum += static_cast<double>(factors.row(r)[i]);
      squares += std::pow(static_cast<double>(factors.row(r)[i]), 2);
    }
    EXPECT_NEAR(sum / 20000, 0, 0.02);
    EXPECT_NEAR(squares / 20000, 1.0 / 3, 0.02);
  }
}

TEST(InitialFactors, ARowDependsOnSeedAndNumberAlone) {
  const auto few = initial_factors(3, 4, 9);
  const auto many = initial_factors(30, 4, 9);
  for (std::size_t r = 0; r < 3; ++r) EXPECT_TRUE(std::ranges::equal(few.row(r), many.row(r)));
  EXPECT_NE(initial_factors(3, 4, 10), few);
  EXPECT_NE(initial_factors(3, 4, -9), few);
}

}  // namespace
}  // namespace punnet
