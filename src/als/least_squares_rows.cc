#include "als/least_squares_rows.h"

#include <algorithm>
#include <cmath>

#include "als/row_terms.h"

namespace punnet {
namespace {

// The weight of a rating that has none of its own but still wants something (alpha = 0): too light
// to be seen beside anything else, and its root and reciprocal are still floats.
constexpr double kNoWeight = 1e-20;

// weight (y.x)^2 - 2 target y.x is (scale y.x - target')^2 but for a constant.
void add_term(LeastSquaresRows& rows, std::int32_t column, const RatingTerm& sum) {
  const double scale = std::sqrt(std::max(sum.weight, kNoWeight));
  rows.columns.push_back(column);
  rows.scales.push_back(static_cast<float>(scale));
  rows.targets.push_back(static_cast<float>(sum.target / scale));
}

class Merger {
 public:
  explicit Merger(std::size_t columns) : place_(columns) {}

  /// The terms of one row, in the order in which their columns come first.
  void add(const ObservedRow& row, const AlsConfig& config, LeastSquaresRows& rows) {
    columns_.clear();
    sums_.clear();
    for (std::size_t n = 0; n < row.columns.size(); ++n) {
      const auto term = rating_term(static_cast<double>(row.ratings[n]), config);
      if (term.weight == 0 && term.target == 0) continue;
      auto& place = place_[static_cast<std::size_t>(row.columns[n])];
      if (place >= columns_.size() || columns_[place] != row.columns[n]) {
        place = columns_.size();
        columns_.push_back(row.columns[n]);
        sums_.push_back(term);
      } else {
        sums_[place].weight += term.weight;
        sums_[place].target += term.target;
      }
    }
    for (std::size_t n = 0; n < columns_.size(); ++n) add_term(rows, columns_[n], sums_[n]);
  }

 private:
  std::vector<std::size_t> place_;  // of a column in the two below, if it is there
  std::vector<std::int32_t> columns_;
  std::vector<RatingTerm> sums_;
};

}  // namespace

LeastSquaresRows make_least_squares_rows(const SparseRows& ratings, std::size_t fixed_rows,
                                         const AlsConfig& config) {
  LeastSquaresRows rows;
  rows.offsets.reserve(ratings.offsets.size());
  rows.columns.reserve(ratings.columns.size());
  rows.scales.reserve(ratings.columns.size());
  rows.targets.reserve(ratings.columns.size());
  rows.lambdas.reserve(ratings.rows());
  Merger merger(fixed_rows);
  for (std::size_t r = 0; r < ratings.rows(); ++r) {
    const ObservedRow row{.columns = ratings.row_columns(r), .ratings = ratings.row_values(r)};
    if (!wants_nothing(row.ratings, config)) merger.add(row, config, rows);
    rows.offsets.push_back(static_cast<std::int64_t>(rows.columns.size()));
    rows.lambdas.push_back(static_cast<float>(
        config.regularization * regularization_factor(row.ratings, fixed_rows, config)));
  }
  if (std::ranges::all_of(rows.scales, [](float scale) { return scale == 1; })) rows.scales = {};
  return rows;
}

}  // namespace punnet
