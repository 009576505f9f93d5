#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "ports/file_store.h"

namespace punnet {

/// Something that is not as it must be, and where.
struct Finding {
  std::string place;
  std::string what;
};

/// What the tables hold of one partition.
struct HeldOffsets {
  OffsetRange range;       ///< from the first offset that they tell of to the position
  std::int64_t holes = 0;  ///< offsets of it that are neither rows nor rejects, gaps aside
  std::vector<OffsetRange> gaps =
      {};  ///< recorded as lost before they were read, as far as commits tell

  bool operator==(const HeldOffsets&) const = default;
};

struct VerifyReport {
  bool readable = false;          ///< false: findings only, what follows is not known
  std::vector<Finding> findings;  ///< empty: the tables are sound
  std::vector<Finding> notes;     ///< what could not be proven, and why; no fault
  std::int64_t version = 0;       ///< of the main table
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::int64_t rejects = 0;
  std::map<Partition, HeldOffsets> held;
};

/// Proves both tables of a stream from their logs and files: entries are contiguous and readable,
/// checkpoints agree with them; every file is there, byte for byte as written, and every row
/// readable; counts in log, footers and files agree; and per partition each offset below the
/// position is exactly once a row or a reject, or a hole that a commit recorded. Reads everything.
/// An error means that the store could not be asked; what is wrong with the tables is a finding.
Result<VerifyReport> verify_delta_tables(FileStore& files, std::string_view table,
                                         std::string_view rejects_table, const CallContext& call);

}  // namespace punnet
