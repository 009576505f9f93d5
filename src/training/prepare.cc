#include "training/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "training/item_lines.h"

namespace punnet {
namespace {

constexpr std::size_t kTopCategories = 5;

Status check(const PrepareConfig& config) {
  if (config.top_n == 0) {
    return Error{ErrorCode::kInvalid,
                 "prepare: the catalogue must hold at least one item: --top-n 0"};
  }
  if (!(config.min_price >= 0)) {
    return Error{
        ErrorCode::kInvalid,
        fmt::format("prepare: --min-price must not be below zero, and is {}", config.min_price)};
  }
  if (!(config.unit_guard.quantity_ratio > 1) || !(config.unit_guard.price_ratio >= 1)) {
    return Error{
        ErrorCode::kInvalid,
        "prepare: the ratios of the unit guard must be above one for quantities and at least "
        "one for prices"};
  }
  return ok();
}

Status check_ids(std::span<const Purchase> purchases, IdType type) {
  for (const auto& purchase : purchases) {
    for (const auto& [what, id] :
         {std::pair{"user", purchase.user.value}, std::pair{"item", purchase.item.value}}) {
      if (fits(id, type)) continue;
      return Error{ErrorCode::kInvalid, "prepare: the " + std::string(what) + " id " +
                                            std::to_string(id) +
                                            " does not fit in int32; set id_type = \"int64\""};
    }
  }
  return ok();
}

CleaningStep count_rows(std::string name, std::span<const Purchase> purchases) {
  std::unordered_set<UserId> users;
  std::unordered_set<ItemId> items;
  for (const auto& purchase : purchases) {
    users.insert(purchase.user);
    items.insert(purchase.item);
  }
  return {.name = std::move(name),
          .dropped = 0,
          .rows = static_cast<std::int64_t>(purchases.size()),
          .users = static_cast<std::int64_t>(users.size()),
          .items = static_cast<std::int64_t>(items.size())};
}

template <typename Predicate>
void drop(std::vector<Purchase>& purchases, std::string name, Predicate unwanted,
          PrepareReport& report) {
  const auto dropped = static_cast<std::int64_t>(std::erase_if(purchases, unwanted));
  auto step = report.steps.back();
  if (dropped > 0) step = count_rows({}, purchases);
  step.name = std::move(name);
  step.dropped = dropped;
  report.steps.push_back(std::move(step));
}

void clean(std::vector<Purchase>& purchases, PrepareReport& report) {
  report.steps.push_back(count_rows("purchases read", purchases));
  drop(
      purchases, "sales_value is not a number",
      [](const Purchase& p) { return !std::isfinite(p.sales_value); }, report);
  drop(
      purchases, "quantity or sales_value below zero",
      [](const Purchase& p) { return p.quantity < 0 || p.sales_value < 0; }, report);
  for (const auto& purchase : purchases) {
    if (purchase.quantity == 0) ++report.zero_quantity;
    if (purchase.sales_value == 0) ++report.zero_sales_value;
  }
  drop(
      purchases, "quantity or sales_value zero",
      [](const Purchase& p) { return p.quantity == 0 || p.sales_value == 0; }, report);
}

std::int64_t count_pairs(std::span<const Purchase> purchases) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  pairs.reserve(purchases.size());
  for (const auto& purchase : purchases) {
    pairs.emplace_back(purchase.user.value, purchase.item.value);
  }
  std::sort(pairs.begin(), pairs.end());
  return std::unique(pairs.begin(), pairs.end()) - pairs.begin();
}

struct SoldItem {
  ItemId item;
  std::int64_t quantity = 0;
};

/// Items by summed quantity over rows of at least `min_price`, most sold first, the smaller id
/// first among equals. Counts rows and items on the way.
std::vector<SoldItem> rank_by_quantity(std::span<const Purchase> purchases, double min_price,
                                       PrepareReport& report) {
  const auto lines = index_item_lines(purchases);
  std::vector<SoldItem> sold(lines.items.size());
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    const auto& purchase = purchases[i];
    if (static_cast<double>(purchase.sales_value) / purchase.quantity < min_price) continue;
    auto& item = sold[static_cast<std::size_t>(lines.row_of_line[i])];
    item.item = purchase.item;
    item.quantity += purchase.quantity;
    ++report.priced_rows;
  }
  std::erase_if(sold, [](const SoldItem& item) { return item.quantity == 0; });
  report.priced_items = static_cast<std::int64_t>(sold.size());
  // Rows ascend by id, so a stable sort settles ties.
  std::stable_sort(sold.begin(), sold.end(),
                   [](const auto& a, const auto& b) { return a.quantity > b.quantity; });
  return sold;
}

using ProductMap = std::unordered_map<ItemId, const Product*>;

