#include "als/half_step.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "als/cholesky_row_solver.h"
#include "als/conjugate_gradient_row_solver.h"
#include "als/exact_row_solver.h"
#include "als/row_solver.h"
#include "base/parallel_for.h"

namespace punnet {
namespace {

RowSolverFactory row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                             const FactorMatrix* start, const AlsConfig& config) {
  switch (config.solver) {
    case Solver::kCholesky:
      return cholesky_row_solvers(side, fixed, config);
    case Solver::kConjugateGradient:
      return conjugate_gradient_row_solvers(side, fixed, start, config);
    case Solver::kExactCholesky:
    case Solver::kNonnegative:
      break;
  }
  return exact_row_solvers(side, fixed, config);
}

}  // namespace

Status half_step(const AlsSide& side, const FactorMatrix& fixed, FactorMatrix& solved,
                 const AlsConfig& config, const std::stop_token& stop) {
  const bool warm = solved.rows() > 0;
  if (!warm) solved = FactorMatrix(side.ratings->rows(), fixed.rank());
  // In its own place: a solver reads where a row starts before it writes that row, and no other.
  const auto solvers = row_solvers(side, fixed, warm ? &solved : nullptr, config);
  const auto pieces = side.borders.size() - 1;
  std::vector<std::optional<Error>> errors(pieces);
  std::atomic<std::size_t> next{0};
  const auto workers = std::min(static_cast<std::size_t>(config.threads), pieces);
  parallel_for(workers, config.threads, [&](std::size_t) {
    const auto solver = solvers();
    for (auto piece = next.fetch_add(1); piece < pieces; piece = next.fetch_add(1)) {
      if (stop.stop_requested()) return;
      auto done = solver->solve(side.borders[piece], side.borders[piece + 1], solved);
      if (!done) errors[piece] = std::move(done).error();
    }
  });

  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "training was cancelled"};
  for (auto& error : errors) {
    if (error) return *std::move(error);
  }
  return ok();
}

Result<FactorMatrix> half_step(const SparseRows& ratings, const FactorMatrix& fixed,
                               const AlsConfig& config, const std::stop_token& stop) {
  FactorMatrix solved;
  PUNNET_CHECK(half_step(prepare_side(ratings, fixed.rows(), config), fixed, solved, config, stop));
  return solved;
}

}  // namespace punnet
