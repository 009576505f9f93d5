#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "als/als_config.h"
#include "domain/interactions.h"

namespace punnet {

/// Ratings as the fp32 solvers take them: row x of the side is to minimise
///
///   sum (scale y.x - target)^2 + w x^T Y^T Y x + lambda |x|^2
///
/// over its terms, with w = unobserved_weight(). Ratings of the same pair are one term, which is
/// exact: they add their weights and what they want. A row without terms gets zeros.
struct LeastSquaresRows {
  std::vector<std::int64_t> offsets{0};  ///< rows + 1 values, ascending
  std::vector<std::int32_t> columns;     ///< one per term: y
  std::vector<float> scales;             ///< one per term, or none: all are one
  std::vector<float> targets;            ///< one per term
  std::vector<float> lambdas;            ///< one per row

  std::size_t rows() const { return lambdas.size(); }
};

/// `ratings` has columns below `fixed_rows`.
LeastSquaresRows make_least_squares_rows(const SparseRows& ratings, std::size_t fixed_rows,
                                         const AlsConfig& config);

}  // namespace punnet
