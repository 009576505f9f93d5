#include "ranking/popularity.h"

#include <algorithm>
#include <cstdint>

namespace punnet {
namespace {

struct Popular {
  std::size_t buyers;
  std::int32_t row;
};

std::size_t count_distinct(std::span<const std::int32_t> columns,
                           std::vector<std::int32_t>& scratch) {
  scratch.assign(columns.begin(), columns.end());
  std::ranges::sort(scratch);
  return static_cast<std::size_t>(std::unique(scratch.begin(), scratch.end()) - scratch.begin());
}

}  // namespace

std::vector<ScoredItem> rank_by_popularity(const SparseRows& by_item, std::size_t buyers,
                                           const IdIndex<ItemId>& items,
                                           std::span<const ItemId> catalogue) {
  std::vector<Popular> popular;
  std::vector<std::int32_t> scratch;
  const auto consider = [&](std::int32_t row) {
    const auto count = count_distinct(by_item.row_columns(static_cast<std::size_t>(row)), scratch);
    if (count > 0) popular.push_back({count, row});
  };
  if (catalogue.empty()) {
    for (std::size_t row = 0; row < items.size(); ++row) consider(static_cast<std::int32_t>(row));
  } else {
    for (const auto item : catalogue) {
      if (const auto row = items.row(item)) consider(*row);
    }
  }

  std::ranges::sort(popular, [](const Popular& a, const Popular& b) {
    return a.buyers != b.buyers ? a.buyers > b.buyers : a.row > b.row;
  });
  std::vector<ScoredItem> list;
  list.reserve(popular.size());
  for (const auto& p : popular) {
    const auto share = static_cast<double>(p.buyers) / static_cast<double>(buyers);
    list.push_back({items.id(p.row), static_cast<float>(share)});
  }
  return list;
}

}  // namespace punnet
