#include "als/padded_gramian.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "als/gramian.h"
#include "tests/support/each_simd_target.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

TEST(PaddedGramian, IsTheGramianInFp32) {
  for (const int rank : {1, 7, 16, 40, 130}) {
    for (const std::size_t rows : {0U, 1U, 255U, 257U, 6000U}) {
      const auto factors = random_factors(rows, rank, 1);
      const auto expected = gramian(factors, 1);
      for_each_simd_target([&](std::int64_t) {
        const PaddedFactors padded(factors, 2);
        const auto products = padded_gramian(padded, rank, 0.5, 2);
        const auto k = static_cast<std::size_t>(rank);
        for (std::size_t i = 0; i < padded.stride(); ++i) {
          for (std::size_t j = 0; j < padded.stride(); ++j) {
            const float actual = products[i * padded.stride() + j];
            const bool padding = i >= k || j >= k;
            ASSERT_NEAR(actual, padding ? 0 : 0.5 * expected.at(std::min(i, j), std::max(i, j)),
                        1e-5 * static_cast<double>(rows))
                << rank << ", " << rows;
          }
        }
      });
    }
  }
}

TEST(PaddedGramian, IsTheSameForAnyNumberOfThreads) {
  const PaddedFactors factors(random_factors(9000, 20, 3), 1);
  const auto once = padded_gramian(factors, 20, 1, 1);
  for (const int threads : {2, 3, 8}) {
    const auto again = padded_gramian(factors, 20, 1, threads);
    EXPECT_TRUE(std::equal(once.data(), once.data() + once.size(), again.data())) << threads;
  }
}

}  // namespace
}  // namespace punnet
