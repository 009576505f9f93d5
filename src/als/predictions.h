#pragma once

#include <cstdint>
#include <span>

#include "als/padded_factors.h"

namespace punnet {

/// predicted[n] = x.y in fp64, y being row columns[n] of `factors`. `x` has factors.stride() values
/// on cache lines, padding zero. The same bits on one kind of machine.
void predict_pairs(const double* x, const PaddedFactors& factors,
                   std::span<const std::int32_t> columns, std::span<double> predicted);

}  // namespace punnet
