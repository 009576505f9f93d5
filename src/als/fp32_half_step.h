#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/als_config.h"
#include "als/als_side.h"
#include "als/eigenbasis.h"
#include "als/exact_row_solver.h"
#include "als/heavy_rows.h"
#include "als/least_squares_rows.h"
#include "als/padded_factors.h"
#include "als/row_solver.h"
#include "domain/factors.h"

namespace punnet {

/// What the fp32 solvers of one half-step share. Refers to `side`, `given_fixed` and
/// `given_config`.
///
/// Where it saves more than it costs, everything here is in the eigenbasis of the Gramian, and so
/// are the rows that a solver finds until finish() brings them back.
class Fp32HalfStep {
 public:
  Fp32HalfStep(const AlsSide& given_side, const FactorMatrix& given_fixed,
               const AlsConfig& given_config);

  /// A solver for rows that fp32 cannot solve. Safe to call from many threads.
  std::unique_ptr<RowSolver> make_exact_solver() const;

  std::size_t terms(std::size_t r) const {
    return static_cast<std::size_t>(rows.offsets[r + 1] - rows.offsets[r]);
  }

  /// The rows of `fixed` that row r's terms have.
  std::span<const std::int32_t> columns(std::size_t r) const {
    return std::span(rows.columns).subspan(static_cast<std::size_t>(rows.offsets[r]), terms(r));
  }

  /// The factors of a heavy row, which `fixed` has not.
  std::span<const float> heavy_factors(std::int32_t row) const {
    return original_fixed_.row(static_cast<std::size_t>(row));
  }

  /// Whether row r is cheaper to solve in as many unknowns as it has terms.
  bool is_dual(std::size_t r) const {
    return terms(r) <= most_terms_dual && !diagonal.empty() && rows.lambdas[r] > 0;
  }

  const AlsSide& side;
  const LeastSquaresRows& rows;
  std::size_t rank;
  std::size_t most_terms_dual;
  PaddedFactors fixed;              ///< zeros for the rows that are heavy
  HeavyRows heavy;                  ///< of explicit feedback and Solver::kCholesky
  AlignedBuffer<float> gramian;     ///< times unobserved_weight(); empty when that is zero
  std::optional<Eigenbasis> basis;  ///< absent: the given coordinates
  AlignedBuffer<float> diagonal;    ///< of the Gramian where it has nothing else; otherwise empty

 private:
  const FactorMatrix& original_fixed_;
  const AlsConfig& config_;
  mutable std::once_flag exact_once_;
  mutable RowSolverFactory exact_;
};

/// Ends the solving of rows [begin, end): back from the eigenbasis, and once more in fp64 those in
/// `failed`, which is empty afterwards. `exact` is made when it is first needed.
Status finish(const Fp32HalfStep& shared, std::size_t begin, std::size_t end,
              std::vector<std::size_t>& failed, std::unique_ptr<RowSolver>& exact,
              FactorMatrix& solved);

}  // namespace punnet
