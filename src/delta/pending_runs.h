#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "delta/covered_range.h"
#include "delta/data_file.h"
#include "delta/row_buffers.h"
#include "domain/offsets.h"
#include "ports/purchase_sink.h"

namespace punnet::delta {

/// Rows of one partition with the range they cover; no batch where the range holds no row.
struct Chunk {
  CoveredRange covered;
  BatchPointer batch;
  std::size_t bytes = 0;
  std::set<std::string> model_versions;
};

/// Consecutive runs of one partition.
struct PartitionRuns {
  OffsetRange range;
  std::vector<Chunk> chunks;
  std::vector<RejectedEvent> rejects;
};

using RunsByPartition = std::map<Partition, PartitionRuns>;

/// What was appended and not yet committed. One thread.
class PendingRuns {
 public:
  explicit PendingRuns(const PurchaseSchema& schema) : schema_(schema) {}

  /// Takes a run that starts at `expected` (absent: anywhere) or where the last one of its
  /// partition ended. kInvalid, and nothing is taken, for a run that does not, or that is not in
  /// order.
  Status append(EnrichedRun run, std::string_view model_version, std::optional<Offset> expected);

  bool empty() const { return partitions_.empty(); }
  std::size_t bytes() const;
  std::int64_t rows() const;

  /// Where the first run of this partition starts; absent when there is none.
  std::optional<Offset> start(Partition partition) const;

  void drop(Partition partition) { partitions_.erase(partition); }

  /// Gives everything away.
  Result<RunsByPartition> take();

 private:
  struct Entry {
    PartitionRuns closed;
    std::size_t closed_bytes = 0;
    std::int64_t closed_rows = 0;
    std::optional<PurchaseBuffer> open;  ///< rows of open_covered
    CoveredRange open_covered;
    std::set<std::string> open_versions;
  };

  Status append_gap(const EnrichedRun& run);
  Status close(Entry& entry);

  PurchaseSchema schema_;
  std::map<Partition, Entry> partitions_;
};

}  // namespace punnet::delta
