#include "eval/model_diff.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "eval/orthogonal_alignment.h"
#include "eval/user_sample.h"
#include "ranking/recommender.h"

namespace punnet {
namespace {

template <typename Id>
IdOverlap<Id> overlap(std::span<const Id> first, std::span<const Id> second) {
  IdOverlap<Id> result;
  std::ranges::set_difference(first, second, std::back_inserter(result.only_first));
  std::ranges::set_difference(second, first, std::back_inserter(result.only_second));
  result.both = first.size() - result.only_first.size();
  return result;
}

template <typename Id>
std::vector<Id> common(std::span<const Id> first, std::span<const Id> second) {
  std::vector<Id> both;
  std::ranges::set_intersection(first, second, std::back_inserter(both));
  return both;
}

/// The rows of `ids`, each of which the index knows.
template <typename Id>
FactorMatrix rows_of(const FactorMatrix& factors, const IdIndex<Id>& index,
                     std::span<const Id> ids) {
  FactorMatrix rows(ids.size(), factors.rank());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto row = static_cast<std::size_t>(*index.row(ids[i]));
    std::ranges::copy(factors.row(row), rows.row(i).begin());
  }
  return rows;
}

/// Share of k places, or of the longer list where both are shorter.
double overlap(std::span<const ScoredItem> a, std::span<const ScoredItem> b) {
  const auto places = std::max(a.size(), b.size());
  if (places == 0) return 1;
  const auto shared = std::ranges::count_if(a, [&](const ScoredItem& x) {
    return std::ranges::any_of(b, [&](const ScoredItem& y) { return x.item == y.item; });
  });
  return static_cast<double>(shared) / static_cast<double>(places);
}

ListAgreement compare_lists(const std::shared_ptr<const Model>& first,
                            const std::shared_ptr<const Model>& second,
                            std::span<const UserId> users, const ModelDiffConfig& config) {
  ListAgreement agreement;
  agreement.users = users.size();
  if (users.empty()) return agreement;
  std::vector<RecommendationRequest> requests;
  for (const auto user : users) requests.push_back({.user = user, .excluded = {}});
  const auto lists_of = [&](const std::shared_ptr<const Model>& model) {
    return Recommender(model, UnknownUserPolicy::kNone)
        .recommend(requests, config.k, config.threads);
  };
  const auto a = lists_of(first);
  const auto b = lists_of(second);
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto& x = a[i].items;
    const auto& y = b[i].items;
    agreement.overlap += overlap(x, y);
    agreement.same_first +=
        x.empty() == y.empty() && (x.empty() || x.front().item == y.front().item) ? 1 : 0;
    agreement.same_list += std::ranges::equal(x, y, {}, &ScoredItem::item, &ScoredItem::item);
  }
  const auto count = static_cast<double>(users.size());
  agreement.overlap /= count;
  agreement.same_first /= count;
  agreement.same_list /= count;
  return agreement;
}

}  // namespace

ModelDiff diff_models(const std::shared_ptr<const Model>& first,
                      const std::shared_ptr<const Model>& second, const ModelDiffConfig& config) {
  ModelDiff diff;
  diff.first_rank = first->user_factors.rank();
  diff.second_rank = second->user_factors.rank();
  diff.users = overlap(first->users.ids(), second->users.ids());
  diff.items = overlap(first->items.ids(), second->items.ids());

  const auto users = common(first->users.ids(), second->users.ids());
  const auto items = common(first->items.ids(), second->items.ids());
  diff.lists = compare_lists(first, second, sample_evenly(users, config.users), config);

  const auto first_users = rows_of<UserId>(first->user_factors, first->users, users);
  const auto second_users = rows_of<UserId>(second->user_factors, second->users, users);
  const auto first_items = rows_of<ItemId>(first->item_factors, first->items, items);
  const auto second_items = rows_of<ItemId>(second->item_factors, second->items, items);
  const std::array<RowPairs, 2> pairs{{{first_users, second_users}, {first_items, second_items}}};
  const OrthogonalAlignment alignment(pairs);
  diff.user_distance = alignment.distance(pairs[0]);
  diff.item_distance = alignment.distance(pairs[1]);
  return diff;
}

}  // namespace punnet
