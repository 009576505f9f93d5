#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/delta_commit.h"
#include "ports/file_store.h"

namespace punnet {

struct OptimizeOptions {
  std::int64_t target_file_bytes = std::int64_t{128} << 20;  ///< merged files stay below this
  std::string writer_id;  ///< letters, digits, "-"; another one for each call
  std::string engine_info = "punnet";
  int attempts = 3;  ///< when another compaction takes the same files
  bool dry_run = false;
  delta::LogUpkeep upkeep;
};

/// What a compaction did, or would do. Before and after are of the whole table.
struct OptimizeReport {
  std::int64_t version = 0;  ///< of the table afterwards
  std::int64_t files_before = 0;
  std::int64_t files_after = 0;
  std::int64_t bytes_before = 0;
  std::int64_t bytes_after = 0;  ///< an estimate in a dry run: the bytes before
  std::int64_t rewritten_files = 0;
  std::int64_t rewritten_rows = 0;
};

/// Merges small files into larger ones, in one commit that changes no row. Before the commit what
/// was written is read back, and must have the same row count, the same nulls in each column and
/// the same fingerprint as what it replaces; kCorrupt otherwise, and the table stays as it is.
/// Dying at any point leaves orphans only. Writers and readers go on meanwhile. The old files stay
/// until vacuum. kUnavailable: other compactions were first, `attempts` times.
Result<OptimizeReport> optimize_delta_table(FileStore& files, std::string_view table,
                                            const OptimizeOptions& options, const Clock& clock,
                                            const CallContext& call);

}  // namespace punnet
