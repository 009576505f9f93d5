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

/// A row of the shop's product list. Unknown texts are empty.
struct Product {
  ItemId item;
  std::string department;
  std::string category;
  std::string name;  ///< what a person calls it

  bool operator==(const Product&) const = default;
};

using FeatureMap = std::unordered_map<ItemId, ItemFeatures>;

/// The name a person knows an item by.
using NameMap = std::unordered_map<ItemId, std::string>;

}  // namespace punnet
