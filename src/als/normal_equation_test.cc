#include "als/normal_equation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/seeded_random.h"

namespace punnet {
namespace {

std::vector<double> random_rows(std::size_t count, int rank, std::uint64_t seed) {
  SeededRandom random(seed);
  const auto stride = padded_stride(rank);
  std::vector<double> rows(count * stride);
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
      rows[n * stride + i] = random.normal();
    }
  }
  return rows;
}

TEST(NormalEquation, OuterProductsEqualTheNaiveSumBitForBit) {
  for (const int rank : {1, 2, 3, 4, 5, 8, 10, 17, 33, 64}) {
    for (std::size_t count = 0; count < 14; ++count) {
      const auto left = random_rows(count, rank, 1);
      const auto right = random_rows(count, rank, 2);
      SymmetricMatrix A(rank);
      A.add_to_diagonal(3);
      add_outer_products(A, left.data(), right.data(), count);

      const auto stride = A.stride();
      for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
        for (std::size_t j = i; j < static_cast<std::size_t>(rank); ++j) {
          double expected = i == j ? 3 : 0;
          for (std::size_t n = 0; n < count; ++n) {
            const double product = left[n * stride + i] * right[n * stride + j];
            expected += product;
          }
          ASSERT_EQ(A.at(i, j), expected) << "rank " << rank << ", count " << count;
        }
      }
    }
  }
}

TEST(NormalEquation, TheSolutionSatisfiesTheEquation) {
  for (const int rank : {1, 2, 3, 4, 5, 7, 8, 10, 16, 31, 64, 100, 128}) {
    const auto k = static_cast<std::size_t>(rank);
    const auto rows = random_rows(2 * k, rank, 3);
    SymmetricMatrix A(rank);
    A.add_to_diagonal(0.5);
    add_outer_products(A, rows.data(), rows.data(), 2 * k);
    const auto b = random_rows(1, rank, 4);

    auto x = b;
    auto scratch = A;
    ASSERT_TRUE(solve_in_place(scratch, x));
    for (std::size_t i = 0; i < k; ++i) {
      double product = 0;
      for (std::size_t j = 0; j < k; ++j) product += (i <= j ? A.at(i, j) : A.at(j, i)) * x[j];
      ASSERT_NEAR(product, b[i], 1e-10) << "rank " << rank << ", row " << i;
    }
  }
}

TEST(NormalEquation, SolvesATwoByTwoCaseByHand) {
  SymmetricMatrix A(2);
  A.values()[0] = 3;
  A.values()[1] = 1;
  A.values()[A.stride() + 1] = 2;
  std::vector<double> b(A.stride());
  b[0] = 3;
  b[1] = 2;
  ASSERT_TRUE(solve_in_place(A, b));
  EXPECT_NEAR(b[0], 0.8, 1e-15);
  EXPECT_NEAR(b[1], 0.6, 1e-15);
}

TEST(NormalEquation, RefusesWhatIsNotPositiveDefinite) {
  const auto solvable = [](SymmetricMatrix A) {
    std::vector<double> b(A.stride());
    b[0] = 1;
    return solve_in_place(A, b);
  };
  SymmetricMatrix A(3);
  EXPECT_FALSE(solvable(A)) << "all zeros";
  A.add_to_diagonal(-1);
  EXPECT_FALSE(solvable(A)) << "negative";
  A.add_to_diagonal(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(solvable(A)) << "NaN";

  SymmetricMatrix infinite(3);
  infinite.add_to_diagonal(std::numeric_limits<double>::infinity());
  EXPECT_FALSE(solvable(infinite));
}

TEST(NormalEquation, RefusesDependentDirectionsWhateverRoundingLeavesOfThem) {
  for (const int rank : {2, 3}) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto count = static_cast<std::size_t>(rank) - 1;
      const auto rows = random_rows(count, rank, seed);
      SymmetricMatrix dependent(rank);
      add_outer_products(dependent, rows.data(), rows.data(), count);
      auto regularized = dependent;
      regularized.add_to_diagonal(1e-6);
      std::vector<double> b(dependent.stride());
      EXPECT_FALSE(solve_in_place(dependent, b)) << "rank " << rank << ", seed " << seed;
      EXPECT_TRUE(solve_in_place(regularized, b)) << "rank " << rank << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace punnet
