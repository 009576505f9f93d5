#pragma once

#include <cstddef>
#include <vector>

#include "als/als_config.h"
#include "als/least_squares_rows.h"
#include "domain/interactions.h"

namespace punnet {

/// The ratings of one side, users or items, made ready once for many half-steps. Refers to the
/// ratings, which must outlive it.
struct AlsSide {
  const SparseRows* ratings = nullptr;
  std::size_t fixed_rows = 0;        ///< of the other side
  LeastSquaresRows least_squares;    ///< for the solvers that work in fp32; empty for the others
  std::vector<std::size_t> borders;  ///< rows [borders[n], borders[n + 1]) are one piece of work
};

/// `ratings` has columns below `fixed_rows`. The pieces depend on ratings and rank alone.
AlsSide prepare_side(const SparseRows& ratings, std::size_t fixed_rows, const AlsConfig& config);

}  // namespace punnet
