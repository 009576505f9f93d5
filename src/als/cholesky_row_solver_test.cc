#include "als/cholesky_row_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "als/exact_row_solver.h"
#include "als/fp32_half_step.h"
#include "base/seeded_random.h"
#include "tests/support/each_simd_target.h"
#include "tests/support/every_objective.h"
#include "tests/support/random_interactions.h"
#include "tests/support/rated_rows.h"

namespace punnet {
namespace {

using testing::HasSubstr;

Result<FactorMatrix> solve_all(const SparseRows& ratings, const FactorMatrix& fixed,
                               AlsConfig config, Solver solver) {
  config.solver = solver;
  const auto side = prepare_side(ratings, fixed.rows(), config);
  const auto solvers = solver == Solver::kCholesky ? cholesky_row_solvers(side, fixed, config)
                                                   : exact_row_solvers(side, fixed, config);
  FactorMatrix solved(ratings.rows(), fixed.rank());
  std::ranges::fill(solved.values(), 99.0F);
  PUNNET_CHECK(solvers()->solve(0, ratings.rows(), solved));
  return solved;
}

SparseRows random_rows(std::size_t columns, SeededRandom& random) {
  std::vector<RatedRow> rows;
  for (const std::size_t length : {1U, 0U, 2U, 5U, 31U, 40U, 0U,  130U, 300U, 700U, 3U, 4U,
                                   9U, 8U, 7U, 6U, 17U, 16U, 15U, 14U,  1U,   60U,  90U}) {
    rows.push_back(random_row(length, columns, random));
  }
  return sparse_rows(rows);
}

void expect_near(const FactorMatrix& actual, const FactorMatrix& expected, float tolerance) {
  for (std::size_t r = 0; r < expected.rows(); ++r) {
    float largest = 0;
    for (const float x : expected.row(r)) largest = std::max(largest, std::fabs(x));
    for (std::size_t i = 0; i < expected.row(r).size(); ++i) {
      ASSERT_NEAR(actual.row(r)[i], expected.row(r)[i], tolerance * largest)
          << "row " << r << ", factor " << i;
    }
  }
}

TEST(CholeskyRowSolver, AgreesWithTheExactSolver) {
  for (const int rank : {1,  2,  3,  4,  5,  7,  8,  9,  10, 12, 13,  16, 17,
                         24, 32, 33, 48, 63, 64, 65, 80, 96, 97, 128, 130}) {
    SeededRandom random(static_cast<std::uint64_t>(rank));
    const auto fixed = random_factors(150, rank, random.bits());
    const auto ratings = random_rows(150, random);
    for (auto config : every_objective()) {
      config.rank = rank;
      config.regularization = 0.5;
      config.alpha = 3;
      const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
      ASSERT_TRUE(expected);
      for_each_simd_target([&](std::int64_t) {
        const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
        ASSERT_TRUE(actual);
        SCOPED_TRACE(rank);
        expect_near(*actual, *expected, 2e-4F);
      });
    }
  }
}

TEST(CholeskyRowSolver, AgreesWithTheExactSolverInTheEigenbasis) {
  SeededRandom random(8);
  const int rank = 40;
  const auto fixed = random_factors(150, rank, 9);
  const auto ratings = mostly_short_rows(2000, 150, random);
  for (auto config : every_objective()) {
    if (config.feedback == Feedback::kExplicit) continue;
    config.rank = rank;
    config.regularization = 0.5;
    config.alpha = 3;
    const auto side = prepare_side(ratings, fixed.rows(), config);
    ASSERT_TRUE(Fp32HalfStep(side, fixed, config).basis);
    const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
    ASSERT_TRUE(expected);
    for_each_simd_target([&](std::int64_t) {
      const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
      ASSERT_TRUE(actual);
      expect_near(*actual, *expected, 2e-4F);
    });
  }
}

// Factors of which every 40th is enormous, and ratings that go with them.
struct Outliers {
  FactorMatrix fixed;
  SparseRows ratings;
};

Outliers outliers(int rank) {
  SeededRandom random(static_cast<std::uint64_t>(rank));
  Outliers made{.fixed = random_factors(200, rank, random.bits()),
                .ratings = random_rows(200, random)};
  const auto is_heavy = [](std::int32_t row) { return row % 40 == 3; };
  for (std::int32_t r = 0; r < 200; ++r) {
    if (!is_heavy(r)) continue;
    for (float& y : made.fixed.row(static_cast<std::size_t>(r))) y *= 5000;
  }
  for (std::size_t n = 0; n < made.ratings.columns.size(); ++n) {
    if (is_heavy(made.ratings.columns[n]))
      made.ratings.values[n] = static_cast<float>(4000 + random.below(3000));
  }
  return made;
}

TEST(CholeskyRowSolver, AgreesWithTheExactSolverBesideEnormousFactors) {
  for (const int rank : {1, 4, 9, 10, 12, 15, 16, 17, 64, 100}) {
    SCOPED_TRACE(rank);
    const auto made = outliers(rank);
    const auto& fixed = made.fixed;
    const auto& ratings = made.ratings;
    const AlsConfig config{.rank = rank, .regularization = 0.1};
    const auto side = prepare_side(ratings, fixed.rows(), config);
    EXPECT_EQ(Fp32HalfStep(side, fixed, config).heavy.rows().size(), 5);
    const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
    ASSERT_TRUE(expected);
    for_each_simd_target([&](std::int64_t) {
      const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
      ASSERT_TRUE(actual);
      expect_near(*actual, *expected, 5e-4F);
    });
  }
}

TEST(CholeskyRowSolver, TakesTheGreatestRank) {
  SeededRandom random(1);
  const auto fixed = random_factors(300, 1024, 2);
  const auto ratings =
      sparse_rows({random_row(20, 300, random), {}, random_row(1500, 300, random)});
  const AlsConfig config{.rank = 1024, .regularization = 1};
  const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
  ASSERT_TRUE(expected);
  for_each_simd_target([&](std::int64_t) {
    const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
    ASSERT_TRUE(actual);
    expect_near(*actual, *expected, 1e-3F);
  });
}

void expect_the_same_alone(const SparseRows& ratings, const FactorMatrix& fixed,
                           const AlsConfig& config) {
  SCOPED_TRACE(config.rank);
  const auto side = prepare_side(ratings, fixed.rows(), config);
  const auto solvers = cholesky_row_solvers(side, fixed, config);
  FactorMatrix together(ratings.rows(), config.rank);
  ASSERT_TRUE(solvers()->solve(0, ratings.rows(), together));
  FactorMatrix alone(ratings.rows(), config.rank);
  const auto solver = solvers();
  for (auto r = ratings.rows(); r-- > 0;) ASSERT_TRUE(solver->solve(r, r + 1, alone));
  EXPECT_EQ(alone, together);
}

TEST(CholeskyRowSolver, ARowComesOutTheSameWhateverIsSolvedBesideIt) {
  SeededRandom random(4);
  for (const int rank : {6, 40, 64, 100}) {
    const auto fixed = random_factors(70, rank, 5);
    const auto ratings = rank == 40 ? mostly_short_rows(1500, 70, random) : random_rows(70, random);
    const AlsConfig config{.rank = rank, .feedback = Feedback::kImplicit};
    expect_the_same_alone(ratings, fixed, config);
  }
  for (const int rank : {10, 100}) {
    const auto [fixed, ratings] = outliers(rank);
    expect_the_same_alone(ratings, fixed, {.rank = rank, .regularization = 0.1});
  }
}

TEST(CholeskyRowSolver, LeavesToTheExactSolverWhatFp32CannotSolve) {
  SeededRandom random(2);
  for (const int rank : {4, 100}) {
    const auto k = static_cast<std::size_t>(rank);
    const auto fixed = random_factors(2 * k, rank, 3);
    // Too few ratings for so many factors, and too many to turn the equation around.
    const auto ratings =
        sparse_rows({random_row(90 * k, 2 * k, random), random_row(k / 2, 2 * k, random),
                     random_row(k / 2 + 1, 2 * k, random)});
    const AlsConfig config{
        .rank = rank, .regularization = 1e-7, .scaling = RegularizationScaling::kUnscaled};
    const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
    ASSERT_TRUE(expected);
    for_each_simd_target([&](std::int64_t) {
      const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
      ASSERT_TRUE(actual);
      for (const std::size_t r : {1U, 2U}) {
        EXPECT_TRUE(std::ranges::equal(actual->row(r), expected->row(r))) << rank;
      }
    });
  }
}

TEST(CholeskyRowSolver, SolvesFewRatingsWithHardlyAnyRegularization) {
  SeededRandom random(2);
  const auto fixed = random_factors(90, 100, 3);
  const auto ratings = sparse_rows(
      {random_row(1, 90, random), random_row(7, 90, random), random_row(25, 90, random)});
  const AlsConfig config{.rank = 100, .regularization = 1e-5};
  const auto expected = solve_all(ratings, fixed, config, Solver::kExactCholesky);
  ASSERT_TRUE(expected);
  for_each_simd_target([&](std::int64_t) {
    const auto actual = solve_all(ratings, fixed, config, Solver::kCholesky);
    ASSERT_TRUE(actual);
    expect_near(*actual, *expected, 1e-4F);
  });
}

TEST(CholeskyRowSolver, NamesTheFirstRowWithoutAUniqueSolution) {
  SeededRandom random(2);
  const auto fixed = random_factors(9, 3, 3);
  const auto ratings =
      sparse_rows({random_row(9, 9, random), random_row(1, 9, random), random_row(2, 9, random)});
  for_each_simd_target([&](std::int64_t) {
    const auto solved =
        solve_all(ratings, fixed, {.rank = 3, .regularization = 0}, Solver::kCholesky);
    ASSERT_FALSE(solved);
    EXPECT_EQ(solved.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(solved.error().message, HasSubstr("row 1:"));
    EXPECT_THAT(solved.error().message, HasSubstr("regularization"));
  });
}

TEST(CholeskyRowSolver, RefusesFactorsThatDoNotFitInAFloat) {
  FactorMatrix fixed(1, 1);
  fixed.values()[0] = 1e-20F;
  const auto ratings = sparse_rows({{{0}, {1e30F}}});
  for_each_simd_target([&](std::int64_t) {
    const auto solved =
        solve_all(ratings, fixed, {.rank = 1, .regularization = 0}, Solver::kCholesky);
    ASSERT_FALSE(solved);
    EXPECT_THAT(solved.error().message, HasSubstr("float"));
  });
}

TEST(CholeskyRowSolver, SumsThatOverflowInFp32AreSolvedInFp64) {
  FactorMatrix fixed(1, 1);
  fixed.values()[0] = 1e25F;
  const auto ratings = sparse_rows({{{0}, {2e25F}}});
  const AlsConfig config{
      .rank = 1, .regularization = 0, .scaling = RegularizationScaling::kUnscaled};
  for_each_simd_target([&](std::int64_t) {
    const auto solved = solve_all(ratings, fixed, config, Solver::kCholesky);
    ASSERT_TRUE(solved);
    EXPECT_FLOAT_EQ(solved->values()[0], 2);
  });
}

}  // namespace
}  // namespace punnet
