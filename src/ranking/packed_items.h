#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/factors.h"

namespace punnet {

/// Item factors laid out for scanning: blocks of kBlock items, inside a block factor by factor.
/// Immutable.
class PackedItems {
 public:
  static constexpr std::size_t kBlock = 16;

  PackedItems() = default;

  /// All rows of `factors`, in order.
  explicit PackedItems(const FactorMatrix& factors);

  /// The given rows of `factors`; row n of the result is rows[n].
  PackedItems(const FactorMatrix& factors, std::span<const std::int32_t> rows);

  std::size_t size() const { return size_; }
  int rank() const { return rank_; }
  std::size_t blocks() const { return (size_ + kBlock - 1) / kBlock; }

  /// kBlock values for factor 0, kBlock for factor 1, …; zeros behind the last item.
  const float* block(std::size_t b) const {
    return values_.data() + b * kBlock * static_cast<std::size_t>(rank_);
  }

 private:
  void put(std::size_t place, std::span<const float> factors);

  std::size_t size_ = 0;
  int rank_ = 0;
  std::vector<float> values_;
};

}  // namespace punnet
