#include <utility>

#include "embedded/sqlite_table_parts.h"

namespace punnet {
namespace {

class SqliteItemTable final : public ItemTable {
 public:
  explicit SqliteItemTable(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<FeatureMap> features(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read item features from", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(auto select,
               use.prepare("SELECT department, category FROM item_features WHERE item_id=?"));
    FeatureMap found;
    for (const auto item : items) {
      select.bind(1, item.value);
      PUNNET_TRY(const bool row, select.step());
      if (row) {
        found.try_emplace(item,
                          ItemFeatures{std::string(select.bytes(0)), std::string(select.bytes(1))});
      }
      select.reset();
    }
    return found;
  }

  Result<NameMap> names(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read item names from", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(auto select, use.prepare("SELECT name FROM items WHERE item_id=?"));
    NameMap found;
    for (const auto item : items) {
      select.bind(1, item.value);
      PUNNET_TRY(const bool row, select.step());
      if (row) found.try_emplace(item, select.bytes(0));
      select.reset();
    }
    return found;
  }

  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("write item features to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto put, use.prepare("INSERT OR REPLACE INTO item_features "
                                       "(item_id, department, category) VALUES (?, ?, ?)"));
      for (const auto& [item, features] : rows) {
        put.bind(1, item.value);
        put.bind_text(2, features.department);
        put.bind_text(3, features.category);
        PUNNET_CHECK(put.run());
      }
    }
    return use.commit();
  }

  Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                   const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("write item names to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto put,
                 use.prepare("INSERT OR REPLACE INTO items (item_id, name) VALUES (?, ?)"));
      for (const auto& [item, name] : rows) {
        put.bind(1, item.value);
        put.bind_text(2, name);
        PUNNET_CHECK(put.run());
      }
    }
    return use.commit();
  }

 private:
  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<ItemTable> make_sqlite_item_table(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteItemTable>(std::move(database));
}

}  // namespace punnet
