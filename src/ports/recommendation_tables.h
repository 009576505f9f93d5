#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "domain/recommendation.h"
#include "ports/port.h"

namespace punnet {

/// Named fixed lists, such as "top_5" and "random_5". Safe to call from many threads.
class BaselineTable : public Port {
 public:
  /// kAbsent when there is no list of that name.
  virtual Result<std::vector<ItemId>> fetch(std::string_view name, const CallContext& call) = 0;

  /// Sets the list; repeating changes nothing.
  virtual Status put(std::string_view name, std::span<const ItemId> items,
                     const CallContext& call) = 0;
};

/// The list a user was given last.
struct StoredRecommendation {
  UserId user;
  std::vector<ItemId> items;  ///< best first
  RecommendationSource source = RecommendationSource::kNone;
  std::string model_version;
  Partition partition = 0;  ///< of the event that the list was made for
  Offset offset = 0;
};

/// The last recommendations of each user. Safe to call from many threads.
class RecommendationTable : public Port {
 public:
  /// Upserts one row per user. A row never replaces one of a later offset of the same partition, so
  /// replaying changes nothing. After an error some of the rows may be there; calling again
  /// completes them.
  virtual Status put(std::span<const StoredRecommendation> rows, const CallContext& call) = 0;

  /// Users without a list are missing.
  virtual Result<std::vector<StoredRecommendation>> fetch(std::span<const UserId> users,
                                                          const CallContext& call) = 0;
};

}  // namespace punnet
