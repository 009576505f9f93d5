#include "eval/orthogonal_alignment.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <random>

namespace punnet {
namespace {

FactorMatrix random_factors(std::size_t rows, int rank, std::mt19937& random) {
  std::normal_distribution<float> normal;
  FactorMatrix factors(rows, rank);
  for (auto& value : factors.values()) value = normal(random);
  return factors;
}

/// Reflects every row in a random direction, several times: any orthogonal matrix is such a chain.
FactorMatrix turned(FactorMatrix factors, std::mt19937& random) {
  for (int n = 0; n < factors.rank(); ++n) {
    const auto axis = random_factors(1, factors.rank(), random);
    double length = 0;
    for (const auto value : axis.values()) length += double{value} * double{value};
    for (std::size_t r = 0; r < factors.rows(); ++r) {
      double along = 0;
      const auto row = factors.row(r);
      for (std::size_t f = 0; f < row.size(); ++f) along += double{row[f]} * double{axis.row(0)[f]};
      for (std::size_t f = 0; f < row.size(); ++f) {
        row[f] -= static_cast<float>(2 * along / length * double{axis.row(0)[f]});
      }
    }
  }
  return factors;
}

double distance(const FactorMatrix& a, const FactorMatrix& b) {
  const RowPairs pairs{a, b};
  return OrthogonalAlignment({&pairs, 1}).distance(pairs);
}

TEST(OrthogonalAlignment, FindsTheTurnThatWasMade) {
  std::mt19937 random(1);
  for (const int rank : {1, 2, 3, 8, 33}) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{5}, std::size_t{200}}) {
      const auto factors = random_factors(rows, rank, random);
      EXPECT_LT(distance(factors, turned(factors, random)), 1e-5) << rank << " x " << rows;
      EXPECT_LT(distance(factors, factors), 1e-7) << rank << " x " << rows;
    }
  }
}

TEST(OrthogonalAlignment, IsNeverBeatenByAnotherTurn) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const auto a = random_factors(6, 3, random);
    const auto b = random_factors(6, 3, random);
    const double best = distance(a, b);
    for (int other = 0; other < 200; ++other) {
      const auto somehow = turned(b, random);
      double difference = 0;
      double size = 0;
      for (std::size_t i = 0; i < a.values().size(); ++i) {
        difference += std::pow(double{a.values()[i]} - double{somehow.values()[i]}, 2);
        size += std::pow(double{a.values()[i]}, 2);
      }
      EXPECT_LE(best, std::sqrt(difference / size) + 1e-6);
    }
  }
}

TEST(OrthogonalAlignment, TakesOneTurnForBothSides) {
  std::mt19937 random(3);
  const auto users = random_factors(10, 4, random);
  const auto items = random_factors(12, 4, random);
  const auto other_users = turned(users, random);
  const auto other_items = turned(items, random);  // by another turn: predictions differ
  const std::array<RowPairs, 2> pairs{{{users, other_users}, {items, other_items}}};
  const OrthogonalAlignment both(pairs);
  EXPECT_GT(both.distance(pairs[0]) + both.distance(pairs[1]), 0.1);
}

TEST(OrthogonalAlignment, ComparesDifferentRanks) {
  FactorMatrix narrow(2, 1);
  narrow.row(0)[0] = 3;
  narrow.row(1)[0] = 4;
  FactorMatrix wide(2, 3);
  wide.row(0)[2] = -3;
  wide.row(1)[2] = -4;
  EXPECT_LT(distance(narrow, wide), 1e-12);
  EXPECT_LT(distance(wide, narrow), 1e-12);
  wide.row(1)[0] = 5;  // nothing of it can be matched
  EXPECT_GT(distance(wide, narrow), 0.4);
}

TEST(OrthogonalAlignment, KnowsWhatToDoWithoutRowsAndWithZeros) {
  EXPECT_EQ(distance(FactorMatrix(0, 3), FactorMatrix(0, 2)), 0);
  EXPECT_EQ(distance(FactorMatrix(4, 3), FactorMatrix(4, 3)), 0);
  FactorMatrix one(1, 2);
  one.row(0)[0] = 2;
  EXPECT_DOUBLE_EQ(distance(one, FactorMatrix(1, 2)), 1);
  EXPECT_DOUBLE_EQ(distance(FactorMatrix(1, 2), one), 2);
}

}  // namespace
}  // namespace punnet
