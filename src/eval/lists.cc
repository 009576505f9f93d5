#include "eval/lists.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/seeded_random.h"

namespace punnet {
namespace {

/// Lines by row of the task's catalogue.
struct Popularity {
  std::unordered_map<ItemId, std::int64_t> lines;
  std::vector<ItemId> ranked;
};

Popularity count_lines(const HeldOutTask& task, std::span<const Purchase> history) {
  Popularity popularity;
  for (const auto item : task.catalogue) popularity.lines.try_emplace(item, 0);
  for (const auto& purchase : history) {
    if (const auto at = popularity.lines.find(purchase.item); at != popularity.lines.end()) {
      ++at->second;
    }
  }
  popularity.ranked = task.catalogue;
  std::stable_sort(popularity.ranked.begin(), popularity.ranked.end(), [&](ItemId a, ItemId b) {
    return popularity.lines.at(a) > popularity.lines.at(b);
  });
  return popularity;
}

bool contains(std::span<const ItemId> sorted, ItemId item) {
  return std::binary_search(sorted.begin(), sorted.end(), item);
}

/// Appends from `ranked` what is neither excluded nor in the list, until it holds `k`.
void fill(std::vector<ItemId>& list, std::span<const ItemId> ranked,
          std::span<const ItemId> excluded, std::size_t k) {
  for (const auto item : ranked) {
    if (list.size() >= k) return;
    if (contains(excluded, item)) continue;
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  }
}

/// The distinct values: those that come up most often first, the smaller first among equals.
std::vector<std::uint32_t> most_frequent_first(std::vector<std::uint32_t> values) {
  std::sort(values.begin(), values.end());
  std::vector<std::pair<std::int64_t, std::uint32_t>> counted;  // minus how often
  for (const auto value : values) {
    if (counted.empty() || counted.back().second != value) counted.emplace_back(0, value);
    --counted.back().first;
  }
  std::sort(counted.begin(), counted.end());
  values.clear();
  for (const auto& [count, value] : counted) values.push_back(value);
  return values;
}

}  // namespace

Lists model_lists(const HeldOutTask& task, const Recommender& recommender, std::size_t k,
                  int threads) {
  std::vector<RecommendationRequest> requests;
  requests.reserve(task.users.size());
  for (std::size_t u = 0; u < task.users.size(); ++u) {
    requests.push_back({.user = task.users[u], .excluded = task.excluded[u]});
  }
  Lists lists;
  lists.reserve(task.users.size());
  for (const auto& recommendations : recommender.recommend(requests, k, threads)) {
    auto& list = lists.emplace_back();
    for (const auto& scored : recommendations.items) list.push_back(scored.item);
  }
  return lists;
}

Lists popularity_lists(const HeldOutTask& task, std::span<const Purchase> history, std::size_t k) {
  const auto popularity = count_lines(task, history);
  Lists lists(task.users.size());
  for (std::size_t u = 0; u < lists.size(); ++u) {
    fill(lists[u], popularity.ranked, task.excluded[u], k);
  }
  return lists;
}

Lists own_frequency_lists(const HeldOutTask& task, std::span<const Purchase> history,
                          std::size_t k) {
  const auto popularity = count_lines(task, history);
  // An item's place among all settles ties by itself.
  std::unordered_map<ItemId, std::uint32_t> places;
  places.reserve(popularity.ranked.size());
  for (const auto item : popularity.ranked) {
    places.emplace(item, static_cast<std::uint32_t>(places.size()));
  }
  std::unordered_map<UserId, std::vector<std::uint32_t>> own;
  for (const auto user : task.users) own.try_emplace(user);
  for (const auto& purchase : history) {
    const auto place = places.find(purchase.item);
    if (place == places.end()) continue;
    if (const auto at = own.find(purchase.user); at != own.end())
      at->second.push_back(place->second);
  }
  Lists lists(task.users.size());
  for (std::size_t u = 0; u < lists.size(); ++u) {
    const auto ranked = most_frequent_first(own.at(task.users[u]));
    std::vector<ItemId> items;
    items.reserve(ranked.size());
    for (const auto place : ranked) items.push_back(popularity.ranked[place]);
    fill(lists[u], items, task.excluded[u], k);
    fill(lists[u], popularity.ranked, task.excluded[u], k);
  }
  return lists;
}

Lists random_lists(const HeldOutTask& task, std::size_t k, std::uint64_t seed) {
  SeededRandom random(seed);
  auto items = task.catalogue;
  Lists lists(task.users.size());
  for (std::size_t u = 0; u < lists.size(); ++u) {
    // A shuffle that stops when the list is full.
    for (std::size_t i = 0; i < items.size() && lists[u].size() < k; ++i) {
      std::swap(items[i], items[i + random.below(items.size() - i)]);
      if (!contains(task.excluded[u], items[i])) lists[u].push_back(items[i]);
    }
  }
  return lists;
}

Coverage measure_coverage(const Lists& lists, std::size_t catalogue_items) {
  Coverage coverage;
  std::map<ItemId, std::size_t> shown;
  for (const auto& list : lists) {
    if (!list.empty()) ++coverage.lists;
    for (const auto item : list) ++shown[item];
  }
  coverage.distinct_items = shown.size();
  if (catalogue_items > 0) {
    coverage.share_of_catalogue =
        static_cast<double>(shown.size()) / static_cast<double>(catalogue_items);
  }
  std::size_t most = 0;
  for (const auto& [item, count] : shown) {
    if (count <= most) continue;
    most = count;
    coverage.most_shown = item;
  }
  if (coverage.lists > 0) {
    coverage.share_of_lists = static_cast<double>(most) / static_cast<double>(coverage.lists);
  }
  return coverage;
}

bool is_degenerate(const Coverage& coverage, const DegenerateLimits& limits) {
  if (coverage.lists == 0) return false;
  return coverage.share_of_lists > limits.share_of_lists ||
         coverage.share_of_catalogue < limits.share_of_catalogue;
}

}  // namespace punnet
