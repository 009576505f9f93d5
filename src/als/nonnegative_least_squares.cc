#include "als/nonnegative_least_squares.h"

#include <algorithm>
#include <numeric>

namespace punnet {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// True when a step is not worth taking; NaN is none either.
bool is_futile(double step, double direction_squares, double x_squares) {
  const bool sound = step >= 1e-7 && step <= 1e40;
  return !sound || direction_squares < 1e-12 * x_squares || direction_squares < 1e-32;
}

// The longest step up to `step` that leaves every element at or above zero.
double within_bounds(double step, std::span<const double> direction, std::span<const double> x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (step * direction[i] > x[i]) step = x[i] / direction[i];
  }
  return step;
}

// x -= step * direction. What comes within rounding of zero is made zero; true when anything was.
bool take_step(double step, std::span<const double> direction, std::span<double> x) {
  bool hit = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double change = step * direction[i];
    if (change > x[i] * (1 - 1e-14)) {
      x[i] = 0;
      hit = true;
    } else {
      x[i] -= change;
    }
  }
  return hit;
}

}  // namespace

NonnegativeLeastSquares::NonnegativeLeastSquares(int rank)
    : rank_(static_cast<std::size_t>(rank)),
      A_(rank_ * rank_),
      product_(rank_),
      slope_(rank_),
      gradient_(rank_),
      direction_(rank_),
      last_direction_(rank_) {}

std::span<const double> NonnegativeLeastSquares::times(std::span<const double> vector) {
  std::ranges::fill(product_, 0.0);
  for (std::size_t j = 0; j < rank_; ++j) {
    const double* column = A_.data() + j * rank_;
    const double factor = vector[j];
    for (std::size_t i = 0; i < rank_; ++i) product_[i] += factor * column[i];
  }
  return product_;
}

double NonnegativeLeastSquares::best_step(std::span<const double> direction) {
  constexpr double kKeepsFinite = 1e-20;
  return dot(direction, slope_) / (dot(times(direction), direction) + kKeepsFinite);
}

void NonnegativeLeastSquares::solve(const SymmetricMatrix& A, std::span<const double> b,
                                    std::span<double> x) {
  for (std::size_t i = 0; i < rank_; ++i) {
    for (std::size_t j = i; j < rank_; ++j) A_[i * rank_ + j] = A_[j * rank_ + i] = A.at(i, j);
  }
  std::ranges::fill(x, 0.0);

  const auto limit = std::max<std::size_t>(400, 20 * rank_);
  std::size_t last_hit = 0;  // the step that last met a bound
  double last_gradient_squares = 0;
  for (std::size_t n = 0; n < limit; ++n) {
    const auto product = times(x);
    for (std::size_t i = 0; i < rank_; ++i) slope_[i] = product[i] - b[i];

    // An element at its bound stays there when downhill lies beyond it.
    for (std::size_t i = 0; i < rank_; ++i) {
      gradient_[i] = slope_[i] > 0 && x[i] == 0 ? 0 : slope_[i];
    }
    const double gradient_squares = dot(gradient_, gradient_);
    const double x_squares = dot(x, x);

    direction_ = gradient_;
    double direction_squares = gradient_squares;
    double step = best_step(direction_);
    if (n > last_hit + 1) {
      // Fletcher and Reeves; the plain gradient where this would end the search too early.
      const double kept = gradient_squares / last_gradient_squares;
      for (std::size_t i = 0; i < rank_; ++i) direction_[i] += kept * last_direction_[i];
      const double conjugate_squares = dot(direction_, direction_);
      const double conjugate_step = best_step(direction_);
      if (is_futile(conjugate_step, conjugate_squares, x_squares)) {
        direction_ = gradient_;
      } else {
        direction_squares = conjugate_squares;
        step = conjugate_step;
      }
    }
    if (is_futile(step, direction_squares, x_squares)) return;

    if (take_step(within_bounds(step, direction_, x), direction_, x)) last_hit = n;
    last_direction_.swap(direction_);
    last_gradient_squares = gradient_squares;
  }
}

}  // namespace punnet
