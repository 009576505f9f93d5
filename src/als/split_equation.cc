#include "als/split_equation.h"

#include <algorithm>
#include <cmath>

namespace punnet {

SplitEquation::SplitEquation(int rank)
    : A_(rank), b_(A_.stride()), term_(A_.stride()), rounded_(static_cast<std::size_t>(rank)) {}

void SplitEquation::begin(const float* A, std::size_t row_step, std::size_t column_step,
                          const float* b) {
  const auto rank = rounded_.size();
  for (std::size_t i = 0; i < rank; ++i) {
    double* row = A_.values().data() + i * A_.stride();
    for (auto j = i; j < rank; ++j) {
      row[j] = static_cast<double>(A[i * row_step + j * column_step]);
    }
    std::fill(row + rank, row + A_.stride(), 0.0);
    b_[i] = static_cast<double>(b[i]);
    rounded_[i] = row[i];
  }
  std::fill(b_.begin() + static_cast<std::ptrdiff_t>(rank), b_.end(), 0.0);
}

void SplitEquation::add(std::span<const float> y, double scale, double target) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    term_[i] = scale * static_cast<double>(y[i]);
    b_[i] += target * term_[i];
  }
  add_outer_products(A_, term_.data(), term_.data(), 1);
}

bool SplitEquation::solve(std::span<float> x) {
  if (!solve_in_place(A_, b_) || !pivots_are_sure()) return false;
  bool finite = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(b_[i]);
    finite = finite && std::isfinite(x[i]);
  }
  return finite;
}

// Eliminating unknown p takes l = U_pi / U_pp times its row from row i, and so adds l^2 times what
// its rounding is relative to.
bool SplitEquation::pivots_are_sure() {
  constexpr double kEpsilon = 1.1920929e-7;  // of fp32
  const auto rank = rounded_.size();
  const double tolerance = 4 * static_cast<double>(rank) * kEpsilon;
  for (std::size_t p = 0; p < rank; ++p) {
    const double over = A_.at(p, p);  // 1 / U_pp
    const double rounded = rounded_[p] * over * over;
    if (!(tolerance * rounded < 1)) return false;
    for (auto i = p + 1; i < rank; ++i) rounded_[i] += A_.at(p, i) * A_.at(p, i) * rounded;
  }
  return true;
}

}  // namespace punnet
