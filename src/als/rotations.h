#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace punnet {

/// Rotations of pairs of columns that lie beside each other, in order. A chain begins with columns
/// from - 1 and from and goes down column by column; a turn makes (x, y) of a row, x being the
/// lower column, to (cosine x - sine y, sine x + cosine y).
struct Rotations {
  struct Turn {
    double cosine;
    double sine;
  };
  struct Chain {
    std::size_t first;  ///< of its turns
    std::size_t count;
    std::size_t from;
  };
  std::vector<Turn> turns;
  std::vector<Chain> chains;
};

/// Diagonalises the symmetric tridiagonal matrix with `diagonal` and, beside it, `beside` (as long;
/// the last element is ignored) by QL with implicit shifts. `diagonal` becomes the eigenvalues,
/// `beside` scratch; the rotations, applied to the columns of the identity, make the eigenvectors.
/// Absent when it does not end.
std::optional<Rotations> diagonalize(std::vector<double>& diagonal, std::vector<double>& beside);

}  // namespace punnet
