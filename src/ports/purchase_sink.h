#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/enriched_purchase.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// What became of the events of one run: every offset of `range` is a row, a reject, or a hole of
/// the log.
struct EnrichedRun {
  Partition partition = 0;
  OffsetRange range;
  std::vector<EnrichedPurchase> rows;  ///< ascending by offset
  std::vector<RejectedEvent> rejects;  ///< ascending by offset
  bool is_gap = false;  ///< the log had lost all of `range` before it was read: no row, no reject
};

/// What a commit did.
struct CommitOutcome {
  Positions next;         ///< per partition of the topic: the first offset the table does not hold
  std::int64_t rows = 0;  ///< made visible by this commit
  std::int64_t rejects = 0;
  std::int64_t bytes = 0;  ///< of data files
  std::vector<Partition>
      lost;  ///< partitions where another writer was first; what was appended for
             ///< them since the last commit is dropped, `next` says where to go on
};

/// Keeps enriched purchases for the next training. One thread.
///
/// Two verbs: append takes rows in, commit makes everything appended visible together with the
/// position that covers it, all or nothing. Only commit moves the position; what was not committed
/// is gone when the process dies, and is read from the log again.
class PurchaseSink : public Port {
 public:
  /// The first offset not yet held, per partition that was ever committed; read at opening and kept
  /// up to date by commit.
  virtual const Positions& positions() const = 0;

  /// Takes one run, which must start where the last one of its partition (or the position) ended.
  /// Memory grows by what is appended: commit when pending_bytes says so.
  virtual Status append(EnrichedRun run, std::string_view model_version,
                        const CallContext& call) = 0;

  /// Size of what was appended and not yet committed, in bytes of memory and of rows.
  virtual std::size_t pending_bytes() const = 0;
  virtual std::int64_t pending_rows() const = 0;

  /// Makes all that was appended durable and visible. Nothing appended: succeeds and changes
  /// nothing. After an error call it again, or drop the sink and open it anew: the table decides
  /// what is held.
  virtual Result<CommitOutcome> commit(const CallContext& call) = 0;
};

}  // namespace punnet
