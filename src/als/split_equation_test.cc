#include "als/split_equation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "base/seeded_random.h"

namespace punnet {
namespace {

struct Term {
  std::vector<float> y;
  double scale = 1;
  double target = 0;
};

Term random_term(std::size_t rank, double size, SeededRandom& random) {
  Term term{.y = {}, .scale = 0.5 + random.uniform(), .target = size * random.normal()};
  for (std::size_t i = 0; i < rank; ++i)
    term.y.push_back(static_cast<float>(size * random.normal()));
  return term;
}

// The equation that terms add up to, in fp64.
struct Sums {
  explicit Sums(std::size_t rank) : A(rank * rank), b(rank) {}

  void add(const Term& term) {
    const auto rank = b.size();
    for (std::size_t i = 0; i < rank; ++i) {
      const double z = term.scale * static_cast<double>(term.y[i]);
      for (std::size_t j = 0; j < rank; ++j) {
        A[i * rank + j] += z * term.scale * static_cast<double>(term.y[j]);
      }
      b[i] += term.target * z;
    }
  }

  std::vector<double> A;
  std::vector<double> b;
};

TEST(SplitEquation, HasTheSolutionOfAllTerms) {
  SeededRandom random(1);
  for (const std::size_t rank : {1U, 2U, 5U, 10U, 33U}) {
    Sums all(rank);
    for (std::size_t n = 0; n < 3 * rank; ++n) all.add(random_term(rank, 1, random));
    for (std::size_t i = 0; i < rank; ++i) all.A[i * rank + i] += 0.5;
    const std::vector<float> A(all.A.begin(), all.A.end());
    const std::vector<float> b(all.b.begin(), all.b.end());
    SplitEquation equation(static_cast<int>(rank));
    equation.begin(A.data(), rank, 1, b.data());
    for (int n = 0; n < 3; ++n) {
      const auto heavy = random_term(rank, 1e4, random);
      all.add(heavy);
      equation.add(heavy.y, heavy.scale, heavy.target);
    }
    std::vector<float> x(rank);
    ASSERT_TRUE(equation.solve(x)) << rank;
    // What is left of b, in the measure of what fp32 rounded.
    for (std::size_t i = 0; i < rank; ++i) {
      double left = all.b[i];
      double size = std::fabs(all.b[i]);
      for (std::size_t j = 0; j < rank; ++j) {
        left -= all.A[i * rank + j] * static_cast<double>(x[j]);
        size += std::fabs(all.A[i * rank + j] * static_cast<double>(x[j]));
      }
      EXPECT_NEAR(left / size, 0, 1e-6) << rank;
    }
  }
}

TEST(SplitEquation, TakesEitherTriangle) {
  SeededRandom random(2);
  constexpr std::size_t kRank = 7;
  Sums sums(kRank);
  for (int n = 0; n < 20; ++n) sums.add(random_term(kRank, 1, random));
  std::vector<float> upper(kRank * kRank, -1e9F);
  std::vector<float> lower = upper;
  for (std::size_t i = 0; i < kRank; ++i) {
    for (auto j = i; j < kRank; ++j) {
      upper[i * kRank + j] = lower[j * kRank + i] = static_cast<float>(sums.A[i * kRank + j]);
    }
  }
  const std::vector<float> b(sums.b.begin(), sums.b.end());
  std::vector<float> of_upper(kRank);
  std::vector<float> of_lower(kRank);
  SplitEquation equation(kRank);
  equation.begin(upper.data(), kRank, 1, b.data());
  ASSERT_TRUE(equation.solve(of_upper));
  equation.begin(lower.data(), 1, kRank, b.data());
  ASSERT_TRUE(equation.solve(of_lower));
  EXPECT_EQ(of_upper, of_lower);
}

TEST(SplitEquation, IsRefusedWhereRoundingDecides) {
  // Light terms along one direction only, which leaves nothing but their rounding for the other.
  SeededRandom random(3);
  int refused = 0;
  for (int trial = 0; trial < 50; ++trial) {
    const auto term = random_term(3, 1, random);
    Sums sums(3);
    for (int n = 0; n < 9; ++n) sums.add(term);
    const std::vector<float> A(sums.A.begin(), sums.A.end());
    const std::vector<float> b(sums.b.begin(), sums.b.end());
    SplitEquation equation(3);
    equation.begin(A.data(), 3, 1, b.data());
    const auto heavy = random_term(3, 1e4, random);
    equation.add(heavy.y, heavy.scale, heavy.target);
    std::vector<float> x(3);
    if (!equation.solve(x)) ++refused;
  }
  EXPECT_EQ(refused, 50);
}

TEST(SplitEquation, IsRefusedWhereXDoesNotFitInAFloat) {
  const std::vector<float> A{1e-30F};
  const std::vector<float> b{1e20F};
  std::vector<float> x(1);
  SplitEquation equation(1);
  equation.begin(A.data(), 1, 1, b.data());
  EXPECT_FALSE(equation.solve(x));
}

}  // namespace
}  // namespace punnet
