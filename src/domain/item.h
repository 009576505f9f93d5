#pragma once

#include <string>
#include <unordered_map>

#include "domain/ids.h"

namespace punnet {

/// What is known about an item of the catalogue. Unknown texts are empty.
struct ItemFeatures {
  std::string department;
  std::string category;

  bool operator==(const ItemFeatures&) const = default;
};

using FeatureMap = std::unordered_map<ItemId, ItemFeatures>;

/// The name a person knows an item by.
using NameMap = std::unordered_map<ItemId, std::string>;

}  // namespace punnet
