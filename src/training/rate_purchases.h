#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "domain/id_index.h"
#include "domain/ids.h"
#include "domain/interactions.h"
#include "domain/purchase.h"

namespace punnet {

/// What a purchase, or all purchases of one item by one user, say as a rating.
enum class RatingRule : std::uint8_t {
  kQuantity,  ///< the quantity of each line, repeats unmerged: the original's
  kCount,     ///< n, the user's lines with the item
  kLogCount,  ///< ln(1 + n)
  kBm25,  ///< n, saturated, set against the length of the user's history, times the item's rarity
};

/// "quantity", "count", "log_count", "bm25".
std::string_view name(RatingRule rule);

/// Purchases as a sparse matrix of ratings, and the ids of its rows and columns.
struct RatedPurchases {
  IdIndex<UserId> users;
  IdIndex<ItemId> items;
  std::vector<Interaction>
      interactions;  ///< merged: ascending by user, then item; else by purchase
};

/// Rates purchases of items of `catalogue` (ascending; empty: of all items). Users and items
/// without such a purchase have no row.
///
///   bm25 = n (K + 1) / (K (1 - B + B L_u / mean L) + n) * ln((U + 1) / (U_i + 1/2))
///
/// with L_u the lines of the user, U the users, U_i the users of the item, K = 100, B = 0.8. It is
/// always above zero.
RatedPurchases rate_purchases(std::span<const Purchase> purchases, RatingRule rule,
                              std::span<const ItemId> catalogue = {});

}  // namespace punnet
