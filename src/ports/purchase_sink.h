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

/// Keeps enriched purchases for the next training. One thread, but for run_commit.
///
/// append takes rows in; a commit makes everything appended visible together with the position that
/// covers it, all or nothing. Only a commit moves the position; what was not committed is gone when
/// the process dies, and is read from the log again. While one commit is under way rows can be
/// appended, for the one after it.
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

  /// Forgets what was appended for a partition and is not part of the commit under way: it may be
  /// read again.
  virtual void drop(Partition partition) = 0;

  /// Reads anew where the table ends. Only when nothing waits for a commit; kInternal otherwise.
  virtual Status refresh(const CallContext& call) = 0;

  /// Begins a commit of all that was appended up to now. Does nothing while one is under way.
  virtual Status begin_commit() = 0;

  /// Makes what is part of the commit durable and visible. May run on another thread while the
  /// others are called. After an error call it again, or drop the sink and open it anew: the table
  /// decides what is held.
  virtual Status run_commit(const CallContext& call) = 0;

  /// Ends a commit that has run well: positions() are those that it found or made, and rows of
  /// partitions where another writer was first are dropped, those appended meanwhile too.
  virtual CommitOutcome end_commit() = 0;

  /// All three, for who has nothing else to do meanwhile; a commit under way is ended first.
  /// Nothing appended: succeeds and changes nothing. After an error call it again.
  Result<CommitOutcome> commit(const CallContext& call);
};

}  // namespace punnet
