#pragma once

#include <memory>

#include "embedded/sqlite_database.h"
#include "ports/tables.h"

namespace punnet {

// Each table over the connection that all of them share.
std::unique_ptr<ItemTable> make_sqlite_item_table(std::shared_ptr<SqliteDatabase> database);
std::unique_ptr<OwnPurchases> make_sqlite_own_purchases(std::shared_ptr<SqliteDatabase> database);
std::unique_ptr<PurchaseHistories> make_sqlite_histories(std::shared_ptr<SqliteDatabase> database);
std::unique_ptr<BaselineTable> make_sqlite_baseline_table(std::shared_ptr<SqliteDatabase> database);
std::unique_ptr<RecommendationTable> make_sqlite_recommendation_table(
    std::shared_ptr<SqliteDatabase> database);

}  // namespace punnet
