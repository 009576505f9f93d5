#include "training/rate_purchases.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace punnet {
namespace {

/// Dense numbers in order of first appearance, and then in order of id.
template <typename Id>
IdIndex<Id> index_ids(std::span<const Id> ids, std::vector<std::int32_t>& rows) {
  std::unordered_map<Id, std::int32_t> seen;
  std::vector<Id> distinct;
  rows.reserve(ids.size());
  for (const auto id : ids) {
    const auto [at, is_new] = seen.try_emplace(id, static_cast<std::int32_t>(distinct.size()));
    if (is_new) distinct.push_back(id);
    rows.push_back(at->second);
  }
  IdIndex<Id> index(distinct);
  std::vector<std::int32_t> sorted_row;
  sorted_row.reserve(distinct.size());
  for (const auto id : distinct) sorted_row.push_back(*index.row(id));
  for (auto& row : rows) row = sorted_row[static_cast<std::size_t>(row)];
  return index;
}

/// One entry per pair, its rating the number of its lines.
void merge_repeats(std::vector<Interaction>& interactions) {
  std::sort(interactions.begin(), interactions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.user, a.item) < std::tie(b.user, b.item);
  });
  std::size_t kept = 0;
  for (const auto& x : interactions) {
    if (kept > 0 && interactions[kept - 1].user == x.user &&
        interactions[kept - 1].item == x.item) {
      interactions[kept - 1].rating += 1;
    } else {
      interactions[kept++] = {.user = x.user, .item = x.item, .rating = 1};
    }
  }
  interactions.resize(kept);
}

void weigh_by_bm25(RatedPurchases& rated) {
  constexpr double kSaturation = 100;  // K
  constexpr double kLength = 0.8;      // B
  std::vector<double> user_lines(rated.users.size());
  std::vector<double> item_users(rated.items.size());
  double lines = 0;
  for (const auto& x : rated.interactions) {
    user_lines[static_cast<std::size_t>(x.user)] += static_cast<double>(x.rating);
    item_users[static_cast<std::size_t>(x.item)] += 1;
    lines += static_cast<double>(x.rating);
  }
  const auto users = static_cast<double>(rated.users.size());
  const double mean_lines = lines / users;
  for (auto& x : rated.interactions) {
    const double n = x.rating;
    const double length = user_lines[static_cast<std::size_t>(x.user)] / mean_lines;
    const double rarity =
        std::log((users + 1) / (item_users[static_cast<std::size_t>(x.item)] + 0.5));
    x.rating = static_cast<float>(n * (kSaturation + 1) /
                                  (kSaturation * (1 - kLength + kLength * length) + n) * rarity);
  }
}

}  // namespace

std::string_view name(RatingRule rule) {
  switch (rule) {
    case RatingRule::kQuantity:
      return "quantity";
    case RatingRule::kCount:
      return "count";
    case RatingRule::kLogCount:
      return "log_count";
    case RatingRule::kBm25:
      return "bm25";
  }
  return "quantity";
}

RatedPurchases rate_purchases(std::span<const Purchase> purchases, RatingRule rule,
                              std::span<const ItemId> catalogue) {
  std::vector<UserId> users;
  std::vector<ItemId> items;
  RatedPurchases rated;
  for (const auto& purchase : purchases) {
    if (!catalogue.empty() &&
        !std::binary_search(catalogue.begin(), catalogue.end(), purchase.item)) {
      continue;
    }
    users.push_back(purchase.user);
    items.push_back(purchase.item);
    rated.interactions.push_back({.rating = static_cast<float>(purchase.quantity)});
  }
  std::vector<std::int32_t> user_rows;
  std::vector<std::int32_t> item_rows;
  rated.users = index_ids<UserId>(users, user_rows);
  rated.items = index_ids<ItemId>(items, item_rows);
  for (std::size_t i = 0; i < rated.interactions.size(); ++i) {
    rated.interactions[i].user = user_rows[i];
    rated.interactions[i].item = item_rows[i];
  }
  if (rule == RatingRule::kQuantity) return rated;

  merge_repeats(rated.interactions);
  if (rule == RatingRule::kLogCount) {
    for (auto& x : rated.interactions) x.rating = std::log1p(x.rating);
  }
  if (rule == RatingRule::kBm25) weigh_by_bm25(rated);
  return rated;
}

}  // namespace punnet
