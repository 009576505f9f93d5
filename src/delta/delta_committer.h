#pragma once

#include <memory>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/delta_purchase_sink.h"
#include "delta/pending_runs.h"
#include "domain/offsets.h"
#include "ports/file_store.h"
#include "ports/purchase_sink.h"

namespace punnet::delta {

/// Makes runs durable in both tables, one commit after the other. One thread at a time.
class DeltaCommitter {
 public:
  DeltaCommitter(const DeltaCommitter&) = delete;
  DeltaCommitter& operator=(const DeltaCommitter&) = delete;
  virtual ~DeltaCommitter() = default;

  /// Where the table ends, as last read.
  virtual Positions positions() const = 0;

  /// Reads the table's new entries. Not between a commit that failed and the one after it.
  virtual Status refresh(const CallContext& call) = 0;

  /// Commits `runs`: rejects into their table, rows and positions into the main one. Runs of
  /// partitions where another writer was first are dropped and told as lost. On success `runs` is
  /// empty; after an error it is to be given to the next call as it was left, since its entry may
  /// stand.
  virtual Result<CommitOutcome> commit(RunsByPartition& runs, const CallContext& call) = 0;

 protected:
  DeltaCommitter() = default;
};

/// Makes the tables when they are absent. kInvalid as open_delta_purchase_sink.
Result<std::unique_ptr<DeltaCommitter>> open_delta_committer(FileStore& files, const Clock& clock,
                                                             const DeltaSinkOptions& options,
                                                             const CallContext& call);

}  // namespace punnet::delta
