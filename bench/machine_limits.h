#pragma once

#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// Multiplications and additions in fp32 per second, in 1e9, that `threads` threads reach together
/// on registers alone: what the machine gives at this moment, half a second of it.
double measured_gflops(int threads);

/// The least seconds, of three, that `threads` threads take to do nothing but read the rows of
/// `factors` that `rows` names, in that order, with the next ones on their way from memory.
double measured_gather_seconds(const SparseRows& rows, const FactorMatrix& factors, int threads);

}  // namespace punnet
