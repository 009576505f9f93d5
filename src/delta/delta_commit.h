#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/actions.h"
#include "delta/delta_log.h"
#include "delta/snapshot.h"

namespace punnet::delta {

/// One change of a table. The data files it adds are durable already.
struct Transaction {
  CommitInfo info;              ///< its txn_id is unique; its timestamp is set by commit
  std::vector<Action> actions;  ///< add, remove and txn
};

/// How a commit ended. Neither committed nor an error: somebody else was first.
struct CommitResult {
  bool committed = false;
  std::vector<std::string> lost_apps;   ///< of our txn: those that another commit has moved
  std::vector<std::string> lost_files;  ///< of our removes: those that another commit has removed
};

/// Publishes `transaction` after `snapshot`, never replacing an entry. When others were first,
/// their entries are taken into `snapshot` and, unless they touch the same apps or files, the next
/// version is tried. An attempt whose answer was lost is settled by reading the entry: it is ours
/// when it carries our txn_id.
///
/// On success `snapshot` includes the transaction. kUnknownOutcome means that the entry may yet
/// appear: the files it adds must stay. After any other error nothing was committed. kInvalid: the
/// table was changed into one that punnet, or this writer, does not know.
Result<CommitResult> commit(const DeltaLog& log, Snapshot& snapshot, const Transaction& transaction,
                            const Clock& clock, const CallContext& call);

/// How a log is kept short.
struct LogUpkeep {
  std::int64_t checkpoint_every = 100;             ///< commits
  std::chrono::hours log_retention{30 * 24};       ///< time travel reaches back this far at least
  std::chrono::hours tombstone_retention{7 * 24};  ///< removed files stay known this long
};

/// Writes a checkpoint and cleans the log when `snapshot` is at a version where that is due. The
/// table is sound whether or not this succeeds.
Status keep_log_short(const DeltaLog& log, const Snapshot& snapshot, const LogUpkeep& upkeep,
                      const Clock& clock, const CallContext& call);

/// Makes the table's first version with these columns; a table that is there already is success.
Status create_table(const DeltaLog& log, const Metadata& metadata, const CommitInfo& info,
                    const Clock& clock, const CallContext& call);

}  // namespace punnet::delta
