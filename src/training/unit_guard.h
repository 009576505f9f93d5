#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/item.h"
#include "domain/purchase.h"

namespace punnet {

/// When the unit in which an item is counted is out of all proportion.
struct UnitGuardConfig {
  double quantity_ratio =
      100;  ///< its median quantity is at least so many times the shop's typical one
  double price_ratio = 100;  ///< and its median unit price at most the typical one divided by this
  bool take_kin =
      true;  ///< also items of the same name as outliers that make most lines of that name
};

/// Why an item was taken.
enum class OutlierReason : std::uint8_t {
  kUnit,  ///< by its own quantities and prices
  kKin,   ///< it has the name of outliers: the same good, now and then counted in another unit
};

struct OutlierItem {
  ItemId item;
  std::string name;  ///< empty when the product list does not know it
  std::int64_t lines = 0;
  std::int64_t quantity = 0;  ///< summed
  double median_quantity = 0;
  double median_unit_price = 0;
  OutlierReason reason = OutlierReason::kUnit;
};

/// All outliers of one name together.
struct OutlierGroup {
  std::string name;
  std::int64_t items = 0;
  std::int64_t lines = 0;
  std::int64_t quantity = 0;
  double share_of_lines = 0;
  double share_of_quantity = 0;
};

struct OutlierUnits {
  double typical_quantity = 0;       ///< median over items of their median quantity
  double typical_unit_price = 0;     ///< the same of unit prices
  std::vector<OutlierItem> items;    ///< ascending by id
  std::vector<OutlierGroup> groups;  ///< most quantity first
  double share_of_lines = 0;         ///< of all groups together
  double share_of_quantity = 0;

  std::vector<ItemId> ids() const;  ///< ascending
};

/// Finds items whose quantities are counted in a unit of their own (fuel in thousandths, cloth in
/// millimetres). An item is an outlier when both hold:
///
///   median quantity    >= quantity_ratio * typical quantity
///   median unit price  <= typical unit price / price_ratio
///
/// where typical is the median over all items. Medians make the rule robust: a single mistyped line
/// never takes an item, and up to half of the items may be outliers before the typical value moves.
/// Both conditions are asked for, so that neither a case of 144 ears of corn nor a penny coupon is
/// taken.
///
/// Requires quantity > 0 and finite sales_value > 0 in every purchase.
OutlierUnits find_outlier_units(std::span<const Purchase> purchases,
                                std::span<const Product> products, const UnitGuardConfig& config);

}  // namespace punnet
