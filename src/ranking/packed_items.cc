#include "ranking/packed_items.h"

#include <algorithm>
#include <numeric>

#include "ranking/norm.h"

namespace punnet {
namespace {

std::vector<std::int32_t> count_up(std::size_t rows) {
  std::vector<std::int32_t> all(rows);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

PackedItems::PackedItems(const FactorMatrix& factors)
    : PackedItems(factors, count_up(factors.rows())) {}

PackedItems::PackedItems(const FactorMatrix& factors, std::span<const std::int32_t> rows)
    : rank_(factors.rank()), row_of_place_(count_up(rows.size())) {
  const auto item = [&](std::int32_t n) {
    return factors.row(static_cast<std::size_t>(rows[static_cast<std::size_t>(n)]));
  };
  std::vector<double> norms;
  norms.reserve(rows.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    norms.push_back(norm_of(item(static_cast<std::int32_t>(n))));
  }
  std::ranges::stable_sort(row_of_place_, std::ranges::greater(),
                           [&](std::int32_t n) { return norms[static_cast<std::size_t>(n)]; });

  const auto rank = static_cast<std::size_t>(rank_);
  values_.resize((rows.size() + kBlock - 1) / kBlock * kBlock * rank);
  for (std::size_t place = 0; place < size(); ++place) {
    const auto n = row_of_place_[place];
    if (place % kBlock == 0) largest_norms_.push_back(norms[static_cast<std::size_t>(n)]);
    float* lane = values_.data() + place / kBlock * kBlock * rank + place % kBlock;
    for (std::size_t f = 0; f < rank; ++f) lane[f * kBlock] = item(n)[f];
  }
}

}  // namespace punnet
