#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "als/als_config.h"
#include "als/normal_equation.h"
#include "base/result.h"
#include "domain/factors.h"

namespace punnet {

/// What one user or item was rated: rows of the other side, and as many ratings. Repeated columns
/// are separate observations.
struct ObservedRow {
  std::span<const std::int32_t> columns;
  std::span<const float> ratings;
};

/// Scratch memory for solving rows of one rank, one thread at a time. Holds nothing between two
/// rows.
class RowWorkspace {
 public:
  explicit RowWorkspace(int rank);

 private:
  friend Status solve_row(const ObservedRow&, const FactorMatrix&, const SymmetricMatrix*,
                          const AlsConfig&, RowWorkspace&, std::span<float>);

  SymmetricMatrix A_;
  std::vector<double> b_;
  std::vector<double> packed_;    // factors of the rated rows, widened
  std::vector<double> weighted_;  // the same times their confidence
};

/// The factors x of one user or item that minimise the objective while the other side, Y, stays
/// fixed:
///
///   explicit   sum (x.y - r)^2 + lambda n |x|^2
///   implicit   sum over every y of c (x.y - p)^2 + lambda n |x|^2
///
/// with c and p of a pair as Feedback::kImplicit says and, for each pair without rating, c = 1 and
/// p = 0. `gramian` is Y^T Y, needed for implicit and ignored otherwise. Solved in fp64, rounded
/// once.
///
/// A row that wants nothing, because it has no rating (implicit: none above zero), gets zeros.
/// kInvalid when the equation has no unique solution or the solution does not fit in a float.
/// Requires finite ratings, columns within `fixed`, and `factors` of fixed.rank().
Status solve_row(const ObservedRow& row, const FactorMatrix& fixed, const SymmetricMatrix* gramian,
                 const AlsConfig& config, RowWorkspace& workspace, std::span<float> factors);

/// n above: what lambda is multiplied with for a row with these ratings.
double regularization_count(std::span<const float> ratings, const AlsConfig& config);

}  // namespace punnet
