#include "training/load_tables.h"

#include <algorithm>
#include <tuple>

#include "base/seeded_random.h"

namespace punnet {

OwnPurchases::ItemLists distinct_items_by_user(std::span<const Purchase> purchases) {
  OwnPurchases::ItemLists lists;
  for (const auto& purchase : purchases) lists[purchase.user].push_back(purchase.item);
  for (auto& [user, items] : lists) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    items.shrink_to_fit();
  }
  return lists;
}

std::vector<HistoryIncrement> count_histories(std::span<const Purchase> purchases) {
  std::vector<HistoryIncrement> rows;
  rows.reserve(purchases.size());
  for (const auto& purchase : purchases) {
    rows.push_back({.user = purchase.user,
                    .entry = {.item = purchase.item, .count = 1, .last_time = purchase.time}});
  }
  std::sort(rows.begin(), rows.end(), [](const HistoryIncrement& a, const HistoryIncrement& b) {
    return std::tie(a.user, a.entry.item) < std::tie(b.user, b.entry.item);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (kept > 0 && rows[kept - 1].user == rows[i].user &&
        rows[kept - 1].entry.item == rows[i].entry.item) {
      auto& entry = rows[kept - 1].entry;
      ++entry.count;
      // An absent time is less than any other.
      entry.last_time = std::max(entry.last_time, rows[i].entry.last_time);
    } else {
      rows[kept++] = rows[i];
    }
  }
  rows.resize(kept);
  return rows;
}

std::vector<ItemId> draw_items(std::span<const std::pair<ItemId, ItemFeatures>> catalogue,
                               std::size_t count, std::uint64_t seed) {
  std::vector<ItemId> items;
  items.reserve(catalogue.size());
  for (const auto& [item, features] : catalogue) items.push_back(item);
  std::sort(items.begin(), items.end());
  SeededRandom(seed).shuffle(items);
  items.resize(std::min(count, items.size()));
  return items;
}

Result<LoadCounts> load_tables(const TableRows& rows, Tables& tables,
                               const std::function<CallContext(std::size_t)>& call_for) {
  PUNNET_CHECK(tables.items->put_features(rows.item_features, call_for(rows.item_features.size())));
  PUNNET_CHECK(tables.items->put_names(rows.items, call_for(rows.items.size())));
  PUNNET_CHECK(
      tables.own_purchases->replace_all(rows.own_purchases, call_for(rows.own_purchases.size())));
  PUNNET_CHECK(tables.histories->replace_all(rows.histories, call_for(rows.histories.size())));
  PUNNET_CHECK(tables.baselines->put(kTopBaseline, rows.top_5, call_for(1)));
  PUNNET_CHECK(tables.baselines->put(kRandomBaseline, rows.random_5, call_for(1)));
  return LoadCounts{.item_features = rows.item_features.size(),
                    .items = rows.items.size(),
                    .users = rows.own_purchases.size(),
                    .histories = rows.histories.size()};
}

}  // namespace punnet
