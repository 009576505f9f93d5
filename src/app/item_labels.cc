#include "app/item_labels.h"

#include <algorithm>

namespace punnet {

std::string ItemLabels::name(ItemId item) const {
  const auto at = names_.find(item);
  return at == names_.end() ? std::string() : at->second;
}

ItemFeatures ItemLabels::features(ItemId item) const {
  const auto at = features_.find(item);
  return at == features_.end() ? ItemFeatures{} : at->second;
}

std::string ItemLabels::text(ItemId item) const {
  auto label = std::to_string(item.value);
  const auto known = features(item);
  const auto called = name(item);
  if (!called.empty()) {
    label += ' ' + called;
  } else if (!known.category.empty()) {
    label += ' ' + known.category;
  }
  if (!known.department.empty()) label += " (" + known.department + ')';
  return label;
}

Result<ItemLabels> fetch_item_labels(ItemTable& table, std::vector<ItemId> items,
                                     const CallContext& call) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  PUNNET_TRY(auto names, table.names(items, call));
  PUNNET_TRY(auto features, table.features(items, call));
  return ItemLabels(std::move(names), std::move(features));
}

}  // namespace punnet
