#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "domain/offsets.h"
#include "domain/purchase.h"
#include "domain/recommendation.h"

namespace punnet {

/// An event together with what was recommended on it: a row of new_purchases.
struct EnrichedPurchase {
  Purchase purchase;
  Partition partition = 0;
  Offset offset = 0;
  std::optional<Timestamp> event_time;  ///< the log's own timestamp of the event
  std::vector<ItemId> recommendations;  ///< empty with source kNone is stored as null
  std::optional<double>
      precision_at_k;     ///< absent for users without own purchases or without a list
  ItemFeatures features;  ///< of the purchased item
  RecommendationSource source = RecommendationSource::kNone;
};

/// An event that could not be understood: a row of rejected_events.
struct RejectedEvent {
  Partition partition = 0;
  Offset offset = 0;
  std::optional<Timestamp> event_time;
  std::string reason;  ///< e.g. "quantity: not an integer"
  std::string bytes;   ///< the event's value, untouched
};

}  // namespace punnet
