#pragma once

#include "app/options.h"
#include "config/config.h"
#include "parquet/purchase_reader.h"

namespace punnet {

/// The options that name the columns of purchases.
inline void declare_purchase_columns(Options& options) {
  options.setting("--user-column", "prepare.user_column");
  options.setting("--item-column", "prepare.item_column");
  options.setting("--quantity-column", "prepare.quantity_column");
  options.setting("--sales-value-column", "prepare.sales_value_column");
  options.setting("--basket-column", "prepare.basket_column");
  options.setting("--time-column", "prepare.time_column");
}

/// What the settings say about columns.
inline PurchaseColumns purchase_columns(const PrepareSettings& settings) {
  PurchaseColumns columns;
  columns.user = settings.user_column;
  columns.item = settings.item_column;
  columns.quantity = settings.quantity_column;
  columns.sales_value = settings.sales_value_column;
  if (!settings.basket_column.empty()) columns.basket = settings.basket_column;
  if (!settings.time_column.empty()) columns.time = settings.time_column;
  return columns;
}

/// What purchases read by these settings carry.
inline PurchaseSchema purchase_schema(const PrepareSettings& settings) {
  return {.id_type = settings.id_type,
          .has_basket = !settings.basket_column.empty(),
          .has_time = !settings.time_column.empty()};
}

}  // namespace punnet
