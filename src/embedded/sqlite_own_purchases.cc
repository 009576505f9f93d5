#include <algorithm>
#include <utility>

#include "embedded/history_blob.h"
#include "embedded/sqlite_table_parts.h"

namespace punnet {
namespace {

class SqliteOwnPurchases final : public OwnPurchases {
 public:
  explicit SqliteOwnPurchases(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<ItemLists> fetch(std::span<const UserId> users, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read own purchases from", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(auto select, use.prepare("SELECT item_ids FROM own_purchases WHERE user_id=?"));
    ItemLists found;
    for (const auto user : users) {
      select.bind(1, user.value);
      PUNNET_TRY(const bool row, select.step());
      if (row) {
        auto items = ids_from_blob(select.bytes(0));
        if (!items) {
          return use.error(ErrorCode::kCorrupt, "the list of user " + std::to_string(user.value) +
                                                    " is damaged; load the tables again");
        }
        found.try_emplace(user, *std::move(items));
      }
      select.reset();
    }
    return found;
  }

  Status replace_all(const ItemLists& lists, const CallContext& call) override {
    std::vector<UserId> users;
    users.reserve(lists.size());
    for (const auto& [user, items] : lists) users.push_back(user);
    std::ranges::sort(users);

    PUNNET_TRY(auto use, database_->use("write own purchases to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto clear, use.prepare("DELETE FROM own_purchases"));
      PUNNET_CHECK(clear.run());
      PUNNET_TRY(auto insert,
                 use.prepare("INSERT INTO own_purchases (user_id, item_ids) VALUES (?, ?)"));
      for (const auto user : users) {
        auto items = lists.at(user);
        if (items.empty()) continue;
        std::ranges::sort(items);
        items.erase(std::unique(items.begin(), items.end()), items.end());
        const auto blob = ids_to_blob(items);
        insert.bind(1, user.value);
        insert.bind_blob(2, blob);
        PUNNET_CHECK(insert.run());
      }
    }
    return use.commit();
  }

 private:
  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<OwnPurchases> make_sqlite_own_purchases(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteOwnPurchases>(std::move(database));
}

}  // namespace punnet
