#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "als/aligned_buffer.h"
#include "als/als_config.h"
#include "als/als_side.h"
#include "als/exact_row_solver.h"
#include "als/least_squares_rows.h"
#include "als/padded_factors.h"
#include "als/padded_gramian.h"
#include "als/row_solver.h"
#include "als/row_terms.h"
#include "domain/factors.h"

namespace punnet {

/// What the fp32 solvers of one half-step share. Refers to `side`, `given_fixed` and
/// `given_config`.
class Fp32HalfStep {
 public:
  Fp32HalfStep(const AlsSide& given_side, const FactorMatrix& given_fixed,
               const AlsConfig& given_config)
      : side(given_side),
        rows(given_side.least_squares),
        rank(static_cast<std::size_t>(given_fixed.rank())),
        fixed(given_fixed, given_config.threads),
        original_fixed_(given_fixed),
        config_(given_config) {
    const double w = unobserved_weight(config_);
    if (w > 0) gramian = padded_gramian(fixed, given_fixed.rank(), w, config_.threads);
  }

  /// A solver for rows that fp32 cannot solve. Safe to call from many threads.
  std::unique_ptr<RowSolver> make_exact_solver() const {
    std::call_once(exact_once_,
                   [this] { exact_ = exact_row_solvers(side, original_fixed_, config_); });
    return exact_();
  }

  const AlsSide& side;
  const LeastSquaresRows& rows;
  std::size_t rank;
  PaddedFactors fixed;
  AlignedBuffer<float> gramian;  ///< times unobserved_weight(); empty when that is zero

 private:
  const FactorMatrix& original_fixed_;
  const AlsConfig& config_;
  mutable std::once_flag exact_once_;
  mutable RowSolverFactory exact_;
};

}  // namespace punnet
