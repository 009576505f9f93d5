#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "ports/port.h"

namespace punnet {

/// What is known about items. Safe to call from many threads. Writes are idempotent upserts: all
/// rows of a call or none.
class ItemTable : public Port {
 public:
  /// Looks up all `items` in one round trip. Unknown items are missing from the map; an error means
  /// that the store could not answer, never that an item is unknown.
  virtual Result<FeatureMap> features(std::span<const ItemId> items, const CallContext& call) = 0;

  /// The names of those `items` that have one.
  virtual Result<NameMap> names(std::span<const ItemId> items, const CallContext& call) = 0;

  virtual Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                              const CallContext& call) = 0;
  virtual Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                           const CallContext& call) = 0;
};

}  // namespace punnet
