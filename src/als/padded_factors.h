#pragma once

#include <cstddef>

#include "als/aligned_buffer.h"
#include "domain/factors.h"

namespace punnet {

/// Floats from one row to the next where rows of `rank` are padded with zeros to whole cache lines,
/// and so to whole vectors of any machine.
constexpr std::size_t padded_rank(int rank) {
  return (static_cast<std::size_t>(rank) + 15) / 16 * 16;
}

/// Factors laid out for the fp32 kernels: every row on cache lines of its own.
class PaddedFactors {
 public:
  PaddedFactors(const FactorMatrix& factors, int threads);

  std::size_t rows() const { return rows_; }
  std::size_t stride() const { return stride_; }
  float* row(std::size_t r) { return values_.data() + r * stride_; }
  const float* row(std::size_t r) const { return values_.data() + r * stride_; }

 private:
  std::size_t rows_;
  std::size_t stride_;
  AlignedBuffer<float> values_;
};

}  // namespace punnet
