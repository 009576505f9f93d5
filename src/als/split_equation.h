#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "als/normal_equation.h"

namespace punnet {

/// The equation of a row in which a few heavy terms outweigh all others by orders of magnitude. The
/// light terms have been summed in fp32; the heavy ones are added, and all is solved, in fp64, so
/// that what fp32 rounded is small beside the light terms and not just beside the heavy ones. For
/// one thread at a time.
class SplitEquation {
 public:
  explicit SplitEquation(int rank);

  /// Begins with the light part, lambda included: element (i, j), i <= j, of its matrix is at
  /// A[i * row_step + j * column_step].
  void begin(const float* A, std::size_t row_step, std::size_t column_step, const float* b);

  /// Adds (scale y.x - target)^2 to what x is to minimise.
  void add(std::span<const float> y, double scale, double target);

  /// Writes x. False, with x undefined, where it has no solution that is sure and finite.
  [[nodiscard]] bool solve(std::span<float> x);

 private:
  bool pivots_are_sure();

  SymmetricMatrix A_;
  std::vector<double> b_;
  std::vector<double> term_;
  std::vector<double> rounded_;  // by unknown: what fp32's rounding is relative to
};

}  // namespace punnet
