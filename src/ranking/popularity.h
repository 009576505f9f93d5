#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "domain/id_index.h"
#include "domain/ids.h"
#include "domain/interactions.h"
#include "domain/recommendation.h"

namespace punnet {

/// The items of `catalogue` (empty: all of `items`), best known first; of equals the higher id
/// first, as in every list. Score: the share of the `buyers` that bought the item.
///
/// Row r of `by_item` holds who bought items.id(r): users, or baskets where the shop knows them.
/// How often one of them bought it does not count, nor does the rating. Items that nobody bought
/// are left out.
std::vector<ScoredItem> rank_by_popularity(const SparseRows& by_item, std::size_t buyers,
                                           const IdIndex<ItemId>& items,
                                           std::span<const ItemId> catalogue = {});

}  // namespace punnet
