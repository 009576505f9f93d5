#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/factors.h"

namespace punnet {

/// Item factors laid out for scanning: blocks of kBlock items, inside a block factor by factor.
/// Immutable.
///
/// Items lie in the order of their norms, the largest first: what belongs into a list is then
/// mostly met early, and where |user| |item| is too small for a list, the rest is ruled out unseen.
class PackedItems {
 public:
  static constexpr std::size_t kBlock = 32;

  PackedItems() = default;

  /// All rows of `factors`.
  explicit PackedItems(const FactorMatrix& factors);

  /// The given rows of `factors`; row n of the result is rows[n].
  PackedItems(const FactorMatrix& factors, std::span<const std::int32_t> rows);

  std::size_t size() const { return row_of_place_.size(); }
  int rank() const { return rank_; }
  std::size_t blocks() const { return largest_norms_.size(); }

  /// kBlock values for factor 0, kBlock for factor 1, …; zeros behind the last place. The blocks
  /// follow one another.
  const float* block(std::size_t b) const {
    return values_.data() + b * kBlock * static_cast<std::size_t>(rank_);
  }

  /// The row of the item in place b * kBlock + n, which is lane n of block b. Requires place <
  /// size().
  std::int32_t row_of(std::size_t place) const { return row_of_place_[place]; }

  /// No item in block b or behind it has a larger norm. Infinite where a factor is no number.
  double largest_norm(std::size_t b) const { return largest_norms_[b]; }

 private:
  int rank_ = 0;
  std::vector<std::int32_t> row_of_place_;
  std::vector<double> largest_norms_;
  std::vector<float> values_;
};

}  // namespace punnet
