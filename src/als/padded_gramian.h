#pragma once

#include "als/aligned_buffer.h"
#include "als/padded_factors.h"

namespace punnet {

/// weight Y^T Y of all rows of `factors`, both triangles, factors.stride() apart; zeros where there
/// is padding. Blocks of rows are summed in fp32 and the blocks in fp64, so the error does not grow
/// with the number of rows. The same bits for any number of threads, on one kind of machine.
AlignedBuffer<float> padded_gramian(const PaddedFactors& factors, int rank, double weight,
                                    int threads);

}  // namespace punnet
