#include "training/unit_guard.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "training/item_lines.h"

namespace punnet {
namespace {

/// Reorders `values`. Zero when there are none.
double median(std::span<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// One row per item, ascending by id.
std::vector<OutlierItem> measure_items(std::span<const Purchase> purchases) {
  const auto lines = index_item_lines(purchases);
  std::vector<OutlierItem> items(lines.items.size());
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    auto& item = items[static_cast<std::size_t>(lines.row_of_line[i])];
    item.item = purchases[i].item;
    ++item.lines;
    item.quantity += purchases[i].quantity;
  }

  std::vector<std::size_t> next(items.size());
  std::size_t begin = 0;
  for (std::size_t row = 0; row < items.size(); ++row) {
    next[row] = begin;
    begin += static_cast<std::size_t>(items[row].lines);
  }
  std::vector<double> quantities(purchases.size());
  std::vector<double> unit_prices(purchases.size());
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    const auto at = next[static_cast<std::size_t>(lines.row_of_line[i])]++;
    quantities[at] = purchases[i].quantity;
    unit_prices[at] = static_cast<double>(purchases[i].sales_value) / purchases[i].quantity;
  }
  for (std::size_t row = 0; row < items.size(); ++row) {
    const auto count = static_cast<std::size_t>(items[row].lines);
    items[row].median_quantity = median(std::span(quantities).subspan(next[row] - count, count));
    items[row].median_unit_price = median(std::span(unit_prices).subspan(next[row] - count, count));
  }
  return items;
}

double median_over_items(std::span<const OutlierItem> items, double OutlierItem::*value) {
  std::vector<double> values;
  values.reserve(items.size());
  for (const auto& item : items) values.push_back(item.*value);
  return median(values);
}

void name_items(std::span<OutlierItem> items, std::span<const Product> products) {
  std::unordered_map<ItemId, std::string_view> names;
  for (const auto& product : products) names.try_emplace(product.item, product.name);
  for (auto& item : items) {
    if (const auto at = names.find(item.item); at != names.end()) item.name = at->second;
  }
}

/// For every name the lines of outliers and of all items.
struct NameLines {
  std::int64_t outlier = 0;
  std::int64_t all = 0;
};

std::vector<bool> choose_outliers(std::span<OutlierItem> items, const OutlierUnits& typical,
                                  const UnitGuardConfig& config) {
  std::vector<bool> chosen(items.size());
  std::unordered_map<std::string_view, NameLines> by_name;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = items[i];
    chosen[i] = item.median_quantity >= config.quantity_ratio * typical.typical_quantity &&
                item.median_unit_price * config.price_ratio <= typical.typical_unit_price;
    auto& lines = by_name[item.name];
    lines.all += item.lines;
    if (chosen[i]) lines.outlier += item.lines;
  }
  if (!config.take_kin) return chosen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (chosen[i] || items[i].name.empty()) continue;
    const auto& lines = by_name[items[i].name];
    if (lines.outlier * 2 <= lines.all) continue;
    chosen[i] = true;
    items[i].reason = OutlierReason::kKin;
  }
  return chosen;
}

std::vector<OutlierGroup> group_by_name(std::span<const OutlierItem> items) {
  std::map<std::string_view, OutlierGroup> by_name;
  for (const auto& item : items) {
    auto& group = by_name[item.name];
    group.name = item.name;
    ++group.items;
    group.lines += item.lines;
    group.quantity += item.quantity;
  }
  std::vector<OutlierGroup> groups;
  for (auto& [name, group] : by_name) groups.push_back(std::move(group));
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.quantity > b.quantity; });
  return groups;
}

}  // namespace

std::vector<ItemId> OutlierUnits::ids() const {
  std::vector<ItemId> ids;
  ids.reserve(items.size());
  for (const auto& item : items) ids.push_back(item.item);
  return ids;
}

OutlierUnits find_outlier_units(std::span<const Purchase> purchases,
                                std::span<const Product> products, const UnitGuardConfig& config) {
  auto items = measure_items(purchases);
  name_items(items, products);
  OutlierUnits found;
  found.typical_quantity = median_over_items(items, &OutlierItem::median_quantity);
  found.typical_unit_price = median_over_items(items, &OutlierItem::median_unit_price);

  const auto chosen = choose_outliers(items, found, config);
  std::int64_t all_quantity = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    all_quantity += items[i].quantity;
    if (chosen[i]) found.items.push_back(std::move(items[i]));
  }

  found.groups = group_by_name(found.items);
  for (auto& group : found.groups) {
    group.share_of_lines = static_cast<double>(group.lines) / static_cast<double>(purchases.size());
    group.share_of_quantity =
        static_cast<double>(group.quantity) / static_cast<double>(all_quantity);
    found.share_of_lines += group.share_of_lines;
    found.share_of_quantity += group.share_of_quantity;
  }
  return found;
}

}  // namespace punnet
