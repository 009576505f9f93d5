#pragma once

#include <span>
#include <vector>

#include "als/als_config.h"
#include "als/normal_equation.h"
#include "als/row_terms.h"
#include "domain/factors.h"

namespace punnet {

/// The equation A x = b of one user or item in fp64, and the memory to write it down. For one
/// thread at a time; holds nothing between two rows.
class RowEquation {
 public:
  explicit RowEquation(int rank);

  /// Writes down the equation whose solution minimises the objective while the other side, Y, stays
  /// fixed:
  ///
  ///   A = w Y^T Y + sum weight y y^T + lambda n I     b = sum target y
  ///
  /// with w = unobserved_weight(), lambda n by regularization_factor(), and the sums over the
  /// ratings of `row` in order. `gramian` is Y^T Y, needed for implicit and ignored otherwise.
  /// Requires columns within `fixed` and fixed.rank() as this was made for.
  void assemble(const ObservedRow& row, const FactorMatrix& fixed, const SymmetricMatrix* gramian,
                const AlsConfig& config);

  SymmetricMatrix& matrix() { return A_; }
  /// Padded with zeros to matrix().stride().
  std::span<double> b() { return b_; }

 private:
  SymmetricMatrix A_;
  std::vector<double> b_;
  std::vector<double> packed_;    // factors of the rated rows, widened
  std::vector<double> weighted_;  // the same times their weight
};

}  // namespace punnet
