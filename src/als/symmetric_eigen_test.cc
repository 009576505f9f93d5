#include "als/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/seeded_random.h"
#include "tests/support/each_simd_target.h"

namespace punnet {
namespace {

using Matrix = std::vector<double>;

Matrix random_symmetric(std::size_t size, std::uint64_t seed) {
  SeededRandom random(seed);
  Matrix A(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (auto j = i; j < size; ++j) A[i * size + j] = A[j * size + i] = random.normal();
  }
  return A;
}

// Sums of products of fewer rows than columns: most values are zero.
Matrix of_low_rank(std::size_t size, std::size_t rows, std::uint64_t seed) {
  SeededRandom random(seed);
  Matrix A(size * size);
  for (std::size_t n = 0; n < rows; ++n) {
    std::vector<double> x(size);
    for (double& value : x) value = random.normal();
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) A[i * size + j] += x[i] * x[j];
    }
  }
  return A;
}

Matrix diagonal(const std::vector<double>& values) {
  Matrix A(values.size() * values.size());
  for (std::size_t i = 0; i < values.size(); ++i) A[i * values.size() + i] = values[i];
  return A;
}

std::vector<double> values_by_eigen(const Matrix& A, std::size_t size) {
  Eigen::MatrixXd M(size, size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      M(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = A[i * size + j];
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(M);
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

void expect_decomposed(const Matrix& A, std::size_t size) {
  SCOPED_TRACE(size);
  auto expected = values_by_eigen(A, size);
  for_each_simd_target([&](std::int64_t) {
    const auto found = find_symmetric_eigen(A, size, 1);
    ASSERT_TRUE(found);
    double largest = 1e-300;
    for (const double value : expected) largest = std::max(largest, std::fabs(value));
    auto values = found->values;
    std::ranges::sort(values);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_NEAR(values[i], expected[i], 1e-12 * largest) << "value " << i;
    }
    const auto& V = found->vectors;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        double product = 0;
        double back = 0;
        for (std::size_t n = 0; n < size; ++n) {
          product += V[n * size + i] * V[n * size + j];
          back += V[i * size + n] * found->values[n] * V[j * size + n];
        }
        ASSERT_NEAR(product, i == j ? 1 : 0, 1e-12) << "columns " << i << " and " << j;
        ASSERT_NEAR(back, A[i * size + j], 1e-12 * largest) << "element " << i << ", " << j;
      }
    }
  });
}

TEST(SymmetricEigen, HasTheValuesThatEigenFindsAndTheirVectors) {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 16U, 17U, 31U, 33U, 64U, 100U}) {
    expect_decomposed(random_symmetric(size, size), size);
  }
}

TEST(SymmetricEigen, TakesMatricesOfAnyShape) {
  expect_decomposed(Matrix(49), 7);
  expect_decomposed(Matrix(49, 1.0), 7);
  expect_decomposed(diagonal({3, 3, 3, 3, 3}), 5);
  expect_decomposed(diagonal({1, -2, 3, 0, 1e-9}), 5);
  expect_decomposed(of_low_rank(40, 3, 1), 40);
  expect_decomposed(of_low_rank(33, 200, 2), 33);
  auto tiny = random_symmetric(12, 3);
  for (double& value : tiny) value *= 1e-40;
  expect_decomposed(tiny, 12);
  auto blocks = random_symmetric(20, 4);
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 20; ++j) blocks[i * 20 + j] *= (i < 9) == (j < 9) ? 1 : 0;
  }
  expect_decomposed(blocks, 20);
}

TEST(SymmetricEigen, IsTheSameForAnyNumberOfThreads) {
  for (const std::size_t size : {5U, 70U}) {
    const auto A = random_symmetric(size, 5);
    const auto once = find_symmetric_eigen(A, size, 1);
    ASSERT_TRUE(once);
    for (const int threads : {2, 3, 8}) {
      const auto again = find_symmetric_eigen(A, size, threads);
      ASSERT_TRUE(again);
      EXPECT_EQ(again->values, once->values);
      EXPECT_EQ(again->vectors, once->vectors);
    }
  }
}

}  // namespace
}  // namespace punnet
