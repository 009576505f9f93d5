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
  std::unordered_map<UserId, std::map<ItemId, std::int64_t>> own;
  for (const auto user : task.users) own.try_emplace(user);
  for (const auto& purchase : history) {
    if (!contains(task.catalogue, purchase.item)) continue;
    if (const auto at = own.find(purchase.user); at != own.end()) ++at->second[purchase.item];
  }
  Lists lists(task.users.size());
  for (std::size_t u = 0; u < lists.size(); ++u) {
    std::vector<ItemId> ranked;
    const auto& counts = own.at(task.users[u]);
    for (const auto& [item, count] : counts) ranked.push_back(item);
    std::stable_sort(ranked.begin(), ranked.end(), [&](ItemId a, ItemId b) {
      return std::pair(counts.at(a), popularity.lines.at(a)) >
             std::pair(counts.at(b), popularity.lines.at(b));
    });
    fill(lists[u], ranked, task.excluded[u], k);
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
