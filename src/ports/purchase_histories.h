#pragma once

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/history.h"
#include "domain/ids.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// What each user bought: begins with the training half, grows with the stream. The only histories
/// that recommending, excluding and baselines may read.
///
/// Counts stay exact over crashes and replay because increments and the position that covers them
/// are stored together. Safe to call from many threads; one writer per partition of a topic.
class PurchaseHistories : public Port {
 public:
  /// Looks up all `users` in one round trip. Users without purchases are missing from the map.
  virtual Result<HistoryMap> fetch(std::span<const UserId> users, const CallContext& call) = 0;

  /// Replaces everything by `rows` (one per user and item; any order) and forgets all positions.
  virtual Status replace_all(std::span<const HistoryIncrement> rows, const CallContext& call) = 0;

  /// Adds `increments` and moves the positions of `topic_id` from `from` to `upto`, both or
  /// neither. `from` and `upto` name the same partitions. When a stored position (0 where none is
  /// stored yet) is not the one in `from`, the call is kExists and nothing is changed: somebody
  /// else was here.
  virtual Status apply(std::string_view topic_id, std::span<const HistoryIncrement> increments,
                       const Positions& from, const Positions& upto, const CallContext& call) = 0;

  /// Up to where the events of `topic_id` are counted; partitions never applied are missing.
  virtual Result<Positions> positions(std::string_view topic_id, const CallContext& call) = 0;
};

/// The distinct items of each user over the whole data, frozen at load. Serves only the original's
/// leaking precision_at_k; nothing that chooses items may read it. Safe to call from many threads.
class OwnPurchases : public Port {
 public:
  using ItemLists = std::unordered_map<UserId, std::vector<ItemId>>;

  /// Looks up all `users` in one round trip; lists ascend by id. Unknown users are missing.
  virtual Result<ItemLists> fetch(std::span<const UserId> users, const CallContext& call) = 0;

  /// Replaces everything.
  virtual Status replace_all(const ItemLists& lists, const CallContext& call) = 0;
};

}  // namespace punnet
