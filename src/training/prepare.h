#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "domain/purchase.h"
#include "training/unit_guard.h"

namespace punnet {

struct PrepareConfig {
  std::size_t top_n = 5000;  ///< items of the catalogue
  double min_price = 1.0;  ///< only lines with sales_value / quantity of at least this count for it
  bool keep_outlier_units = false;  ///< the original's catalogue: no unit-of-measure guard
  UnitGuardConfig unit_guard;
  IdType id_type = IdType::kInt32;  ///< width of ids from here on
};

/// What one step of cleaning left.
struct CleaningStep {
  std::string name;
  std::int64_t dropped = 0;
  std::int64_t rows = 0;
  std::int64_t users = 0;
  std::int64_t items = 0;
};

/// How the catalogue came about.
struct CatalogueFacts {
  std::int64_t items = 0;
  std::int64_t cut = 0;              ///< summed quantity of its last item
  std::optional<std::int64_t> next;  ///< of the best item left out; absent when none was
  std::int64_t departments = 0;      ///< distinct, unknown ones not counted
  std::int64_t categories = 0;       ///< distinct, unknown ones not counted
  std::int64_t without_category = 0;
  std::int64_t without_product = 0;  ///< items that the product list does not know
  std::int64_t rows = 0;             ///< purchases of its items
  std::int64_t users = 0;            ///< users of those
};

/// An item of top_5_by_category with what it sold.
struct TopItem {
  ItemId item;
  ItemFeatures features;
  std::string name;
  std::int64_t quantity = 0;
};

struct PrepareReport {
  std::vector<CleaningStep> steps;
  std::int64_t zero_quantity = 0;  ///< both zeros may be in one row
  std::int64_t zero_sales_value = 0;
  std::int64_t pairs = 0;  ///< distinct (user, item)
  double min_price = 0;
  std::int64_t priced_rows = 0;  ///< rows of at least min_price
  std::int64_t priced_items = 0;
  std::int64_t repeated_products = 0;  ///< rows of the product list whose item came before: ignored
  OutlierUnits outliers;               ///< found, whether or not they were kept
  bool outliers_kept = false;
  CatalogueFacts catalogue;
  CatalogueFacts unguarded_catalogue;  ///< what it would be, or is, with outliers kept
  std::vector<TopItem> top_5;
};

/// What every later step works on.
struct Prepared {
  std::vector<Purchase> purchases;  ///< cleaned, in their order, not cut to the catalogue
  std::vector<std::pair<ItemId, std::string>>
      items;  ///< names of all products that have one, ascending
  std::vector<std::pair<ItemId, ItemFeatures>> item_features;  ///< the catalogue, ascending
  std::vector<ItemId> top_5_by_category;                       ///< best first, no category twice
  PrepareReport report;
};

/// Cleans purchases and chooses the catalogue, as the original did:
///
/// 1. Rows that are not numbers, below zero, or zero in quantity or sales_value go, each kind as a
/// step
///    of its own.
/// 2. The catalogue is the `top_n` items with the largest summed quantity over rows whose unit
/// price is
///    at least `min_price`; among equals the smaller id comes first. Unless told to keep them,
///    items with outlier units are left out and their places filled by the next in line.
/// 3. top_5_by_category takes the best sold item of the five best sold categories of the catalogue.
/// An
///    item without category competes with nobody.
///
/// kInvalid when an id does not fit `id_type`, when no purchase is left, or for a config without
/// sense.
Result<Prepared> prepare(std::vector<Purchase> purchases, std::span<const Product> products,
                         const PrepareConfig& config);

}  // namespace punnet
