#include "als/gramian.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

TEST(Gramian, EqualsTheNaiveSum) {
  for (const std::size_t rows : {0U, 1U, 31U, 32U, 33U, 256U, 257U, 5000U}) {
    const auto factors = random_factors(rows, 7, 1);
    const auto products = gramian(factors, 2);
    for (std::size_t i = 0; i < 7; ++i) {
      for (std::size_t j = i; j < 7; ++j) {
        double expected = 0;
        for (std::size_t n = 0; n < rows; ++n) {
          expected +=
              static_cast<double>(factors.row(n)[i]) * static_cast<double>(factors.row(n)[j]);
        }
        EXPECT_NEAR(products.at(i, j), expected, 1e-9) << rows << " rows";
      }
    }
  }
}

TEST(Gramian, IsTheSameForAnyNumberOfThreads) {
  const auto factors = random_factors(7000, 10, 2);
  const auto once = gramian(factors, 1);
  for (const int threads : {2, 3, 8}) {
    EXPECT_TRUE(std::ranges::equal(gramian(factors, threads).values(), once.values())) << threads;
  }
}

}  // namespace
}  // namespace punnet
