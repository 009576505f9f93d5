#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/enriched_purchase.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "domain/purchase.h"
#include "ports/event_log.h"
#include "ports/item_tables.h"
#include "ports/purchase_histories.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_feed.h"
#include "ports/recommendation_tables.h"
#include "ranking/recommender.h"
#include "stream/history_cache.h"
#include "stream/precision_at_k.h"
#include "stream/read_through_cache.h"
#include "stream/retry.h"

namespace punnet {

struct ApplyConfig {
  PurchaseSchema schema;
  std::size_t k = 5;
  int threads = 1;
  bool exclude_purchased = false;  ///< lists leave out what the user bought before this batch
  std::size_t shown_rows = 20;     ///< how many rows the outcome keeps for people; 0: none
  std::size_t lookup_cache_bytes = 64 << 20;  ///< of each of the caches over the tables
};

/// What apply_batch asks of the world.
struct ApplyPorts {
  OwnPurchases& own_purchases;
  ItemTable& items;
  HistoryCache& histories;
  PurchaseSink& sink;
  const Clock& clock;
  RecommendationFeed* feed = nullptr;  ///< absent: nobody else is told
};

/// What the tables once answered, and need not be asked again. One thread.
struct LookupCaches {
  explicit LookupCaches(std::size_t limit_bytes_each);

  ReadThroughCache<UserId, std::vector<ItemId>> own_purchases;
  ReadThroughCache<ItemId, ItemFeatures> features;
  ReadThroughCache<ItemId, std::string> names;
};

/// Where the time of a batch went.
struct StepTimes {
  std::chrono::microseconds decode{0};
  std::chrono::microseconds fetch{0};
  std::chrono::microseconds recommend{0};
  std::chrono::microseconds enrich{0};
  std::chrono::microseconds append{0};
};

struct BatchOutcome {
  std::int64_t rows = 0;
  std::int64_t rejects = 0;
  std::int64_t unknown_fields = 0;
  std::int64_t looked_up = 0;  ///< keys that tables were asked for, since memory did not hold them
  PrecisionSummary precision;
  StepTimes times;
  std::vector<EnrichedPurchase> shown;      ///< the first rows
  NameMap names;                            ///< of the items in `shown`, where they have one
  std::vector<StoredRecommendation> lists;  ///< each user's last list, ascending by user
};

/// The story of one batch: decode, look up, recommend, enrich, tell the feed, append to the sink,
/// count in the histories. What the sink has been given the feed has been told. `runs` holds at
/// most one run per partition. Nothing is committed.
///
/// A list never holds an item twice or one outside of the model's catalogue and, unless the model
/// says exclude_own_item = false, never the event's own item. On error the runs already appended
/// stay appended; the batch must then not be applied again to the same sink.
Result<BatchOutcome> apply_batch(std::span<const EventRun> runs, const Recommender& recommender,
                                 const ApplyPorts& ports, LookupCaches& caches,
                                 const ApplyConfig& config, Retry& retry);

}  // namespace punnet
