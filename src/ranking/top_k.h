#pragma once

#include <span>
#include <vector>

#include "ranking/packed_items.h"
#include "ranking/row_set.h"
#include "ranking/scored_row.h"
#include "ranking/top_k_query.h"

namespace punnet {

/// For each query the k items of the highest float dot product, best first; of equal scores the
/// higher row comes first, as Spark orders ids. Exact. Only rows in `allowed` (absent: all) and not
/// excluded count, and they are left out while scanning: a list is shorter than k only when there
/// are not enough. An item whose score is NaN never enters.
///
/// A query's list depends neither on the other queries nor on the number of threads. Little work
/// stays on the caller's thread. Between machines scores may differ in their last bits, as scan.h
/// tells.
std::vector<std::vector<ScoredRow>> top_k(const PackedItems& items,
                                          std::span<const TopKQuery> queries,
                                          const RowSet* allowed = nullptr, int threads = 1);

}  // namespace punnet
