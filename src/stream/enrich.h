#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <vector>

#include "domain/enriched_purchase.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "domain/recommendation.h"
#include "ports/purchase_sink.h"
#include "stream/decode_run.h"

namespace punnet {

/// The list of one user in a batch, best first.
struct UserList {
  std::vector<ItemId> items;
  RecommendationSource source = RecommendationSource::kNone;
};

using UserLists = std::unordered_map<UserId, UserList>;

/// What the stores know, as far as a batch needs it. Null where they know nothing.
struct EnrichLookups {
  std::function<const std::vector<ItemId>*(UserId)> own_purchases;  ///< ascending
  std::function<const ItemFeatures*(ItemId)> features;
};

struct EnrichConfig {
  std::size_t k = 5;
  bool exclude_own_item = true;  ///< an event's list leaves out the event's own item
};

/// Joins every event with its user's list, cut to k items, with the precision of that list and the
/// features of the item. A user missing in `lists` gets no list.
EnrichedRun enrich(DecodedRun run, const UserLists& lists, const EnrichLookups& lookups,
                   const EnrichConfig& config);

}  // namespace punnet
