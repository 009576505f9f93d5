#include "ranking/packed_items.h"

namespace punnet {

PackedItems::PackedItems(const FactorMatrix& factors)
    : size_(factors.rows()),
      rank_(factors.rank()),
      values_(blocks() * kBlock * static_cast<std::size_t>(rank_)) {
  for (std::size_t n = 0; n < size_; ++n) put(n, factors.row(n));
}

PackedItems::PackedItems(const FactorMatrix& factors, std::span<const std::int32_t> rows)
    : size_(rows.size()),
      rank_(factors.rank()),
      values_(blocks() * kBlock * static_cast<std::size_t>(rank_)) {
  for (std::size_t n = 0; n < size_; ++n) put(n, factors.row(static_cast<std::size_t>(rows[n])));
}

void PackedItems::put(std::size_t place, std::span<const float> factors) {
  float* lane = values_.data() + place / kBlock * kBlock * factors.size() + place % kBlock;
  for (std::size_t f = 0; f < factors.size(); ++f) lane[f * kBlock] = factors[f];
}

}  // namespace punnet
