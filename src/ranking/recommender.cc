#include "ranking/recommender.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/parallel_for.h"
#include "ranking/top_k.h"

namespace punnet {
namespace {

constexpr std::size_t kQueriesPerTask = 64;

std::vector<ItemId> candidate_items(const Model& model) {
  const auto known = model.items.ids();
  if (model.catalogue.empty()) return {known.begin(), known.end()};
  std::vector<ItemId> both;
  for (const auto item : model.catalogue) {
    if (model.items.row(item)) both.push_back(item);
  }
  return both;
}

PackedItems pack(const Model& model, const IdIndex<ItemId>& candidates) {
  std::vector<std::int32_t> rows;
  rows.reserve(candidates.size());
  for (const auto item : candidates.ids()) rows.push_back(*model.items.row(item));
  return PackedItems(model.item_factors, rows);
}

// Only what may be recommended, each once.
std::vector<ScoredItem> popular_items(const Model& model) {
  const IdIndex<ItemId> catalogue(model.catalogue);
  const auto& allowed = model.catalogue.empty() ? model.items : catalogue;
  std::vector<ScoredItem> list;
  std::unordered_set<ItemId> seen;
  for (const auto& popular : model.popularity) {
    if (allowed.row(popular.item) && seen.insert(popular.item).second) list.push_back(popular);
  }
  return list;
}

// The candidate rows of items, ascending, each once.
std::vector<std::int32_t> rows_of(std::span<const ItemId> items,
                                  const IdIndex<ItemId>& candidates) {
  std::vector<std::int32_t> rows;
  rows.reserve(items.size());
  for (const auto item : items) {
    if (const auto row = candidates.row(item)) rows.push_back(*row);
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// The first k of a user's ranking that `excluded` leaves.
Recommendations list_of(std::span<const ScoredRow> ranking, std::span<const std::int32_t> excluded,
                        std::size_t k, const IdIndex<ItemId>& candidates) {
  Recommendations list{.items = {}, .source = RecommendationSource::kModel};
  list.items.reserve(std::min(k, ranking.size()));
  for (const auto& [row, score] : ranking) {
    if (list.items.size() == k) break;
    if (std::ranges::binary_search(excluded, row)) continue;
    list.items.push_back({candidates.id(row), score});
  }
  return list;
}

// The requests of one user, as a range of positions in the order by user.
struct UserRequests {
  std::size_t begin;
  std::size_t end;
};

}  // namespace

Recommender::Recommender(std::shared_ptr<const Model> model, UnknownUserPolicy unknown_users)
    : model_(std::move(model)),
      unknown_users_(unknown_users),
      candidates_(candidate_items(*model_)),
      items_(pack(*model_, candidates_)),
      popularity_(popular_items(*model_)) {}

std::vector<Recommendations> Recommender::recommend(std::span<const RecommendationRequest> requests,
                                                    std::size_t k, int threads) const {
  std::vector<std::size_t> by_user(requests.size());
  std::iota(by_user.begin(), by_user.end(), std::size_t{0});
  std::ranges::stable_sort(by_user, {}, [&](std::size_t r) { return requests[r].user; });

  std::vector<Recommendations> lists(requests.size());
  std::vector<std::vector<std::int32_t>> excluded(requests.size());
  std::vector<UserRequests> users;
  std::vector<TopKQuery> queries;
  for (std::size_t begin = 0, end = 0; begin < by_user.size(); begin = end) {
    const auto user = requests[by_user[begin]].user;
    while (end < by_user.size() && requests[by_user[end]].user == user) ++end;
    const float* factors = factors_of(user);
    std::size_t most_excluded = 0;
    for (auto n = begin; n < end; ++n) {
      const auto r = by_user[n];
      if (factors == nullptr) {
        lists[r] = for_unknown_user(requests[r], k);
      } else {
        excluded[r] = rows_of(requests[r].excluded, candidates_);
        most_excluded = std::max(most_excluded, excluded[r].size());
      }
    }
    if (factors == nullptr) continue;
    // Several lists of one user are cut from one ranking, long enough for whatever each leaves out.
    TopKQuery query{
        .user = {factors, static_cast<std::size_t>(items_.rank())}, .k = k, .excluded = {}};
    if (end - begin == 1) {
      query.excluded = excluded[by_user[begin]];
    } else {
      query.k = k + most_excluded;
    }
    users.push_back({begin, end});
    queries.push_back(query);
  }

  const auto tasks = (queries.size() + kQueriesPerTask - 1) / kQueriesPerTask;
  parallel_for(tasks, threads, [&](std::size_t task) {
    const auto first = task * kQueriesPerTask;
    const auto count = std::min(kQueriesPerTask, queries.size() - first);
    const auto rankings = top_k(items_, std::span(queries).subspan(first, count));
    for (std::size_t q = 0; q < count; ++q) {
      for (auto n = users[first + q].begin; n < users[first + q].end; ++n) {
        const auto r = by_user[n];
        lists[r] = list_of(rankings[q], excluded[r], k, candidates_);
      }
    }
  });
  return lists;
}

// Null when the model has nothing to say about this user.
const float* Recommender::factors_of(UserId user) const {
  const auto row = model_->users.row(user);
  if (!row) return nullptr;
  const auto factors = model_->user_factors.row(static_cast<std::size_t>(*row));
  const bool blank = std::ranges::all_of(factors, [](float x) { return x == 0; });
  if (blank && unknown_users_ == UnknownUserPolicy::kPopularity) return nullptr;
  return factors.data();
}

Recommendations Recommender::for_unknown_user(const RecommendationRequest& request,
                                              std::size_t k) const {
  if (unknown_users_ == UnknownUserPolicy::kNone) return {};
  Recommendations list{.items = {}, .source = RecommendationSource::kPopularity};
  for (const auto& popular : popularity_) {
    if (list.items.size() == k) break;
    if (std::ranges::find(request.excluded, popular.item) != request.excluded.end()) continue;
    list.items.push_back(popular);
  }
  return list;
}

}  // namespace punnet