ProductMap index_products(std::span<const Product> products, PrepareReport& report) {
  ProductMap by_item;
  by_item.reserve(products.size());
  for (const auto& product : products) {
    if (!by_item.try_emplace(product.item, &product).second) ++report.repeated_products;
  }
  return by_item;
}

ItemFeatures features_of(ItemId item, const ProductMap& products) {
  const auto at = products.find(item);
  if (at == products.end()) return {};
  return {.department = at->second->department, .category = at->second->category};
}

std::string name_of(ItemId item, const ProductMap& products) {
  const auto at = products.find(item);
  return at == products.end() ? std::string() : at->second->name;
}

CatalogueFacts describe(std::span<const SoldItem> ranked, std::size_t top_n,
                        const ProductMap& products, std::span<const Purchase> purchases) {
  const auto chosen = ranked.first(std::min(top_n, ranked.size()));
  CatalogueFacts facts;
  facts.items = static_cast<std::int64_t>(chosen.size());
  if (!chosen.empty()) facts.cut = chosen.back().quantity;
  if (chosen.size() < ranked.size()) facts.next = ranked[chosen.size()].quantity;

  std::unordered_set<ItemId> items;
  std::unordered_set<std::string> departments;
  std::unordered_set<std::string> categories;
  for (const auto& sold : chosen) {
    items.insert(sold.item);
    if (!products.contains(sold.item)) ++facts.without_product;
    const auto features = features_of(sold.item, products);
    if (!features.department.empty()) departments.insert(features.department);
    if (!features.category.empty()) categories.insert(features.category);
    if (features.category.empty()) ++facts.without_category;
  }
  facts.departments = static_cast<std::int64_t>(departments.size());
  facts.categories = static_cast<std::int64_t>(categories.size());

  std::unordered_set<UserId> users;
  for (const auto& purchase : purchases) {
    if (!items.contains(purchase.item)) continue;
    ++facts.rows;
    users.insert(purchase.user);
  }
  facts.users = static_cast<std::int64_t>(users.size());
  return facts;
}

std::vector<TopItem> best_of_categories(std::span<const SoldItem> catalogue,
                                        const ProductMap& products) {
  std::vector<TopItem> top;
  std::unordered_set<std::string> taken;
  for (const auto& sold : catalogue) {
    if (top.size() == kTopCategories) break;
    auto features = features_of(sold.item, products);
    if (!features.category.empty() && !taken.insert(features.category).second) continue;
    top.push_back({.item = sold.item,
                   .features = std::move(features),
                   .name = name_of(sold.item, products),
                   .quantity = sold.quantity});
  }
  return top;
}

std::vector<std::pair<ItemId, std::string>> collect_names(const ProductMap& products) {
  std::vector<std::pair<ItemId, std::string>> names;
  for (const auto& [item, product] : products) {
    if (!product->name.empty()) names.emplace_back(item, product->name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<Prepared> prepare(std::vector<Purchase> purchases, std::span<const Product> products,
                         const PrepareConfig& config) {
  PUNNET_CHECK(check(config));
  PUNNET_CHECK(check_ids(purchases, config.id_type));

  Prepared prepared;
  auto& report = prepared.report;
  clean(purchases, report);
  if (purchases.empty()) {
    return Error{ErrorCode::kInvalid, "prepare: none of " + std::to_string(report.steps[0].rows) +
                                          " purchases is left after cleaning"};
  }
  report.pairs = count_pairs(purchases);
  report.min_price = config.min_price;
  report.outliers = find_outlier_units(purchases, products, config.unit_guard);
  report.outliers_kept = config.keep_outlier_units;

  const auto by_item = index_products(products, report);
  auto ranked = rank_by_quantity(purchases, config.min_price, report);
  if (ranked.empty()) {
    return Error{
        ErrorCode::kInvalid,
        fmt::format("prepare: no purchase has a unit price of at least {}; lower --min-price",
                    config.min_price)};
  }
  report.unguarded_catalogue = describe(ranked, config.top_n, by_item, purchases);
  report.catalogue = report.unguarded_catalogue;
  if (!config.keep_outlier_units && !report.outliers.items.empty()) {
    const auto outliers = report.outliers.ids();
    std::erase_if(ranked, [&](const SoldItem& sold) {
      return std::binary_search(outliers.begin(), outliers.end(), sold.item);
    });
    report.catalogue = describe(ranked, config.top_n, by_item, purchases);
  }

  const auto catalogue = std::span(ranked).first(std::min(config.top_n, ranked.size()));
  report.top_5 = best_of_categories(catalogue, by_item);
  for (const auto& top : report.top_5) prepared.top_5_by_category.push_back(top.item);
  for (const auto& sold : catalogue) {
    prepared.item_features.emplace_back(sold.item, features_of(sold.item, by_item));
  }
  std::sort(prepared.item_features.begin(), prepared.item_features.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  prepared.items = collect_names(by_item);
  prepared.purchases = std::move(purchases);
  return prepared;
}

}  // namespace punnet
