#include "eval/held_out_task.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>
#include <utility>

namespace punnet {
namespace {

void sort_distinct(std::vector<ItemId>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

std::vector<ItemId> items_of(std::span<const Purchase> purchases) {
  std::vector<ItemId> items;
  items.reserve(purchases.size());
  for (const auto& purchase : purchases) items.push_back(purchase.item);
  return items;
}

}  // namespace

std::string_view name(Track track) {
  return track == Track::kAllPurchases ? "all_purchases" : "new_items";
}

HeldOutTask make_held_out_task(Track track, std::span<const Purchase> history,
                               std::span<const Purchase> later, std::span<const ItemId> catalogue) {
  HeldOutTask task;
  task.track = track;
  task.catalogue = catalogue.empty() ? items_of(history)
                                     : std::vector<ItemId>(catalogue.begin(), catalogue.end());
  sort_distinct(task.catalogue);

  std::map<UserId, std::vector<ItemId>> bought_later;
  for (const auto& purchase : later) {
    if (std::binary_search(task.catalogue.begin(), task.catalogue.end(), purchase.item)) {
      bought_later[purchase.user].push_back(purchase.item);
    }
  }
  std::unordered_map<UserId, std::vector<ItemId>> bought_before;
  if (track == Track::kNewItems) {
    for (const auto& purchase : history) bought_before[purchase.user].push_back(purchase.item);
  }

  for (auto& [user, truth] : bought_later) {
    sort_distinct(truth);
    auto& excluded = bought_before[user];
    sort_distinct(excluded);
    std::vector<ItemId> left;
    std::set_difference(truth.begin(), truth.end(), excluded.begin(), excluded.end(),
                        std::back_inserter(left));
    if (left.empty()) continue;
    task.users.push_back(user);
    task.truth.push_back(std::move(left));
    task.excluded.push_back(std::move(excluded));
  }
  return task;
}

}  // namespace punnet
