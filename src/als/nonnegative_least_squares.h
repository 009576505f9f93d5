#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "als/normal_equation.h"

namespace punnet {

/// Minimises x.Ax / 2 - b.x over x >= 0 as Spark's ALS does: projected gradients, made conjugate
/// between two hits of a bound (Polyak, 1969), with Spark's rules for when to stop. For equations
/// of one rank, one thread at a time; holds nothing between two of them.
class NonnegativeLeastSquares {
 public:
  /// Requires rank >= 1.
  explicit NonnegativeLeastSquares(int rank);

  /// Writes the solution to `x`, all of it at or above zero. A must be positive semidefinite.
  ///
  /// Ends where the direction left is shorter than 1e-6 |x|, after max(400, 20 rank) steps, or
  /// where a step is out of [1e-7, 1e40]: an A whose eigenvalues are all above 1e7 thus gives
  /// zeros.
  void solve(const SymmetricMatrix& A, std::span<const double> b, std::span<double> x);

 private:
  /// The product of A and `vector`, valid until the next one.
  std::span<const double> times(std::span<const double> vector);

  /// How far to go against `direction` for the least value, bounds or not.
  double best_step(std::span<const double> direction);

  std::size_t rank_;
  std::vector<double> A_;        // both triangles
  std::vector<double> product_;  // the last of times()
  std::vector<double> slope_;    // A x - b
  std::vector<double> gradient_;
  std::vector<double> direction_;
  std::vector<double> last_direction_;
};

}  // namespace punnet
