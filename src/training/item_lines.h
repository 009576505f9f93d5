#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/id_index.h"
#include "domain/ids.h"
#include "domain/purchase.h"

namespace punnet {

/// The items of a list of purchases as dense rows, and the row of every purchase.
struct ItemLines {
  IdIndex<ItemId> items;
  std::vector<std::int32_t> row_of_line;  ///< one per purchase, in their order
};

ItemLines index_item_lines(std::span<const Purchase> purchases);

}  // namespace punnet
