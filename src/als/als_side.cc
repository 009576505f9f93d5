#include "als/als_side.h"

#include <algorithm>

namespace punnet {
namespace {

// A piece is large enough to hide the cost of fetching it and small enough that threads end
// together.
constexpr std::size_t kPieces = 256;
constexpr std::size_t kLeastWorkPerPiece = 4096;
constexpr std::size_t kMostWorkPerPiece = 65'536;
// Pieces hold whole vectors of rows, unless these are far too long.
constexpr std::size_t kRowsTogether = 16;

// Work is counted in ratings; solving the equation of a row costs about rank / 3 of them.
std::size_t work_per_row(const AlsConfig& config) {
  return 1 + static_cast<std::size_t>(config.rank) / 3;
}

}  // namespace

AlsSide prepare_side(const SparseRows& ratings, std::size_t fixed_rows, const AlsConfig& config) {
  AlsSide side{.ratings = &ratings, .fixed_rows = fixed_rows, .least_squares = {}, .borders = {0}};
  if (config.solver == Solver::kCholesky || config.solver == Solver::kConjugateGradient) {
    side.least_squares = make_least_squares_rows(ratings, fixed_rows, config);
  }
  const auto all = ratings.columns.size() + ratings.rows() * work_per_row(config);
  const auto enough = std::clamp(all / kPieces, kLeastWorkPerPiece, kMostWorkPerPiece);
  std::size_t work = 0;
  for (std::size_t r = 0; r < ratings.rows(); ++r) {
    work += ratings.row_columns(r).size() + work_per_row(config);
    const bool whole = (r + 1) % kRowsTogether == 0 || work >= 4 * enough;
    if (r + 1 < ratings.rows() && (work < enough || !whole)) continue;
    side.borders.push_back(r + 1);
    work = 0;
  }
  return side;
}

}  // namespace punnet
