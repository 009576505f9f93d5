#pragma once

#include "als/als_config.h"
#include "als/als_side.h"
#include "als/row_solver.h"
#include "domain/factors.h"

namespace punnet {

/// Solver::kConjugateGradient: config.cg_steps steps of conjugate gradients in fp32 from the rows
/// of `start`, or from zeros without it. A row for which that gives something that is not a number
/// is solved as Solver::kExactCholesky does it. Results differ in the last bits between instruction
/// sets, and never between threads.
RowSolverFactory conjugate_gradient_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                                const FactorMatrix* start, const AlsConfig& config);

}  // namespace punnet
