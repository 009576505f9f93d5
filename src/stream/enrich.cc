#include "stream/enrich.h"

#include <utility>

#include "stream/precision_at_k.h"

namespace punnet {
namespace {

std::vector<ItemId> list_for(const UserList& list, ItemId own_item, const EnrichConfig& config) {
  std::vector<ItemId> items;
  items.reserve(config.k);
  for (const ItemId item : list.items) {
    if (items.size() == config.k) break;
    if (!config.exclude_own_item || item != own_item) items.push_back(item);
  }
  return items;
}

}  // namespace

EnrichedRun enrich(DecodedRun run, const UserLists& lists, const EnrichLookups& lookups,
                   const EnrichConfig& config) {
  EnrichedRun enriched;
  enriched.partition = run.partition;
  enriched.range = run.range;
  enriched.rejects = std::move(run.rejects);
  enriched.rows.reserve(run.events.size());
  for (const DecodedEvent& event : run.events) {
    EnrichedPurchase& row = enriched.rows.emplace_back();
    row.purchase = event.purchase;
    row.partition = run.partition;
    row.offset = event.offset;
    row.event_time = event.time;
    if (const auto list = lists.find(event.purchase.user); list != lists.end()) {
      row.recommendations = list_for(list->second, event.purchase.item, config);
      row.source = list->second.source;
    }
    if (const auto* own = lookups.own_purchases(event.purchase.user)) {
      row.precision_at_k = precision_at_k(row.recommendations, *own);
    }
    if (const auto* features = lookups.features(event.purchase.item)) row.features = *features;
  }
  return enriched;
}

}  // namespace punnet
