#pragma once

#include "als/als_config.h"
#include "als/als_side.h"
#include "als/row_solver.h"
#include "domain/factors.h"

namespace punnet {

/// Solver::kExactCholesky and kNonnegative: the equation of RowEquation, solved in fp64 and rounded
/// once.
RowSolverFactory exact_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                   const AlsConfig& config);

}  // namespace punnet
