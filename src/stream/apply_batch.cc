#include "stream/apply_batch.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "stream/decode_run.h"
#include "stream/enrich.h"
#include "stream/topic_feed.h"

namespace punnet {
namespace {

/// Adds the time that `step` takes to `spent`.
template <typename Step>
auto timed(const Clock& clock, std::chrono::microseconds& spent, Step&& step) {
  const auto start = clock.now();
  auto result = step();
  spent += clock.now() - start;
  return result;
}

std::vector<DecodedRun> decode(std::span<const EventRun> runs, const PurchaseSchema& schema) {
  std::vector<DecodedRun> decoded;
  decoded.reserve(runs.size());
  for (const EventRun& run : runs) decoded.push_back(decode_run(run, schema));
  return decoded;
}

template <typename Id>
void keep_distinct(std::vector<Id>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

template <typename Id>
std::vector<Id> distinct(const std::vector<DecodedRun>& runs, Id Purchase::*field) {
  std::vector<Id> ids;
  for (const DecodedRun& run : runs) {
    for (const DecodedEvent& event : run.events) ids.push_back(event.purchase.*field);
  }
  keep_distinct(ids);
  return ids;
}

Status fetch(const std::vector<UserId>& users, const std::vector<ItemId>& items,
             const ApplyPorts& ports, LookupCaches& caches, Retry& retry) {
  PUNNET_CHECK(retry("reading histories",
                     [&](const CallContext& call) { return ports.histories.fetch(users, call); }));
  PUNNET_CHECK(retry("reading own purchases", [&](const CallContext& call) {
    return caches.own_purchases.fetch(
        users, [&](auto missing) { return ports.own_purchases.fetch(missing, call); });
  }));
  return retry("reading item features", [&](const CallContext& call) {
    return caches.features.fetch(items,
                                 [&](auto missing) { return ports.items.features(missing, call); });
  });
}

/// One list per user, an item longer than asked for where events will leave out their own.
UserLists recommend(const std::vector<UserId>& users, const Recommender& recommender,
                    const HistoryCache& histories, const ApplyConfig& config) {
  std::vector<std::vector<ItemId>> excluded(users.size());
  std::vector<RecommendationRequest> requests;
  requests.reserve(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    const History* history = config.exclude_purchased ? histories.find(users[i]) : nullptr;
    if (history != nullptr) {
      for (const HistoryEntry& entry : *history) excluded[i].push_back(entry.item);
    }
    requests.push_back({users[i], excluded[i]});
  }
  const std::size_t k = config.k + (recommender.model().exclude_own_item ? 1 : 0);
  const auto recommended = recommender.recommend(requests, k, config.threads);

  UserLists lists;
  lists.reserve(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    UserList& list = lists[users[i]];
    list.source = recommended[i].source;
    list.items.reserve(recommended[i].items.size());
    for (const ScoredItem& scored : recommended[i].items) list.items.push_back(scored.item);
  }
  return lists;
}

std::vector<EnrichedRun> enrich_all(const std::vector<DecodedRun>& runs, const UserLists& lists,
                                    const LookupCaches& caches, const EnrichConfig& config) {
  const EnrichLookups lookups{
      .own_purchases = [&](UserId user) { return caches.own_purchases.find(user); },
      .features = [&](ItemId item) { return caches.features.find(item); }};
  std::vector<EnrichedRun> enriched;
  enriched.reserve(runs.size());
  for (const DecodedRun& run : runs) enriched.push_back(enrich(run, lists, lookups, config));
  return enriched;
}

PrecisionSummary precision_of(const std::vector<EnrichedRun>& runs) {
  std::vector<EventPrecision> events;
  for (const EnrichedRun& run : runs) {
    for (const EnrichedPurchase& row : run.rows) {
      events.push_back({row.purchase.user, row.precision_at_k});
    }
  }
  return summarize_precision(events);
}

std::vector<StoredRecommendation> last_lists(const std::vector<EnrichedRun>& runs,
                                             std::string_view model_version) {
  std::unordered_map<UserId, const EnrichedPurchase*> last;
  for (const EnrichedRun& run : runs) {
    for (const EnrichedPurchase& row : run.rows) {
      if (row.source != RecommendationSource::kNone) last[row.purchase.user] = &row;
    }
  }
  std::vector<StoredRecommendation> lists;
  lists.reserve(last.size());
  for (const auto& [user, row] : last) {
    lists.push_back({user, row->recommendations, row->source, std::string(model_version),
                     row->partition, row->offset});
  }
  std::sort(lists.begin(), lists.end(),
            [](const auto& a, const auto& b) { return a.user < b.user; });
  return lists;
}

std::vector<EnrichedPurchase> first_rows(const std::vector<EnrichedRun>& runs, std::size_t limit) {
  std::vector<EnrichedPurchase> rows;
  for (const EnrichedRun& run : runs) {
    for (const EnrichedPurchase& row : run.rows) {
      if (rows.size() == limit) return rows;
      rows.push_back(row);
    }
  }
  return rows;
}

Result<NameMap> names_in(const std::vector<EnrichedPurchase>& rows, const ApplyPorts& ports,
                         LookupCaches& caches, Retry& retry) {
  std::vector<ItemId> items;
  for (const EnrichedPurchase& row : rows) {
    items.push_back(row.purchase.item);
    items.insert(items.end(), row.recommendations.begin(), row.recommendations.end());
  }
  keep_distinct(items);
  PUNNET_CHECK(retry("reading item names", [&](const CallContext& call) {
    return caches.names.fetch(items,
                              [&](auto missing) { return ports.items.names(missing, call); });
  }));
  NameMap names;
  for (const ItemId item : items) {
    if (const auto* name = caches.names.find(item)) names.emplace(item, *name);
  }
  return names;
}

Status tell(const std::vector<EnrichedRun>& enriched, std::string_view model_version,
            const ApplyPorts& ports, Retry& retry) {
  if (ports.feed == nullptr) return ok();
  std::vector<FeedRun> runs;
  runs.reserve(enriched.size());
  for (const EnrichedRun& run : enriched) runs.push_back(feed_run(run, model_version));
  return retry("writing recommendations to the output topic",
               [&](const CallContext& call) { return ports.feed->write(runs, call); });
}

Status append(std::vector<EnrichedRun> enriched, const std::vector<DecodedRun>& decoded,
              std::string_view model_version, const ApplyPorts& ports, Retry& retry) {
  for (std::size_t i = 0; i < enriched.size(); ++i) {
    // An append takes the run with it, so it is tried once; it fails only for lack of room.
    PUNNET_CHECK(retry.once([&](const CallContext& call) {
      return ports.sink.append(std::move(enriched[i]), model_version, call);
    }));
    ports.histories.note(decoded[i]);
  }
  return ok();
}

}  // namespace

LookupCaches::LookupCaches(std::size_t limit_bytes_each)
    : own_purchases(
          limit_bytes_each,
          [](const std::vector<ItemId>& list) { return list.capacity() * sizeof(ItemId); }),
      features(limit_bytes_each,
               [](const ItemFeatures& features_of) {
                 return features_of.department.capacity() + features_of.category.capacity();
               }),
      names(limit_bytes_each, [](const std::string& name) { return name.capacity(); }) {}

Result<BatchOutcome> apply_batch(std::span<const EventRun> runs, const Recommender& recommender,
                                 const ApplyPorts& ports, LookupCaches& caches,
                                 const ApplyConfig& config, Retry& retry) {
  BatchOutcome outcome;
  StepTimes& times = outcome.times;
  const auto looked_up = [&] {
    return caches.own_purchases.looked_up() + caches.features.looked_up() +
           caches.names.looked_up() + ports.histories.looked_up();
  };
  const auto looked_up_before = looked_up();
  const Model& model = recommender.model();

  const auto decoded =
      timed(ports.clock, times.decode, [&] { return decode(runs, config.schema); });
  const auto users = distinct(decoded, &Purchase::user);
  const auto items = distinct(decoded, &Purchase::item);

  PUNNET_CHECK(
      timed(ports.clock, times.fetch, [&] { return fetch(users, items, ports, caches, retry); }));
  const auto lists = timed(ports.clock, times.recommend,
                           [&] { return recommend(users, recommender, ports.histories, config); });
  auto enriched = timed(ports.clock, times.enrich, [&] {
    return enrich_all(decoded, lists, caches, {config.k, model.exclude_own_item});
  });

  outcome.precision = precision_of(enriched);
  outcome.lists = last_lists(enriched, model.version);
  outcome.shown = first_rows(enriched, config.shown_rows);
  PUNNET_TRY(outcome.names, names_in(outcome.shown, ports, caches, retry));
  outcome.looked_up = looked_up() - looked_up_before;
  for (const DecodedRun& run : decoded) {
    outcome.rows += static_cast<std::int64_t>(run.events.size());
    outcome.rejects += static_cast<std::int64_t>(run.rejects.size());
    outcome.unknown_fields += run.unknown_fields;
  }

  PUNNET_CHECK(tell(enriched, model.version, ports, retry));
  PUNNET_CHECK(timed(ports.clock, times.append, [&] {
    return append(std::move(enriched), decoded, model.version, ports, retry);
  }));
  return outcome;
}

}  // namespace punnet
