#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ranking/packed_items.h"
#include "ranking/row_set.h"

namespace punnet {

/// An item by its row in PackedItems.
struct ScoredRow {
  std::int32_t row = 0;
  float score = 0;

  bool operator==(const ScoredRow&) const = default;
};

/// What one user asks for.
struct TopKQuery {
  std::span<const float> user;             ///< factors, items.rank() of them
  std::size_t k = 0;                       ///< length of the list
  std::span<const std::int32_t> excluded;  ///< rows that this user must not get, ascending
};

/// For each query the k items of the highest float dot product, best first; of equal scores the
/// higher row comes first, as Spark orders ids. Exact. Only rows in `allowed` (absent: all) and not
/// excluded count, and they are left out while scanning: a list is shorter than k only when there
/// are not enough. An item whose score is NaN never enters. A query's list does not depend on the
/// other queries.
std::vector<std::vector<ScoredRow>> top_k(const PackedItems& items,
                                          std::span<const TopKQuery> queries,
                                          const RowSet* allowed = nullptr);

}  // namespace punnet
