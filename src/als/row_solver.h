#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/result.h"
#include "domain/factors.h"

namespace punnet {

/// Solves rows of one half-step by one method. Belongs to one thread at a time and keeps nothing
/// but scratch memory between two calls, so a row comes out the same whatever was solved before it.
class RowSolver {
 public:
  RowSolver() = default;
  RowSolver(const RowSolver&) = delete;
  RowSolver& operator=(const RowSolver&) = delete;
  virtual ~RowSolver() = default;

  /// Writes rows [begin, end) of `solved`. A row that wants nothing, because it has no rating
  /// (implicit: none above zero), gets zeros. kInvalid, naming the first row in order, where the
  /// equation has no unique solution or the solution does not fit in a float.
  virtual Status solve(std::size_t begin, std::size_t end, FactorMatrix& solved) = 0;
};

/// Makes a solver for each thread of a half-step; they share what holds for all rows. Safe to call
/// from many threads. What it was made of must outlive it and its solvers.
using RowSolverFactory = std::function<std::unique_ptr<RowSolver>()>;

}  // namespace punnet
