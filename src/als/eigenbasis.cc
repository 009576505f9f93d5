#include "als/eigenbasis.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/eigenbasis.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <algorithm>
#include <cstddef>

#include "als/tile_product_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// kTileRows rows, each in its place; `product` has room for as many.
void multiply_tile_of_rows(float* rows, std::size_t rank, std::size_t stride, const float* axes,
                           float* product) {
  multiply(rows, axes, rank, stride, product);
  std::copy_n(product, kTileRows * stride, rows);
}

std::size_t rows_of_a_tile() { return kTileRows; }

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <Eigen/Eigenvalues>
#include <cmath>

#include "base/parallel_for.h"

namespace punnet {
namespace {

HWY_EXPORT(multiply_tile_of_rows);
HWY_EXPORT(rows_of_a_tile);

constexpr std::size_t kRowsPerTask = 1024;

}  // namespace

std::optional<Eigenbasis> find_eigenbasis(const AlignedBuffer<float>& gramian, int rank) {
  const auto stride = padded_rank(rank);
  const auto k = static_cast<std::size_t>(rank);
  Eigen::MatrixXd A(rank, rank);
  for (int i = 0; i < rank; ++i) {
    for (int j = 0; j < rank; ++j) {
      const float value =
          gramian[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)];
      if (!std::isfinite(value)) return std::nullopt;
      A(i, j) = static_cast<double>(value);
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(A);
  if (solver.info() != Eigen::Success) return std::nullopt;

  Eigenbasis basis{.axes = AlignedBuffer<float>(k * stride),
                   .transposed = AlignedBuffer<float>(k * stride),
                   .values = AlignedBuffer<float>(stride)};
  for (int i = 0; i < rank; ++i) {
    basis.values[static_cast<std::size_t>(i)] =
        static_cast<float>(std::max(0.0, solver.eigenvalues()(i)));
    for (int j = 0; j < rank; ++j) {
      const auto value = static_cast<float>(solver.eigenvectors()(i, j));
      basis.axes[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)] = value;
      basis.transposed[static_cast<std::size_t>(j) * stride + static_cast<std::size_t>(i)] = value;
    }
  }
  return basis;
}

void multiply_rows(float* rows, std::size_t count, int rank, const AlignedBuffer<float>& axes) {
  const auto k = static_cast<std::size_t>(rank);
  const auto stride = padded_rank(rank);
  const auto at_once = HWY_DYNAMIC_DISPATCH(rows_of_a_tile)();
  AlignedBuffer<float> product(at_once * stride);
  std::size_t r = 0;
  for (; r + at_once <= count; r += at_once) {
    HWY_DYNAMIC_DISPATCH(multiply_tile_of_rows)
    (rows + r * stride, k, stride, axes.data(), product.data());
  }
  if (r == count) return;
  AlignedBuffer<float> last(at_once * stride);
  std::copy_n(rows + r * stride, (count - r) * stride, last.data());
  HWY_DYNAMIC_DISPATCH(multiply_tile_of_rows)
  (last.data(), k, stride, axes.data(), product.data());
  std::copy_n(last.data(), (count - r) * stride, rows + r * stride);
}

void multiply_rows(FactorMatrix& factors, std::size_t begin, std::size_t end,
                   const AlignedBuffer<float>& axes) {
  const auto stride = padded_rank(factors.rank());
  const auto at_once = HWY_DYNAMIC_DISPATCH(rows_of_a_tile)();
  AlignedBuffer<float> tile(at_once * stride);
  AlignedBuffer<float> product(at_once * stride);
  for (auto first = begin; first < end; first += at_once) {
    const auto count = std::min(at_once, end - first);
    for (std::size_t r = 0; r < count; ++r) {
      std::ranges::copy(factors.row(first + r), tile.data() + r * stride);
    }
    HWY_DYNAMIC_DISPATCH(multiply_tile_of_rows)
    (tile.data(), static_cast<std::size_t>(factors.rank()), stride, axes.data(), product.data());
    for (std::size_t r = 0; r < count; ++r) {
      std::copy_n(tile.data() + r * stride, factors.row(first + r).size(),
                  factors.row(first + r).data());
    }
  }
}

void multiply_rows(PaddedFactors& factors, int rank, const AlignedBuffer<float>& axes,
                   int threads) {
  parallel_for((factors.rows() + kRowsPerTask - 1) / kRowsPerTask, threads, [&](std::size_t task) {
    const auto begin = task * kRowsPerTask;
    const auto end = std::min(factors.rows(), begin + kRowsPerTask);
    multiply_rows(factors.row(begin), end - begin, rank, axes);
  });
}

}  // namespace punnet

#endif  // HWY_ONCE
