#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/history.h"
#include "domain/item.h"
#include "domain/purchase.h"
#include "ports/tables.h"

namespace punnet {

inline constexpr std::string_view kTopBaseline = "top_5";
inline constexpr std::string_view kRandomBaseline = "random_5";

/// What `load` puts into the tables of a shop.
struct TableRows {
  std::vector<std::pair<ItemId, ItemFeatures>> item_features;
  std::vector<std::pair<ItemId, std::string>> items;
  OwnPurchases::ItemLists own_purchases;
  std::vector<HistoryIncrement> histories;  ///< ascending by user, then item
  std::vector<ItemId> top_5;
  std::vector<ItemId> random_5;
};

/// The distinct items of each user, ascending.
OwnPurchases::ItemLists distinct_items_by_user(std::span<const Purchase> purchases);

/// Count and last time of each user and item, ascending by user, then item.
std::vector<HistoryIncrement> count_histories(std::span<const Purchase> purchases);

/// `count` different items of `catalogue`, or all when it has fewer, chosen and ordered by `seed`.
std::vector<ItemId> draw_items(std::span<const std::pair<ItemId, ItemFeatures>> catalogue,
                               std::size_t count, std::uint64_t seed);

struct LoadCounts {
  std::size_t item_features = 0;
  std::size_t items = 0;
  std::size_t users = 0;      ///< of own_purchases
  std::size_t histories = 0;  ///< (user, item) rows
};

/// Writes all rows. Own purchases and histories replace what was there; the rest is upserted, so
/// loading again after any error ends in the same state. Each table has the time that `call_for`
/// gives so many rows, since they may take a distant store longer than any answer.
Result<LoadCounts> load_tables(const TableRows& rows, Tables& tables,
                               const std::function<CallContext(std::size_t)>& call_for);

}  // namespace punnet
