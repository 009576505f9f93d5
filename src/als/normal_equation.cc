#include "als/normal_equation.h"

#include <cmath>
#include <limits>

#include "base/target_clones.h"

namespace punnet {
namespace {

// Loops over a row start at the lane block that holds the diagonal and run to the padded end, so
// that they are whole vectors. `ivdep`: two rows never overlap, which the compiler cannot see.
constexpr std::size_t kLanes = 4;
constexpr std::size_t kRowsAtOnce = 4;

constexpr std::size_t lane_block(std::size_t i) { return i / kLanes * kLanes; }

PUNNET_TARGET_CLONES
void add_outer_products_kernel(double* __restrict A, const double* __restrict left,
                               const double* __restrict right, std::size_t rank, std::size_t stride,
                               std::size_t count) {
  std::size_t n = 0;
  for (; n + kRowsAtOnce <= count; n += kRowsAtOnce) {
    const double* l = left + n * stride;
    const double* r0 = right + n * stride;
    const double* r1 = r0 + stride;
    const double* r2 = r1 + stride;
    const double* r3 = r2 + stride;
    for (std::size_t i = 0; i < rank; ++i) {
      const double l0 = l[i];
      const double l1 = l[stride + i];
      const double l2 = l[2 * stride + i];
      const double l3 = l[3 * stride + i];
      double* a = A + i * stride;
#pragma GCC ivdep
      for (std::size_t j = lane_block(i); j < stride; ++j) {
        a[j] = (((a[j] + l0 * r0[j]) + l1 * r1[j]) + l2 * r2[j]) + l3 * r3[j];
      }
    }
  }
  for (; n < count; ++n) {
    const double* l = left + n * stride;
    const double* r = right + n * stride;
    for (std::size_t i = 0; i < rank; ++i) {
      double* a = A + i * stride;
#pragma GCC ivdep
      for (std::size_t j = lane_block(i); j < stride; ++j) {
        a[j] += l[i] * r[j];
      }
    }
  }
}

// A = U^T U, row by row: U_ij = (A_ij - sum_{p<i} U_pi U_pj) / U_ii. The diagonal is left as 1 /
// U_ii.
PUNNET_TARGET_CLONES
bool factorize_kernel(double* A, std::size_t rank, std::size_t stride) {
  const double tolerance = 64 * static_cast<double>(rank) * std::numeric_limits<double>::epsilon();
  for (std::size_t i = 0; i < rank; ++i) {
    double* __restrict u = A + i * stride;
    const double diagonal = u[i];
    std::size_t p = 0;
    for (; p + kRowsAtOnce <= i; p += kRowsAtOnce) {
      const double* u0 = A + p * stride;
      const double* u1 = u0 + stride;
      const double* u2 = u1 + stride;
      const double* u3 = u2 + stride;
      const double c0 = u0[i];
      const double c1 = u1[i];
      const double c2 = u2[i];
      const double c3 = u3[i];
#pragma GCC ivdep
      for (std::size_t j = lane_block(i); j < stride; ++j) {
        u[j] = (((u[j] - c0 * u0[j]) - c1 * u1[j]) - c2 * u2[j]) - c3 * u3[j];
      }
    }
    for (; p < i; ++p) {
      const double* above = A + p * stride;
      const double c = above[i];
#pragma GCC ivdep
      for (std::size_t j = lane_block(i); j < stride; ++j) {
        u[j] -= c * above[j];
      }
    }
    // Of a dependent direction rounding noise is left, not zero. Written so that NaN fails too.
    if (!(u[i] > tolerance * diagonal) || !std::isfinite(u[i])) return false;
    const double inverse = 1 / std::sqrt(u[i]);
    for (std::size_t j = i + 1; j < stride; ++j) u[j] *= inverse;
    u[i] = inverse;
  }
  return true;
}

PUNNET_TARGET_CLONES
void substitute_kernel(const double* __restrict U, double* __restrict b, std::size_t rank,
                       std::size_t stride) {
  // U^T z = b
  for (std::size_t i = 0; i < rank; ++i) {
    const double* u = U + i * stride;
    const double z = b[i] * u[i];
    b[i] = z;
    for (std::size_t j = i + 1; j < rank; ++j) b[j] -= u[j] * z;
  }
  // U x = z
  for (std::size_t i = rank; i-- > 0;) {
    const double* u = U + i * stride;
    const std::size_t whole = lane_block(i) + kLanes;
    double sums[kLanes] = {};
    for (std::size_t block = whole; block < stride; block += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sums[lane] += u[block + lane] * b[block + lane];
      }
    }
    double known = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (std::size_t j = i + 1; j < whole; ++j) known += u[j] * b[j];
    b[i] = (b[i] - known) * u[i];
  }
}

}  // namespace

std::size_t padded_stride(int rank) {
  return (static_cast<std::size_t>(rank) + kLanes - 1) / kLanes * kLanes;
}

SymmetricMatrix::SymmetricMatrix(int rank)
    : rank_(rank),
      stride_(padded_stride(rank)),
      values_(static_cast<std::size_t>(rank) * stride_) {}

void SymmetricMatrix::add_to_diagonal(double value) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(rank_); ++i) {
    values_[i * stride_ + i] += value;
  }
}

void add_outer_products(SymmetricMatrix& A, const double* left, const double* right,
                        std::size_t count) {
  add_outer_products_kernel(A.values().data(), left, right, static_cast<std::size_t>(A.rank()),
                            A.stride(), count);
}

bool solve_in_place(SymmetricMatrix& A, std::span<double> b) {
  const auto rank = static_cast<std::size_t>(A.rank());
  if (!factorize_kernel(A.values().data(), rank, A.stride())) return false;
  substitute_kernel(A.values().data(), b.data(), rank, A.stride());
  return true;
}

}  // namespace punnet
