#pragma once

#include <cstddef>
#include <optional>

#include "als/aligned_buffer.h"
#include "als/padded_factors.h"
#include "domain/factors.h"

namespace punnet {

/// The coordinates in which w Y^T Y is diagonal. Changing to them and back loses nothing but
/// rounding, and a half-step may be done in them as well as in the given ones.
struct Eigenbasis {
  AlignedBuffer<float> axes;        ///< rank rows, padded: v axes are the new coordinates of v
  AlignedBuffer<float> transposed;  ///< and v' transposed the old ones of v'
  AlignedBuffer<float> values;      ///< the diagonal, none below zero; as long as a padded row
};

/// Of w Y^T Y as padded_gramian() gives it. Absent where it has none, as with values that are not
/// finite. The same on every machine for the same Gramian.
std::optional<Eigenbasis> find_eigenbasis(const AlignedBuffer<float>& gramian, int rank);

/// Multiplies `count` padded rows by `axes`, each in its place. The padding of `rows` is zero and
/// stays so.
void multiply_rows(float* rows, std::size_t count, int rank, const AlignedBuffer<float>& axes);

/// The same for rows [begin, end) of `factors`, which are not padded.
void multiply_rows(FactorMatrix& factors, std::size_t begin, std::size_t end,
                   const AlignedBuffer<float>& axes);

/// The same for all rows.
void multiply_rows(PaddedFactors& factors, int rank, const AlignedBuffer<float>& axes, int threads);

}  // namespace punnet
