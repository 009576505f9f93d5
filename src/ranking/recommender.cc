#include "ranking/recommender.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "ranking/top_k.h"

namespace punnet {
namespace {

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

// Ids to look for, in whatever order they came.
class IdSet {
 public:
  explicit IdSet(std::span<const ItemId> ids) : ids_(ids) {
    if (std::ranges::is_sorted(ids)) return;
    sorted_.assign(ids.begin(), ids.end());
    std::ranges::sort(sorted_);
    ids_ = sorted_;
  }
  IdSet(const IdSet&) = delete;
  IdSet& operator=(const IdSet&) = delete;

  bool contains(ItemId id) const { return std::ranges::binary_search(ids_, id); }

 private:
  std::vector<ItemId> sorted_;
  std::span<const ItemId> ids_;
};

// The requests of one user, as a range of positions in the order by user.
struct UserRequests {
  std::size_t begin;
  std::size_t end;
};

std::vector<std::size_t> order_by_user(std::span<const RecommendationRequest> requests) {
  std::vector<std::size_t> order(requests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t r) { return requests[r].user; });
  return order;
}

}  // namespace

Recommender::Recommender(std::shared_ptr<const Model> model, UnknownUserPolicy unknown_users)
    : model_(std::move(model)),
      unknown_users_(unknown_users),
      candidates_(candidate_items(*model_)),
      items_(pack(*model_, candidates_)),
      popularity_(popular_items(*model_)) {}

ListsAheadPlan Recommender::make_lists_ahead(const ListsAheadConfig& config, const Clock& clock) {
  ListsAheadPlan plan;
  lists_ahead_ = ListsAhead(items_, model_->user_factors, config, clock, plan);
  return plan;
}

std::vector<Recommendations> Recommender::recommend(std::span<const RecommendationRequest> requests,
                                                    std::size_t k, int threads) const {
  std::vector<Recommendations> lists(requests.size());
  std::vector<std::size_t> to_scan;
  for (const auto r : order_by_user(requests)) {
    const auto row = known_row(requests[r].user);
    if (!row) {
      lists[r] = for_unknown_user(requests[r], k);
    } else if (auto list = look_up(*row, requests[r].excluded, k)) {
      lists[r] = *std::move(list);
    } else {
      to_scan.push_back(r);
    }
  }
  scan(requests, to_scan, k, threads, lists);
  return lists;
}

// Absent when the model has nothing to say about this user.
std::optional<std::size_t> Recommender::known_row(UserId user) const {
  const auto row = model_->users.row(user);
  if (!row) return std::nullopt;
  const auto user_row = static_cast<std::size_t>(*row);
  const bool blank =
      std::ranges::all_of(model_->user_factors.row(user_row), [](float x) { return x == 0; });
  if (blank && unknown_users_ == UnknownUserPolicy::kPopularity) return std::nullopt;
  return user_row;
}

// Absent when no list was made ahead, or too short a one.
std::optional<Recommendations> Recommender::look_up(std::size_t user_row,
                                                    std::span<const ItemId> excluded,
                                                    std::size_t k) const {
  if (lists_ahead_.empty()) return std::nullopt;
  const IdSet left_out(excluded);
  Recommendations list{.items = {}, .source = RecommendationSource::kModel};
  list.items.reserve(std::min(k, lists_ahead_.of(user_row).size()));
  for (const auto& [row, score] : lists_ahead_.of(user_row)) {
    if (list.items.size() == k) break;
    const auto item = candidates_.id(row);
    if (!left_out.contains(item)) list.items.push_back({item, score});
  }
  if (list.items.size() < k && !lists_ahead_.is_whole(user_row)) return std::nullopt;
  return list;
}

// Fills `lists` for the requests that `by_user` names, those of one user side by side.
void Recommender::scan(std::span<const RecommendationRequest> requests,
                       std::span<const std::size_t> by_user, std::size_t k, int threads,
                       std::span<Recommendations> lists) const {
  std::vector<std::vector<std::int32_t>> excluded(by_user.size());
  std::vector<UserRequests> users;
  std::vector<TopKQuery> queries;
  for (std::size_t begin = 0, end = 0; begin < by_user.size(); begin = end) {
    const auto user = requests[by_user[begin]].user;
    std::size_t most_excluded = 0;
    for (; end < by_user.size() && requests[by_user[end]].user == user; ++end) {
      excluded[end] = rows_of(requests[by_user[end]].excluded, candidates_);
      most_excluded = std::max(most_excluded, excluded[end].size());
    }
    // Several lists of one user are cut from one ranking, long enough for whatever each leaves out.
    TopKQuery query{.user = model_->user_factors.row(*known_row(user)), .k = k, .excluded = {}};
    if (end - begin == 1) {
      query.excluded = excluded[begin];
    } else {
      query.k = k + most_excluded;
    }
    users.push_back({begin, end});
    queries.push_back(query);
  }

  const auto rankings = top_k(items_, queries, nullptr, threads);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (auto n = users[q].begin; n < users[q].end; ++n) {
      lists[by_user[n]] = list_of(rankings[q], excluded[n], k, candidates_);
    }
  }
}

Recommendations Recommender::for_unknown_user(const RecommendationRequest& request,
                                              std::size_t k) const {
  if (unknown_users_ == UnknownUserPolicy::kNone) return {};
  const IdSet left_out(request.excluded);
  Recommendations list{.items = {}, .source = RecommendationSource::kPopularity};
  for (const auto& popular : popularity_) {
    if (list.items.size() == k) break;
    if (!left_out.contains(popular.item)) list.items.push_back(popular);
  }
  return list;
}

}  // namespace punnet
