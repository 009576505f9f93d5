#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace punnet {

/// The Euclidean norm, never too small by more than a double's rounding: infinite when a factor is
/// no number.
inline double norm_of(std::span<const float> factors) {
  double sum = 0;
  for (const double x : factors) sum += x * x;
  return std::isnan(sum) ? std::numeric_limits<double>::infinity() : std::sqrt(sum);
}

}  // namespace punnet
