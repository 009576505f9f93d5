#include "als/eigenbasis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "als/padded_gramian.h"
#include "tests/support/each_simd_target.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

TEST(Eigenbasis, MakesTheGramianDiagonal) {
  for (const int rank : {1, 2, 7, 16, 17, 64, 100}) {
    const auto given = random_factors(150, rank, 3);
    for_each_simd_target([&](std::int64_t) {
      PaddedFactors rows(given, 1);
      const auto basis = find_eigenbasis(padded_gramian(rows, rank, 0.5, 1), rank);
      ASSERT_TRUE(basis);
      multiply_rows(rows, rank, basis->axes, 1);
      const auto turned = padded_gramian(rows, rank, 0.5, 1);
      float largest = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i)
        largest = std::max(largest, basis->values[i]);
      for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
        for (std::size_t j = 0; j < static_cast<std::size_t>(rank); ++j) {
          ASSERT_NEAR(turned[i * rows.stride() + j], i == j ? basis->values[i] : 0, 1e-5F * largest)
              << "rank " << rank << ", element " << i << ", " << j;
        }
      }
    });
  }
}

TEST(Eigenbasis, GivesBackTheRowsThatItTurned) {
  for (const int rank : {1, 3, 16, 65}) {
    const auto given = random_factors(2 * 1024 + 13, rank, 5);
    const PaddedFactors padded(given, 1);
    const auto basis = find_eigenbasis(padded_gramian(padded, rank, 1, 1), rank);
    ASSERT_TRUE(basis);
    for_each_simd_target([&](std::int64_t) {
      auto rows = given;
      multiply_rows(rows, 0, rows.rows(), basis->axes);
      multiply_rows(rows, 0, rows.rows(), basis->transposed);
      for (std::size_t n = 0; n < rows.values().size(); ++n) {
        ASSERT_NEAR(rows.values()[n], given.values()[n], 1e-5F) << "rank " << rank;
      }
    });
  }
}

TEST(Eigenbasis, TurnsARowTheSameInEveryPlaceAndByAnyNumberOfThreads) {
  const int rank = 20;
  const auto given = random_factors(3000, rank, 7);
  PaddedFactors once(given, 1);
  const auto basis = find_eigenbasis(padded_gramian(once, rank, 1, 1), rank);
  ASSERT_TRUE(basis);
  multiply_rows(once, rank, basis->axes, 1);
  PaddedFactors again(given, 1);
  multiply_rows(again, rank, basis->axes, 3);
  auto alone = given;
  for (std::size_t r = 0; r < alone.rows(); ++r) multiply_rows(alone, r, r + 1, basis->axes);
  for (std::size_t r = 0; r < given.rows(); ++r) {
    for (std::size_t j = 0; j < 20; ++j) {
      ASSERT_EQ(again.row(r)[j], once.row(r)[j]) << r;
      ASSERT_EQ(alone.row(r)[j], once.row(r)[j]) << r;
    }
  }
}

TEST(Eigenbasis, HasNoValueBelowZero) {
  // Two factors that are the same leave nothing for one axis but rounding.
  FactorMatrix rows(40, 2);
  for (std::size_t r = 0; r < 40; ++r)
    rows.row(r)[0] = rows.row(r)[1] = 0.1F * static_cast<float>(r);
  const PaddedFactors padded(rows, 1);
  const auto basis = find_eigenbasis(padded_gramian(padded, 2, 1, 1), 2);
  ASSERT_TRUE(basis);
  EXPECT_GE(basis->values[0], 0);
  EXPECT_GE(basis->values[1], 0);
}

TEST(Eigenbasis, IsAbsentWhereValuesAreNotFinite) {
  AlignedBuffer<float> gramian(std::size_t{16} * 16);
  gramian[0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(find_eigenbasis(gramian, 2));
}

}  // namespace
}  // namespace punnet
