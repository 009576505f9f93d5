#pragma once

#include "als/normal_equation.h"
#include "domain/factors.h"

namespace punnet {

/// Y^T Y of all rows of `factors`, in fp64. The same bits for any number of threads: rows are
/// summed in blocks whose borders depend on the number of rows alone, and the blocks in order.
SymmetricMatrix gramian(const FactorMatrix& factors, int threads);

}  // namespace punnet
