#include "eval/original_precision.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "domain/id_index.h"

namespace punnet {
namespace {

using BoughtPairs = std::vector<std::pair<UserId, ItemId>>;

IdIndex<UserId> users_of(std::span<const Purchase> purchases) {
  std::unordered_set<UserId> users;
  for (const auto& purchase : purchases) users.insert(purchase.user);
  return IdIndex<UserId>({users.begin(), users.end()});
}

struct MeanPrecision {
  double mean = 0;
  std::size_t users = 0;
};

MeanPrecision average(const Recommender& recommender, std::span<const Purchase> purchases,
                      const BoughtPairs& bought, std::size_t k, int threads) {
  const auto users = users_of(purchases);
  std::vector<RecommendationRequest> requests;
  for (const auto user : users.ids()) requests.push_back({.user = user, .excluded = {}});
  const auto lists = recommender.recommend(requests, k, threads);
  double sum = 0;
  MeanPrecision result;
  for (std::size_t u = 0; u < lists.size(); ++u) {
    if (lists[u].source != RecommendationSource::kModel) continue;
    const auto hits =
        std::count_if(lists[u].items.begin(), lists[u].items.end(), [&](const ScoredItem& scored) {
          return std::binary_search(bought.begin(), bought.end(),
                                    std::pair(requests[u].user, scored.item));
        });
    sum += static_cast<double>(hits) / static_cast<double>(k);
    ++result.users;
  }
  if (result.users > 0) result.mean = sum / static_cast<double>(result.users);
  return result;
}

}  // namespace

OriginalPrecision measure_original_precision(const Recommender& recommender,
                                             std::span<const Purchase> train,
                                             std::span<const Purchase> validation, std::size_t k,
                                             int threads) {
  BoughtPairs bought;
  bought.reserve(train.size() + validation.size());
  for (const auto part : {train, validation}) {
    for (const auto& purchase : part) bought.emplace_back(purchase.user, purchase.item);
  }
  std::sort(bought.begin(), bought.end());
  const auto on_train = average(recommender, train, bought, k, threads);
  const auto on_validation = average(recommender, validation, bought, k, threads);
  return {.k = k,
          .train = on_train.mean,
          .validation = on_validation.mean,
          .train_users = on_train.users,
          .validation_users = on_validation.users};
}

}  // namespace punnet
