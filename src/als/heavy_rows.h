#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "als/padded_factors.h"

namespace punnet {

/// The rows of factors that are so much longer than the others that sums in fp32 would lose these
/// beside them. Explicit ratings give such rows where some are quantities of another kind: litres
/// of petrol among loaves of bread.
class HeavyRows {
 public:
  HeavyRows() = default;  ///< none

  /// Those whose squared length is some four thousand times that of the median, rows of zeros
  /// aside, and those that are not finite. The same for any number of threads and on any machine.
  HeavyRows(const PaddedFactors& factors, int threads);

  bool empty() const { return rows_.empty(); }
  std::span<const std::size_t> rows() const { return rows_; }  ///< ascending

  /// The places in `rows` of those that are heavy, into `places`, in order.
  void find(std::span<const std::int32_t> rows, std::vector<std::size_t>& places) const;

 private:
  std::vector<std::size_t> rows_;
  std::vector<std::uint64_t> bits_;  // one for each row of the factors
};

}  // namespace punnet
