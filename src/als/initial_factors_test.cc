#include "als/initial_factors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

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

// Of PySpark 3.5.9 without a native BLAS: ALS(rank=6, maxIter=0, seed=1234).
TEST(SparkInitialFactors, AreThoseOfSparkOnItsOwnBlas) {
  const std::vector<UserId> users{{-3}, {7}, {17}, {2147483647}};
  const std::vector<float> expected{
      0.30824858F,   -0.459452361F, 0.484449595F,  0.559832096F,  0.000802839175F, -0.381814688F,
      -0.06293156F,  0.0707464293F, 0.502923787F,  -0.405384392F, 0.66122961F,     0.369514614F,
      -0.323836863F, 0.045861356F,  -0.496560782F, 0.183965161F,  -0.1771231F,     0.762389779F,
      -0.080044806F, -0.714829266F, -0.569724441F, -0.375696212F, 0.129041776F,    0.0150515558F};
  const auto factors = spark_initial_factors(users, 6, 1234, 10, SparkBlas::kJava);
  EXPECT_TRUE(std::ranges::equal(factors.values(), expected));
}

TEST(SparkInitialFactors, DifferByNoMoreThanTheLastBitBetweenKindsOfBlas) {
  std::vector<UserId> users(500);
  for (std::size_t n = 0; n < users.size(); ++n) users[n] = {static_cast<std::int64_t>(n) * 3};
  for (const int rank : {1, 4, 7, 32}) {
    const auto native = spark_initial_factors(users, rank, 5);
    const auto java = spark_initial_factors(users, rank, 5, 10, SparkBlas::kJava);
    for (std::size_t i = 0; i < native.values().size(); ++i) {
      EXPECT_NEAR(native.values()[i], java.values()[i], 1e-6F);
    }
    EXPECT_EQ(rank == 1, native == java);
  }
}

}  // namespace
}  // namespace punnet
