#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "ports/item_tables.h"

namespace punnet {

/// What people are shown of items: an id alone says nothing.
class ItemLabels {
 public:
  ItemLabels(NameMap names, FeatureMap features)
      : names_(std::move(names)), features_(std::move(features)) {}

  /// Empty where nothing is known.
  std::string name(ItemId item) const;
  ItemFeatures features(ItemId item) const;

  /// "981760 EGGS (GROCERY)", with as much as is known.
  std::string text(ItemId item) const;

 private:
  NameMap names_;
  FeatureMap features_;
};

/// Looks up `items`, in any order and repeated as they may be, in two round trips.
Result<ItemLabels> fetch_item_labels(ItemTable& table, std::vector<ItemId> items,
                                     const CallContext& call);

}  // namespace punnet
