#pragma once

#include <memory>

#include "ports/item_tables.h"
#include "ports/purchase_histories.h"
#include "ports/recommendation_tables.h"

namespace punnet {

/// The tables of one shop, opened together from one URI.
struct Tables {
  std::unique_ptr<ItemTable> items;
  std::unique_ptr<OwnPurchases> own_purchases;
  std::unique_ptr<PurchaseHistories> histories;
  std::unique_ptr<BaselineTable> baselines;
  std::unique_ptr<RecommendationTable> recommendations;
};

}  // namespace punnet
