#pragma once

#include "als/als_config.h"
#include "als/als_side.h"
#include "als/row_solver.h"
#include "domain/factors.h"

namespace punnet {

/// Solver::kCholesky: the equations in fp32, as fast as the machine allows. A row whose equation is
/// too close to singular for fp32 is solved as Solver::kExactCholesky does it. Results differ in
/// the last bits between instruction sets, and never between threads.
RowSolverFactory cholesky_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                      const AlsConfig& config);

}  // namespace punnet
