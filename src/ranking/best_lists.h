#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ranking/best_rows.h"
#include "ranking/packed_items.h"
#include "ranking/packed_users.h"
#include "ranking/row_set.h"
#include "ranking/scan.h"
#include "ranking/top_k_query.h"

namespace punnet {

/// The best lists of some queries over the items scanned so far. One thread.
class BestLists final : private ScanHits {
 public:
  /// Blocks between two looks at who is done.
  static constexpr std::size_t kPanel = 16;

  /// The arguments must outlive the lists.
  BestLists(const PackedItems& items, std::span<const TopKQuery> queries, const RowSet* allowed);

  /// Scans every `stride`-th panel of kPanel blocks, from `first` on.
  void scan_panels(std::size_t first, std::size_t stride);

  /// Takes in what `other` found for the same queries in other panels.
  void merge(const BestLists& other);

  /// One list per query. What is left behind is of no use.
  std::vector<std::vector<ScoredRow>> take();

 private:
  void hit(std::size_t place, std::size_t user, const float* scores, std::uint32_t lanes) override;
  void drop_finished(double largest_norm);
  void pack_unfinished();

  const PackedItems& items_;
  const std::span<const TopKQuery> queries_;
  const RowSet* const allowed_;
  std::vector<double> norms_;               // by query
  std::vector<BestRows> best_;              // by query
  std::vector<std::size_t> unfinished_;     // queries whose lists may still change
  std::vector<std::size_t> query_of_user_;  // of a packed user
  std::vector<float> thresholds_;           // by packed user
  PackedUsers users_;
};

}  // namespace punnet
