#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "domain/ids.h"
#include "domain/purchase.h"

namespace punnet {

/// What is asked of a list.
enum class Track : std::uint8_t {
  kAllPurchases,  ///< what the user buys later, old favourites among it
  kNewItems,      ///< what the user buys later and never bought before
};

/// As in JSON: "all_purchases", "new_items".
std::string_view name(Track track);

/// Users and what they bought in a later period: the questions and the answers.
struct HeldOutTask {
  Track track = Track::kAllPurchases;
  std::vector<UserId> users;               ///< ascending; only those with a truth
  std::vector<std::vector<ItemId>> truth;  ///< of each user: ascending, catalogue items, not empty
  std::vector<std::vector<ItemId>> excluded;  ///< of each user: must not be in a list; ascending
  std::vector<ItemId> catalogue;              ///< items that may be in a list, ascending
};

/// Asks what the users of `later` bought there. `history` is everything that lists may be made
/// from; on the track of new items what a user bought in it is taken from his lists and his truth.
/// `catalogue` in any order; empty: every item of `history`.
HeldOutTask make_held_out_task(Track track, std::span<const Purchase> history,
                               std::span<const Purchase> later, std::span<const ItemId> catalogue);

}  // namespace punnet
