#pragma once

#include <span>
#include <vector>

#include "domain/factors.h"

namespace punnet {

/// Row i of `b` belongs to row i of `a`. Both have as many rows; ranks may differ.
struct RowPairs {
  const FactorMatrix& a;
  const FactorMatrix& b;
};

/// How one set of factors must be turned to lie closest to another. Models that differ by a
/// rotation alone predict the same, so only what remains after it is a difference.
///
/// The orthogonal R that minimises sum |a_i - b_i R|^2 over all pairs (orthogonal Procrustes); the
/// smaller rank counts as filled up with zeros.
class OrthogonalAlignment {
 public:
  explicit OrthogonalAlignment(std::span<const RowPairs> pairs);

  /// sqrt(sum |a_i - b_i R|^2) / sqrt(sum |a_i|^2): 0 for the same up to rotation. Without rows, or
  /// where all of `a` is zero, the numerator alone.
  double distance(const RowPairs& pairs) const;

 private:
  std::size_t width_ = 0;
  std::vector<double> rotation_;  // width_ x width_, row-major
};

}  // namespace punnet
