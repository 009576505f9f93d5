#include "als/nonnegative_least_squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/seeded_random.h"

namespace punnet {
namespace {

struct Problem {
  SymmetricMatrix A;
  std::vector<double> b;
};

// A = sum y y^T + ridge I of `rows` random y, b = sum r y: the equation of an item with as many
// ratings.
Problem random_problem(int rank, std::size_t rows, double ridge, SeededRandom& random) {
  Problem problem{SymmetricMatrix(rank), std::vector<double>(padded_stride(rank))};
  const auto stride = problem.A.stride();
  std::vector<double> ys(rows * stride);
  for (std::size_t n = 0; n < rows; ++n) {
    const double rating = random.normal();
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
      ys[n * stride + i] = random.normal();
      problem.b[i] += rating * ys[n * stride + i];
    }
  }
  add_outer_products(problem.A, ys.data(), ys.data(), rows);
  problem.A.add_to_diagonal(ridge);
  return problem;
}

double entry(const SymmetricMatrix& A, std::size_t i, std::size_t j) {
  return A.at(std::min(i, j), std::max(i, j));
}

std::vector<double> slope_at(const Problem& problem, const std::vector<double>& x) {
  std::vector<double> slope(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    slope[i] = -problem.b[i];
    for (std::size_t j = 0; j < x.size(); ++j) slope[i] += entry(problem.A, i, j) * x[j];
  }
  return slope;
}

double value_at(const Problem& problem, const std::vector<double>& x) {
  const auto slope = slope_at(problem, x);
  double value = 0;  // x.Ax / 2 - b.x = x.(slope - b) / 2
  for (std::size_t i = 0; i < x.size(); ++i) value += x[i] * (slope[i] - problem.b[i]) / 2;
  return value;
}

// Solves A x = b for the elements in `free` alone, the others zero, by elimination.
std::vector<double> solve_free(const Problem& problem, const std::vector<std::size_t>& free,
                               std::size_t rank) {
  const auto k = free.size();
  std::vector M(k, std::vector<double>(k + 1));
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < k; ++j) M[i][j] = entry(problem.A, free[i], free[j]);
    M[i][k] = problem.b[free[i]];
  }
  for (std::size_t i = 0; i < k; ++i) {
    for (auto r = i + 1; r < k; ++r) {
      const double f = M[r][i] / M[i][i];
      for (auto c = i; c <= k; ++c) M[r][c] -= f * M[i][c];
    }
  }
  std::vector<double> x(rank);
  for (auto i = k; i-- > 0;) {
    double value = M[i][k];
    for (auto c = i + 1; c < k; ++c) value -= M[i][c] * x[free[c]];
    x[free[i]] = value / M[i][i];
  }
  return x;
}

// The best of all ways to choose which elements are zero.
std::vector<double> exhaustive_twin(const Problem& problem) {
  const auto rank = static_cast<std::size_t>(problem.A.rank());
  std::vector<double> best(rank);
  double best_value = 0;
  for (std::uint32_t choice = 1; choice < 1U << rank; ++choice) {
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < rank; ++i) {
      if ((choice >> i & 1U) != 0) free.push_back(i);
    }
    const auto x = solve_free(problem, free, rank);
    if (std::ranges::any_of(x, [](double element) { return element < 0; })) continue;
    const double value = value_at(problem, x);
    if (value < best_value) {
      best_value = value;
      best = x;
    }
  }
  return best;
}

std::vector<double> solve(const Problem& problem) {
  const int rank = problem.A.rank();
  std::vector<double> x(static_cast<std::size_t>(rank), 99.0);
  NonnegativeLeastSquares(rank).solve(problem.A, problem.b, x);
  return x;
}

double norm(const std::vector<double>& x) {
  double squares = 0;
  for (const double element : x) squares += element * element;
  return std::sqrt(squares);
}

TEST(NonnegativeLeastSquares, SolvesByHand) {
  Problem problem{SymmetricMatrix(2), {3, -1, 0, 0}};
  problem.A.values()[0] = 2;
  problem.A.values()[1] = 1;
  problem.A.values()[problem.A.stride() + 1] = 2;
  // Without bounds x = (7/3, -5/3); with the second at zero the first is 3/2.
  const auto x = solve(problem);
  EXPECT_NEAR(x[0], 1.5, 1e-12);
  EXPECT_EQ(x[1], 0);
}

TEST(NonnegativeLeastSquares, AgreesWithTheBestOfAllActiveSets) {
  SeededRandom random(11);
  for (int rank = 1; rank <= 8; ++rank) {
    for (int round = 0; round < 40; ++round) {
      const auto problem = random_problem(rank, 3 + random.below(40), 0.5, random);
      const auto x = solve(problem);
      const auto expected = exhaustive_twin(problem);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(x[i], expected[i], 2e-5 * norm(expected)) << "rank " << rank << ", " << round;
      }
    }
  }
}

TEST(NonnegativeLeastSquares, LeavesNowhereToGo) {
  SeededRandom random(12);
  for (const int rank : {1, 2, 10, 33, 64, 150}) {
    for (int round = 0; round < 10; ++round) {
      const auto problem =
          random_problem(rank, static_cast<std::size_t>(rank) + random.below(100), 1, random);
      const auto x = solve(problem);
      const auto slope = slope_at(problem, x);
      const double tolerance = 1e-5 * norm(x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_GE(x[i], 0);
        ASSERT_GE(slope[i], -tolerance) << "rank " << rank << ", element " << i;
        if (x[i] > 0) {
          ASSERT_LE(slope[i], tolerance) << "rank " << rank << ", element " << i;
        }
      }
    }
  }
}

TEST(NonnegativeLeastSquares, GivesZerosWhenEverythingPullsBelowZero) {
  SeededRandom random(13);
  auto problem = random_problem(4, 20, 1, random);
  problem.b = {-1, -2, -3, -4};
  EXPECT_EQ(solve(problem), std::vector<double>(4));
  problem.b = std::vector<double>(4);
  EXPECT_EQ(solve(problem), std::vector<double>(4));
}

TEST(NonnegativeLeastSquares, LeavesNoTraceInTheNextEquation) {
  SeededRandom random(14);
  const auto first = random_problem(6, 30, 1, random);
  const auto second = random_problem(6, 30, 1, random);
  NonnegativeLeastSquares reused(6);
  std::vector<double> x(6);
  reused.solve(first.A, first.b, x);
  reused.solve(second.A, second.b, x);
  EXPECT_EQ(x, solve(second));
}

TEST(NonnegativeLeastSquares, EndsOnEquationsThatAreNoNumbers) {
  Problem problem{SymmetricMatrix(2), {1, 1, 0, 0}};
  for (auto& value : problem.A.values()) value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(solve(problem), std::vector<double>(2));
}

}  // namespace
}  // namespace punnet
