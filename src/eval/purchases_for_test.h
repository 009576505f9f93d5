#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "domain/purchase.h"

namespace punnet {

/// Purchases of (user, item) pairs, quantity one.
inline std::vector<Purchase> bought(
    std::initializer_list<std::pair<std::int64_t, std::int64_t>> pairs) {
  std::vector<Purchase> purchases;
  for (const auto& [user, item] : pairs) {
    auto& purchase = purchases.emplace_back();
    purchase.user = {user};
    purchase.item = {item};
    purchase.quantity = 1;
    purchase.sales_value = 1;
  }
  return purchases;
}

}  // namespace punnet
