#include "als/als_side.h"

namespace punnet {
namespace {

// A piece is large enough to hide the cost of fetching it and small enough that threads end
// together. Work is counted in ratings; solving the equation of a row costs about rank / 3 of them.
constexpr std::size_t kWorkPerPiece = 8192;

}  // namespace

AlsSide prepare_side(const SparseRows& ratings, std::size_t fixed_rows, const AlsConfig& config) {
  AlsSide side{.ratings = &ratings, .fixed_rows = fixed_rows, .borders = {0}};
  const auto work_per_row = 1 + static_cast<std::size_t>(config.rank) / 3;
  std::size_t work = 0;
  for (std::size_t r = 0; r < ratings.rows(); ++r) {
    work += ratings.row_columns(r).size() + work_per_row;
    if (work < kWorkPerPiece && r + 1 < ratings.rows()) continue;
    side.borders.push_back(r + 1);
    work = 0;
  }
  return side;
}

}  // namespace punnet
