#include "als/exact_row_solver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "tests/support/every_objective.h"
#include "tests/support/random_interactions.h"
#include "tests/support/rated_rows.h"

namespace punnet {
namespace {

Result<FactorMatrix> solve_all(const std::vector<RatedRow>& rows, const FactorMatrix& fixed,
                               const AlsConfig& config) {
  const auto ratings = sparse_rows(rows);
  const auto side = prepare_side(ratings, fixed.rows(), config);
  FactorMatrix solved(rows.size(), fixed.rank());
  std::ranges::fill(solved.values(), 99.0F);
  PUNNET_CHECK(exact_row_solvers(side, fixed, config)()->solve(0, rows.size(), solved));
  return solved;
}

Result<std::vector<float>> solve(const RatedRow& row, const FactorMatrix& fixed,
                                 const AlsConfig& config) {
  PUNNET_TRY(const auto solved, solve_all({row}, fixed, config));
  return std::vector<float>(solved.values().begin(), solved.values().end());
}

FactorMatrix matrix(std::size_t rows, int rank, const std::vector<float>& values) {
  FactorMatrix factors(rows, rank);
  std::ranges::copy(values, factors.values().begin());
  return factors;
}

// Solves M x = b by elimination with pivoting.
std::vector<long double> eliminate(std::vector<std::vector<long double>> M,
                                   std::vector<long double> b) {
  const auto k = b.size();
  for (std::size_t i = 0; i < k; ++i) {
    std::size_t pivot = i;
    for (auto r = i; r < k; ++r) {
      if (std::fabs(M[r][i]) > std::fabs(M[pivot][i])) pivot = r;
    }
    std::swap(M[i], M[pivot]);
    std::swap(b[i], b[pivot]);
    for (auto r = i + 1; r < k; ++r) {
      const auto f = M[r][i] / M[i][i];
      for (auto c = i; c < k; ++c) M[r][c] -= f * M[i][c];
      b[r] -= f * b[i];
    }
  }
  for (auto i = k; i-- > 0;) {
    for (auto c = i + 1; c < k; ++c) b[i] -= M[i][c] * b[c];
    b[i] /= M[i][i];
  }
  return b;
}

// The minimum found from the objective written out: every pair has its own weight and target.
std::vector<long double> dense_twin(const RatedRow& row, const FactorMatrix& fixed,
                                    const AlsConfig& config) {
  const auto k = static_cast<std::size_t>(fixed.rank());
  std::vector M(k, std::vector<long double>(k));
  std::vector<long double> b(k);
  const auto add = [&](std::size_t column, long double weight, long double target) {
    const auto y = fixed.row(column);
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; j < k; ++j) {
        M[i][j] += weight * static_cast<long double>(y[i]) * static_cast<long double>(y[j]);
      }
      b[i] += weight * target * static_cast<long double>(y[i]);
    }
  };
  long double n = 0;
  const bool implicit = config.feedback == Feedback::kImplicit;
  const bool constant = config.confidence == Confidence::kConstant;
  const long double unrated = implicit ? (constant ? config.unobserved_weight : 1) : 0;
  for (std::size_t column = 0; column < fixed.rows(); ++column) add(column, unrated, 0);
  for (std::size_t e = 0; e < row.columns.size(); ++e) {
    const auto column = static_cast<std::size_t>(row.columns[e]);
    const auto r = static_cast<long double>(row.ratings[e]);
    if (!implicit || r > 0) n += 1;
    if (!implicit) {
      add(column, 1, r);
    } else if (constant) {
      add(column, 1, r > 0 ? 1 : 0);
    } else {
      add(column, -1, 0);  // takes the pair's place among the unrated ones
      add(column, 1 + static_cast<long double>(config.alpha) * std::fabs(r), r > 0 ? 1 : 0);
    }
  }
  if (config.scaling == RegularizationScaling::kUnscaled) n = 1;
  if (config.scaling == RegularizationScaling::kByWeight) {
    n = std::pow(n + unrated * static_cast<long double>(fixed.rows()),
                 static_cast<long double>(config.nu));
  }
  for (std::size_t i = 0; i < k; ++i)
    M[i][i] += static_cast<long double>(config.regularization) * n;
  return eliminate(M, b);
}

TEST(ExactRowSolver, ExplicitRankOneByHand) {
  const auto Y = matrix(2, 1, {2, 1});
  // A = 4 + 1 + 0.5 * 2, b = 2 * 4 + 1 * 3
  const auto x = solve({{0, 1}, {4, 3}}, Y, {.rank = 1, .regularization = 0.5});
  ASSERT_TRUE(x);
  EXPECT_FLOAT_EQ(x->front(), 11.0F / 6.0F);
}

