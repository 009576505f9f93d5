#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace punnet {

/// A symmetric matrix in fp64 of which the upper triangle is kept, row-major, rows padded to whole
/// lanes. Entries left of the diagonal, and in the padding, are scratch: never read them.
class SymmetricMatrix {
 public:
  /// All zeros. Requires rank >= 1.
  explicit SymmetricMatrix(int rank);

  int rank() const { return rank_; }
  std::size_t stride() const { return stride_; }
  double at(std::size_t i, std::size_t j) const { return values_[i * stride_ + j]; }
  void add_to_diagonal(double value);

  std::span<double> values() { return values_; }
  std::span<const double> values() const { return values_; }

 private:
  int rank_;
  std::size_t stride_;
  std::vector<double> values_;
};

/// Doubles from one padded row of `rank` values to the next.
std::size_t padded_stride(int rank);

/// A_ij += sum_n left_ni right_nj for i <= j, term after term in order of n.
/// `left` and `right` hold `count` rows of A.stride() doubles; padding must be zero.
void add_outer_products(SymmetricMatrix& A, const double* left, const double* right,
                        std::size_t count);

/// Solves A x = b by Cholesky (A = U^T U): `b` becomes x, A becomes U with 1 / U_ii for its
/// diagonal. False, with `b` and A undefined, when A is not positive definite to working precision.
/// `b` holds A.stride() doubles; padding must be zero.
[[nodiscard]] bool solve_in_place(SymmetricMatrix& A, std::span<double> b);

}  // namespace punnet
