#include "training/item_lines.h"

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace punnet {

ItemLines index_item_lines(std::span<const Purchase> purchases) {
  std::unordered_map<ItemId, std::int32_t> first_seen;
  std::vector<ItemId> ids;
  ItemLines lines;
  lines.row_of_line.reserve(purchases.size());
  for (const auto& purchase : purchases) {
    const auto [at, is_new] =
        first_seen.try_emplace(purchase.item, static_cast<std::int32_t>(ids.size()));
    if (is_new) ids.push_back(purchase.item);
    lines.row_of_line.push_back(at->second);
  }
  lines.items = IdIndex<ItemId>(ids);
  std::vector<std::int32_t> sorted_row(ids.size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    sorted_row[row] = *lines.items.row(ids[row]);
  }
  for (auto& row : lines.row_of_line) row = sorted_row[static_cast<std::size_t>(row)];
  return lines;
}

}  // namespace punnet
