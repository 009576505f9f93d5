#include <algorithm>
#include <utility>

#include "cassandra/cassandra_table_parts.h"
#include "cassandra/generations.h"

namespace punnet {
namespace {

/// Distinct, ascending.
std::vector<std::int64_t> list_of(const std::vector<ItemId>& items) {
  auto numbers = numbers_of(items);
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::vector<UserId> users_of(const OwnPurchases::ItemLists& lists) {
  std::vector<UserId> users;
  for (const auto& [user, items] : lists) {
    if (!items.empty()) users.push_back(user);
  }
  std::ranges::sort(users);
  return users;
}

OwnPurchases::ItemLists lists_from(const CqlAnswer& found, const std::vector<UserId>& asked) {
  OwnPurchases::ItemLists lists;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    if (found.start(at) == found.end(at)) continue;
    auto items = items_of(found.list(0, found.start(at)));
    std::ranges::sort(items);
    if (!items.empty()) lists.insert_or_assign(asked[at], std::move(items));
  }
  return lists;
}

/// A list per user, written once and never added to: reading it takes a fifth of the time of rows.
class CassandraOwnPurchases final : public OwnPurchases {
 public:
  CassandraOwnPurchases(Generations generations, CqlStatement select, CqlStatement insert)
      : generations_(std::move(generations)),
        select_(std::move(select)),
        insert_(std::move(insert)) {}

  Result<ItemLists> fetch(std::span<const UserId> users, const CallContext& call) override {
    const std::vector<UserId> asked(users.begin(), users.end());
    const auto read = [&](std::int64_t generation) -> Result<ItemLists> {
      CqlValues values;
      for (const auto user : asked) values.request(generation, user.value);
      PUNNET_TRY(const auto found, select_.execute(values, call));
      return lists_from(found, asked);
    };
    return generations_.read(read, call);
  }

  Status replace_all(const ItemLists& lists, const CallContext& call) override {
    const auto write = [&](std::int64_t, std::int64_t to) -> Status {
      CqlValues values;
      for (const auto user : users_of(lists)) {
        const auto list = list_of(lists.at(user));
        values.request(to, user.value, std::span<const std::int64_t>(list));
      }
      PUNNET_TRY(const auto ignored, insert_.execute(values, call));
      static_cast<void>(ignored);
      return ok();
    };
    return generations_.replace(write, call);
  }

 private:
  const Generations generations_;
  const CqlStatement select_;
  const CqlStatement insert_;
};

/// The original's table, in which rows are replaced one by one.
class OriginalOwnPurchases final : public OwnPurchases {
 public:
  OriginalOwnPurchases(CqlStatement select, CqlStatement users, CqlStatement insert,
                       CqlStatement forget)
      : select_(std::move(select)),
        users_(std::move(users)),
        insert_(std::move(insert)),
        forget_(std::move(forget)) {}

  Result<ItemLists> fetch(std::span<const UserId> users, const CallContext& call) override {
    std::vector<UserId> asked;
    CqlValues values;
    for (const auto user : users) {
      if (!fits(user.value, IdType::kInt32)) continue;
      asked.push_back(user);
      values.request(user.value);
    }
    PUNNET_TRY(const auto found, select_.execute(values, call));
    return lists_from(found, asked);
  }

  Status replace_all(const ItemLists& lists, const CallContext& call) override {
    // Asked first: an outage shows while nothing has been changed.
    CqlValues all;
    all.request();
    PUNNET_TRY(const auto held, users_.execute(all, call));
    CqlValues values;
    for (const auto user : users_of(lists)) {
      const auto list = list_of(lists.at(user));
      values.request(user.value, std::span<const std::int64_t>(list));
    }
    PUNNET_CHECK(written(insert_.execute(values, call)));
    CqlValues gone;
    for (std::size_t row = 0; row < held.rows(); ++row) {
      const auto kept = lists.find(UserId{held.number(0, row)});
      if (kept == lists.end() || kept->second.empty()) gone.request(held.number(0, row));
    }
    return written(forget_.execute(gone, call));
  }

 private:
  const CqlStatement select_;
  const CqlStatement users_;
  const CqlStatement insert_;
  const CqlStatement forget_;
};

Result<std::unique_ptr<OwnPurchases>> open_original(const CqlSession& session,
                                                    const CallContext& call) {
  const auto prepare = [&](std::string_view what, std::string_view cql) {
    return session.prepare(what, cql, CqlKind::kPlain, call);
  };
  PUNNET_TRY(auto select, prepare("reading own_purchases",
                                  "SELECT item_id_list FROM {}.own_purchases WHERE user_id = ?"));
  PUNNET_TRY(auto users,
             prepare("reading own_purchases", "SELECT DISTINCT user_id FROM {}.own_purchases"));
  PUNNET_TRY(auto insert,
             prepare("writing own_purchases",
                     "INSERT INTO {}.own_purchases (user_id, item_id_list) VALUES (?, ?)"));
  PUNNET_TRY(auto forget, prepare("deleting from own_purchases",
                                  "DELETE FROM {}.own_purchases WHERE user_id = ?"));
  return std::make_unique<OriginalOwnPurchases>(std::move(select), std::move(users),
                                                std::move(insert), std::move(forget));
}

}  // namespace

Result<std::unique_ptr<OwnPurchases>> open_cassandra_own_purchases(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call) {
  if (options.original_tables) return open_original(session, call);
  PUNNET_TRY(auto generations,
             Generations::open(session, "own_purchases_by_user", "user_id", *options.clock, call));
  PUNNET_TRY(auto select, session.prepare("reading own purchases",
                                          "SELECT item_ids FROM {}.own_purchases_by_user "
                                          "WHERE generation = ? AND user_id = ?",
                                          CqlKind::kPlain, call));
  PUNNET_TRY(auto insert,
             session.prepare("writing own purchases",
                             "INSERT INTO {}.own_purchases_by_user (generation, user_id, item_ids) "
                             "VALUES (?, ?, ?)",
                             CqlKind::kPlain, call));
  return std::make_unique<CassandraOwnPurchases>(std::move(generations), std::move(select),
                                                 std::move(insert));
}

}  // namespace punnet
