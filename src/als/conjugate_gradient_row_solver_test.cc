#include "als/conjugate_gradient_row_solver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "als/exact_row_solver.h"
#include "als/fp32_half_step.h"
#include "als/gramian.h"
#include "als/row_equation.h"
#include "base/seeded_random.h"
#include "tests/support/each_simd_target.h"
#include "tests/support/every_objective.h"
#include "tests/support/random_interactions.h"
#include "tests/support/rated_rows.h"

namespace punnet {
namespace {

SparseRows random_rows(std::size_t columns, SeededRandom& random) {
  std::vector<RatedRow> rows;
  for (const std::size_t length : {1U, 0U, 2U, 5U, 31U, 40U, 0U,  130U, 300U, 3000U, 700U, 3U,
                                   4U, 9U, 8U, 7U, 6U,  17U, 16U, 15U,  14U,  1U,    60U,  90U}) {
    rows.push_back(random_row(length, columns, random));
  }
  return sparse_rows(rows);
}

FactorMatrix solve_all(const SparseRows& ratings, const FactorMatrix& fixed,
                       const FactorMatrix* start, AlsConfig config, int steps) {
  config.solver = Solver::kConjugateGradient;
  config.cg_steps = steps;
  const auto side = prepare_side(ratings, fixed.rows(), config);
  FactorMatrix solved(ratings.rows(), fixed.rank());
  std::ranges::fill(solved.values(), 99.0F);
  const auto solvers = conjugate_gradient_row_solvers(side, fixed, start, config);
  EXPECT_TRUE(solvers()->solve(0, ratings.rows(), solved));
  return solved;
}

// The textbook's steps in fp64, on the equation written out.
std::vector<double> textbook(const ObservedRow& row, const FactorMatrix& fixed,
                             std::span<const float> start, const AlsConfig& config, int steps) {
  const auto k = static_cast<std::size_t>(fixed.rank());
  std::vector<double> x(start.begin(), start.end());
  if (wants_nothing(row.ratings, config)) return std::vector<double>(k);
  const auto products = gramian(fixed, 1);
  RowEquation equation(fixed.rank());
  equation.assemble(row, fixed, &products, config);
  const auto multiply = [&](const std::vector<double>& v) {
    std::vector<double> product(k);
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; j < k; ++j) {
        product[i] += equation.matrix().at(std::min(i, j), std::max(i, j)) * v[j];
      }
    }
    return product;
  };
  const auto dot = [&](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i) sum += a[i] * b[i];
    return sum;
  };
  std::vector<double> residual(k);
  const auto explained = multiply(x);
  for (std::size_t i = 0; i < k; ++i) residual[i] = equation.b()[i] - explained[i];
  auto direction = residual;
  for (int step = 0; step < steps && dot(residual, residual) > 1e-20; ++step) {
    const auto product = multiply(direction);
    const double before = dot(residual, residual);
    const double length = before / dot(direction, product);
    for (std::size_t i = 0; i < k; ++i) {
      x[i] += length * direction[i];
      residual[i] -= length * product[i];
    }
    const double ratio = dot(residual, residual) / before;
    for (std::size_t i = 0; i < k; ++i) direction[i] = residual[i] + ratio * direction[i];
  }
  return x;
}

TEST(ConjugateGradientRowSolver, TakesTheStepsOfTheTextbook) {
  for (const int rank : {1, 3, 8, 10, 16, 17, 33, 64, 96, 128, 144}) {
    SeededRandom random(static_cast<std::uint64_t>(rank));
    const auto fixed = random_factors(150, rank, random.bits());
    const auto ratings = random_rows(150, random);
    const auto start = random_factors(ratings.rows(), rank, random.bits());
    for (auto config : every_objective()) {
      config.regularization = 0.5;
      config.alpha = 3;
      for_each_simd_target([&](std::int64_t) {
        const auto solved = solve_all(ratings, fixed, &start, config, 3);
        for (std::size_t r = 0; r < ratings.rows(); ++r) {
          const auto expected = textbook({ratings.row_columns(r), ratings.row_values(r)}, fixed,
                                         start.row(r), config, 3);
          double largest = 0.1;
          for (const double x : expected) largest = std::max(largest, std::fabs(x));
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(solved.row(r)[i], expected[i], 2e-3 * largest)
                << "rank " << rank << ", row " << r << ", factor " << i;
          }
        }
      });
    }
  }
}