TEST(ExactRowSolver, ExplicitRankTwoByHand) {
  const auto Y = matrix(2, 2, {1, 0, 1, 1});
  // A = (2 1; 1 1) + I, b = (3 2)
  const auto x =
      solve({{0, 1}, {1, 2}}, Y,
            {.rank = 2, .regularization = 1, .scaling = RegularizationScaling::kUnscaled});
  ASSERT_TRUE(x);
  EXPECT_FLOAT_EQ((*x)[0], 0.8F);
  EXPECT_FLOAT_EQ((*x)[1], 0.6F);
}

TEST(ExactRowSolver, ImplicitRankOneByHand) {
  const auto Y = matrix(2, 1, {2, 1});
  const AlsConfig config{
      .rank = 1, .regularization = 0.5, .feedback = Feedback::kImplicit, .alpha = 2};
  // Y^T Y = 5, alpha |r| = 6: A = 5 + 6 * 4 + 0.5 * 1, b = 7 * 2
  const auto liked = solve({{0}, {3}}, Y, config);
  ASSERT_TRUE(liked);
  EXPECT_FLOAT_EQ(liked->front(), 14.0F / 29.5F);
  // A rating of -1 adds confidence 2 to the second item, no wish and nothing to n.
  const auto disliked = solve({{0, 1}, {3, -1}}, Y, config);
  ASSERT_TRUE(disliked);
  EXPECT_FLOAT_EQ(disliked->front(), 14.0F / 31.5F);
}

TEST(ExactRowSolver, RepeatedPairsAreSeparateObservations) {
  const auto Y = matrix(1, 1, {1});
  // A = 2 + 0.5 * 2, b = 3 + 5
  const auto x = solve({{0, 0}, {3, 5}}, Y, {.rank = 1, .regularization = 0.5});
  ASSERT_TRUE(x);
  EXPECT_FLOAT_EQ(x->front(), 8.0F / 3.0F);
}

TEST(ExactRowSolver, AgreesWithTheDenseSolutionOnRandomRows) {
  SeededRandom random(7);
  for (auto config : every_objective()) {
    config.regularization = 0.2;
    config.alpha = 3;
    for (const int rank : {1, 3, 5, 10, 32}) {
      config.rank = rank;
      const auto Y = random_factors(50, rank, random.bits());
      for (const std::size_t length : {1U, 4U, 31U, 32U, 33U, 200U}) {
        const auto row = random_row(length, Y.rows(), random);
        const auto x = solve(row, Y, config);
        ASSERT_TRUE(x);
        const auto expected = dense_twin(row, Y, config);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          EXPECT_NEAR((*x)[i], static_cast<double>(expected[i]), 2e-6)
              << "rank " << rank << ", length " << length;
        }
      }
    }
  }
}

TEST(ExactRowSolver, ARowThatWantsNothingGetsZeros) {
  const auto Y = random_factors(5, 3, 1);
  const std::vector<float> zeros(3);
  const auto empty = solve({}, Y, {.rank = 3});
  ASSERT_TRUE(empty);
  EXPECT_EQ(*empty, zeros);

  const AlsConfig implicit{.rank = 3, .feedback = Feedback::kImplicit};
  const auto disliked = solve({{1, 2}, {0, -3}}, Y, implicit);
  ASSERT_TRUE(disliked);
  EXPECT_EQ(*disliked, zeros);
}

TEST(ExactRowSolver, NamesTheRemedyWhenThereIsNoUniqueSolution) {
  const auto Y = random_factors(5, 3, 1);
  const auto x = solve({{0, 1}, {1, 2}}, Y, {.rank = 3, .regularization = 0});
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, ErrorCode::kInvalid);
  EXPECT_NE(x.error().message.find("regularization"), std::string::npos);
}

TEST(ExactRowSolver, RefusesFactorsThatDoNotFitInAFloat) {
  const auto Y = matrix(1, 1, {1e-20F});
  const auto x = solve({{0}, {1e30F}}, Y, {.rank = 1, .regularization = 0});
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, ErrorCode::kInvalid);
  EXPECT_NE(x.error().message.find("float"), std::string::npos);
}

TEST(ExactRowSolver, ARowLeavesNoTraceInTheNext) {
  const auto Y = random_factors(40, 6, 2);
  SeededRandom random(3);
  const auto first = random_row(35, 40, random);
  const auto second = random_row(2, 40, random);
  const AlsConfig config{.rank = 6};
  const auto both = solve_all({first, second}, Y, config);
  ASSERT_TRUE(both);
  EXPECT_TRUE(std::ranges::equal(both->row(1), *solve(second, Y, config)));
}

}  // namespace
}  // namespace punnet
