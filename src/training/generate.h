#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/item.h"
#include "domain/purchase.h"

namespace punnet {

/// The size of a made-up shop and how its shoppers behave.
struct GenerateConfig {
  std::size_t users = 1000;
  std::size_t items = 2000;        ///< fuel among them
  std::size_t purchases = 200000;  ///< lines, exactly
  int weeks = 26;
  std::uint64_t seed = 1;
  Timestamp start = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};  ///< of the first week

  std::size_t tastes = 8;         ///< groups of shoppers who like the same categories
  double taste_strength = 30;     ///< how much more a liked category sells to those who like it
  double popularity_slope = 0.5;  ///< of the tail: the item of rank r sells as r^-slope
  double repeat_share = 0.5;      ///< of lines that buy again what the user bought before
  double memory_weeks = 26;       ///< how long ago, on average, was bought what is bought again
  double fuel_share = 0.01;       ///< of lines that are fuel, counted in thousandths
  double zero_share = 0.005;      ///< of lines with quantity or sales_value zero
};

struct GeneratedShop {
  std::vector<Purchase> purchases;  ///< ascending by time; basket and time present
  std::vector<Product> products;    ///< ascending by id, one per item
};

/// Makes up a shop: few items sell much and many little, shoppers of one taste like the same
/// categories, buy again what they bought before, and come in baskets, in which no item stands
/// twice, spread over the weeks. Two fuel items are counted in thousandths, so that about one line
/// in a hundred carries nearly all of the quantity; a third of the same name is counted as ordinary
/// items are.
///
/// The same config gives the same bytes. kInvalid for sizes that make no shop: no user, no
/// week, no purchase, or fewer than 50 items.
Result<GeneratedShop> generate_shop(const GenerateConfig& config);

}  // namespace punnet