TEST(ConjugateGradientRowSolver, AsManyStepsAsFactorsSolveTheEquation) {
  SeededRandom random(3);
  const auto fixed = random_factors(100, 12, 1);
  const auto ratings = random_rows(100, random);
  const AlsConfig config{.rank = 12, .regularization = 0.5, .feedback = Feedback::kImplicit};
  const auto side = prepare_side(ratings, fixed.rows(), config);
  FactorMatrix expected(ratings.rows(), 12);
  ASSERT_TRUE(exact_row_solvers(side, fixed, config)()->solve(0, ratings.rows(), expected));
  for_each_simd_target([&](std::int64_t) {
    const auto solved = solve_all(ratings, fixed, nullptr, config, 15);
    for (std::size_t n = 0; n < expected.values().size(); ++n) {
      ASSERT_NEAR(solved.values()[n], expected.values()[n], 1e-4);
    }
  });
}

TEST(ConjugateGradientRowSolver, SolvesTheEquationInTheEigenbasisToo) {
  SeededRandom random(8);
  const int rank = 40;
  const auto fixed = random_factors(150, rank, 9);
  const auto ratings = mostly_short_rows(2500, 150, random);
  const auto start = random_factors(ratings.rows(), rank, 6);
  for (auto config : every_objective()) {
    if (config.feedback == Feedback::kExplicit) continue;
    config.rank = rank;
    config.regularization = 0.5;
    config.alpha = 3;
    config.solver = Solver::kConjugateGradient;
    const auto side = prepare_side(ratings, fixed.rows(), config);
    ASSERT_TRUE(Fp32HalfStep(side, fixed, config).basis);
    FactorMatrix expected(ratings.rows(), rank);
    ASSERT_TRUE(exact_row_solvers(side, fixed, config)()->solve(0, ratings.rows(), expected));
    for_each_simd_target([&](std::int64_t) {
      const auto solved = solve_all(ratings, fixed, &start, config, 60);
      for (std::size_t n = 0; n < expected.values().size(); ++n) {
        ASSERT_NEAR(solved.values()[n], expected.values()[n], 1e-3) << n;
      }
    });
  }
}

TEST(ConjugateGradientRowSolver, SolvesRowsOfFewTermsAtOnce) {
  SeededRandom random(8);
  const auto fixed = random_factors(150, 64, 9);
  const auto ratings = sparse_rows({random_row(8, 150, random), random_row(3, 150, random)});
  const AlsConfig config{.rank = 64, .regularization = 0.5};
  const auto side = prepare_side(ratings, fixed.rows(), config);
  FactorMatrix expected(ratings.rows(), 64);
  ASSERT_TRUE(exact_row_solvers(side, fixed, config)()->solve(0, ratings.rows(), expected));
  for_each_simd_target([&](std::int64_t) {
    const auto solved = solve_all(ratings, fixed, nullptr, config, 1);
    for (std::size_t n = 0; n < expected.values().size(); ++n) {
      ASSERT_NEAR(solved.values()[n], expected.values()[n], 1e-5) << n;
    }
  });
}

TEST(ConjugateGradientRowSolver, ARowComesOutTheSameWhateverIsSolvedBesideIt) {
  SeededRandom random(4);
  for (const int rank : {6, 40, 64, 144}) {
    const auto fixed = random_factors(70, rank, 5);
    const auto ratings = rank == 40 ? mostly_short_rows(2000, 70, random) : random_rows(70, random);
    const auto start = random_factors(ratings.rows(), rank, 6);
    const AlsConfig config{
        .rank = rank, .feedback = Feedback::kImplicit, .solver = Solver::kConjugateGradient};
    const auto side = prepare_side(ratings, 70, config);
    const auto solvers = conjugate_gradient_row_solvers(side, fixed, &start, config);
    FactorMatrix together(ratings.rows(), rank);
    ASSERT_TRUE(solvers()->solve(0, ratings.rows(), together));
    FactorMatrix alone(ratings.rows(), rank);
    const auto solver = solvers();
    for (auto r = ratings.rows(); r-- > 0;) ASSERT_TRUE(solver->solve(r, r + 1, alone));
    EXPECT_EQ(alone, together) << rank;
  }
}

TEST(ConjugateGradientRowSolver, LeavesToTheExactSolverWhatOverflows) {
  FactorMatrix fixed(1, 1);
  fixed.values()[0] = 1e25F;
  const auto ratings = sparse_rows({{{0}, {2e25F}}});
  for_each_simd_target([&](std::int64_t) {
    const auto solved = solve_all(ratings, fixed, nullptr, {.rank = 1, .regularization = 0}, 3);
    EXPECT_FLOAT_EQ(solved.values()[0], 2);
  });
}

}  // namespace
}  // namespace punnet
