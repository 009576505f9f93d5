#pragma once

#include <cstdint>

#include "base/call_context.h"
#include "base/result.h"
#include "delta/delta_log.h"
#include "delta/snapshot.h"

namespace punnet::delta {

/// Reads a checkpoint (v1, one file or several parts), whoever wrote it. kCorrupt when it is not
/// what was written, as far as checksums tell.
Result<Snapshot> read_checkpoint(const DeltaLog& log, const LogListing::Checkpoint& checkpoint,
                                 const CallContext& call);

/// How many actions it holds, as its footers say.
Result<std::int64_t> count_actions(const DeltaLog& log, const LogListing::Checkpoint& checkpoint,
                                   const CallContext& call);

/// Writes the state as a v1 checkpoint that Spark and deltalake read, then moves _last_checkpoint.
/// Tombstones deleted before `tombstones_since_ms` are left out. A checkpoint that is there already
/// is success.
Status write_checkpoint(const DeltaLog& log, const Snapshot& snapshot,
                        std::int64_t tombstones_since_ms, const CallContext& call);

/// Removes entries and checkpoints that no version younger than `keep_since_ms` needs: all before
/// the newest checkpoint older than that. Returns how many files.
Result<std::int64_t> clean_log(const DeltaLog& log, std::int64_t keep_since_ms,
                               const CallContext& call);

}  // namespace punnet::delta
