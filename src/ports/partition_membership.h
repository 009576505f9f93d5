#pragma once

#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// What changed of a member's share of the partitions.
struct ShareChange {
  std::vector<Partition> lost = {};      ///< not the member's any more; another may be reading them
  std::vector<Partition> revoked = {};   ///< asked back: the member's until it calls release
  std::vector<Partition> assigned = {};  ///< the member's from now on

  bool empty() const { return lost.empty() && revoked.empty() && assigned.empty(); }
};

/// A place in a group of processes that share the partitions of one topic: each partition is given
/// to one member at a time, and to another one when a member joins, leaves or dies. Destroying it
/// leaves the group.
///
/// It only spares work. A member that was asleep may take for its own what is another's by now, so
/// what was read is made sure of elsewhere: by the table's positions. One thread.
class PartitionMembership : public Port {
 public:
  /// What changed since the last call; what belongs to a new member is told piece by piece. Does
  /// not wait. While revoked partitions are not released, nothing more is told but losses.
  virtual Result<ShareChange> poll() = 0;

  /// Lets go of all partitions that were revoked. Without any: does nothing.
  virtual void release() = 0;

  /// Notes for other tools how far the group has come in the member's partitions, as
  /// EventLog::commit_offsets does for a group without members. Answers of earlier calls may be
  /// waited for by later ones.
  virtual Status note_offsets(const Positions& next, const CallContext& call) = 0;
};

}  // namespace punnet
