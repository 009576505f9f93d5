#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "domain/ids.h"
#include "domain/offsets.h"

namespace punnet {

/// One add-to-basket event.
struct Purchase {
  UserId user;
  ItemId item;
  std::int32_t quantity = 0;
  float sales_value = 0;               ///< money paid for the whole line
  std::optional<std::int64_t> basket;  ///< present only where the shop maps basket_id
  std::optional<Timestamp> time;       ///< present only where the shop maps ts

  bool operator==(const Purchase&) const = default;
};

/// Which optional fields a shop's purchases carry, and how wide its ids are. Fixed when data is
/// prepared and the same in every file, event and table of the shop.
struct PurchaseSchema {
  IdType id_type = IdType::kInt32;
  bool has_basket = false;
  bool has_time = false;

  bool operator==(const PurchaseSchema&) const = default;
};

}  // namespace punnet
