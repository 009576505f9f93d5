#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace punnet {

/// A = V diag(values) V^T with V orthogonal.
struct SymmetricEigen {
  std::vector<double> values;   ///< in no order
  std::vector<double> vectors;  ///< V, row-major
};

/// Of the symmetric matrix whose `size` times `size` elements, row-major, are finite. Right to
/// rounding of the largest value. Absent when it is not found, which rounding alone can cause.
///
/// Householder's reflections to tridiagonal form and QL by implicit shifts; the rows of V are
/// worked out by up to `threads` threads. The same for any number of them.
std::optional<SymmetricEigen> find_symmetric_eigen(const std::vector<double>& matrix,
                                                   std::size_t size, int threads);

}  // namespace punnet
