#include <algorithm>
#include <utility>

#include "embedded/history_blob.h"
#include "embedded/sqlite_table_parts.h"

namespace punnet {
namespace {

void add(HistoryEntry& to, const HistoryEntry& more) {
  to.count += more.count;
  if (more.last_time && (!to.last_time || *to.last_time < *more.last_time)) {
    to.last_time = more.last_time;
  }
}

/// By user and item, those of one user and item added up.
std::vector<HistoryIncrement> in_order(std::span<const HistoryIncrement> increments) {
  std::vector<HistoryIncrement> sorted(increments.begin(), increments.end());
  std::ranges::sort(
      sorted, {}, [](const HistoryIncrement& one) { return std::pair(one.user, one.entry.item); });
  std::vector<HistoryIncrement> merged;
  merged.reserve(sorted.size());
  for (const auto& one : sorted) {
    if (!merged.empty() && merged.back().user == one.user &&
        merged.back().entry.item == one.entry.item) {
      add(merged.back().entry, one.entry);
    } else {
      merged.push_back(one);
    }
  }
  return merged;
}

/// `history` with `more` added; both ascend by item.
History merged(const History& history, const History& more) {
  History result;
  result.reserve(history.size() + more.size());
  auto old = history.begin();
  for (const auto& entry : more) {
    while (old != history.end() && old->item < entry.item) result.push_back(*old++);
    if (old != history.end() && old->item == entry.item) {
      result.push_back(*old++);
      add(result.back(), entry);
    } else {
      result.push_back(entry);
    }
  }
  result.insert(result.end(), old, history.end());
  return result;
}

/// Calls `visit(user, entries)` for each user of `sorted`.
template <typename Visit>
Status for_each_user(const std::vector<HistoryIncrement>& sorted, const Visit& visit) {
  History entries;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    entries.push_back(sorted[i].entry);
    if (i + 1 < sorted.size() && sorted[i + 1].user == sorted[i].user) continue;
    PUNNET_CHECK(visit(sorted[i].user, entries));
    entries.clear();
  }
  return ok();
}

Status check_ranges(const Positions& from, const Positions& upto) {
  const bool same_partitions = std::ranges::equal(from, upto, {}, &Positions::value_type::first,
                                                  &Positions::value_type::first);
  if (!same_partitions) {
    return Error{ErrorCode::kInvalid,
                 "positions from and up to which histories are to be counted "
                 "name different partitions"};
  }
  for (const auto& [partition, start] : from) {
    const auto end = upto.at(partition);
    if (start < 0 || end < start) {
      return Error{ErrorCode::kInvalid,
                   "histories cannot be counted from " + std::to_string(start) + " up to " +
                       std::to_string(end) + " of partition " + std::to_string(partition)};
    }
  }
  return ok();
}

class SqliteHistories final : public PurchaseHistories {
 public:
  explicit SqliteHistories(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<HistoryMap> fetch(std::span<const UserId> users, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read histories from", call));
    PUNNET_CHECK(use.begin_reading());
    HistoryMap found;
    for (const auto user : users) {
      PUNNET_TRY(auto history, fetch_one(use, user));
      if (!history.empty()) found.try_emplace(user, std::move(history));
    }
    return found;
  }

  Status replace_all(std::span<const HistoryIncrement> rows, const CallContext& call) override {
    const auto sorted = in_order(rows);
    PUNNET_TRY(auto use, database_->use("write histories to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto clear, use.prepare("DELETE FROM histories"));
      PUNNET_CHECK(clear.run());
      PUNNET_TRY(auto forget, use.prepare("DELETE FROM history_positions"));
      PUNNET_CHECK(forget.run());
    }
    PUNNET_CHECK(for_each_user(
        sorted, [&](UserId user, const History& history) { return store(use, user, history); }));
    return use.commit();
  }

  Status apply(std::string_view topic_id, std::span<const HistoryIncrement> increments,
               const Positions& from, const Positions& upto, const CallContext& call) override {
    PUNNET_CHECK(check_ranges(from, upto));
    const auto sorted = in_order(increments);
    PUNNET_TRY(auto use, database_->use("count purchases in", call));
    PUNNET_CHECK(use.begin_writing());
    PUNNET_TRY(const auto stored, read_positions(use, topic_id));
    for (const auto& [partition, start] : from) {
      const auto found = stored.find(partition);
      const auto position = found == stored.end() ? Offset{0} : found->second;
      if (position == start) continue;
      return use.error(ErrorCode::kExists, "partition " + std::to_string(partition) + " of topic " +
                                               std::string(topic_id) + " is counted up to " +
                                               std::to_string(position) + ", not " +
                                               std::to_string(start));
    }
    PUNNET_CHECK(for_each_user(sorted, [&](UserId user, const History& more) -> Status {
      PUNNET_TRY(const auto history, fetch_one(use, user));
      return store(use, user, history.empty() ? more : merged(history, more));
    }));
    PUNNET_CHECK(write_positions(use, topic_id, upto));
    return use.commit();
  }

  Result<Positions> positions(std::string_view topic_id, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read history positions from", call));
    return read_positions(use, topic_id);
  }

 private:
  /// Empty for a user without purchases.
  static Result<History> fetch_one(SqliteUse& use, UserId user) {
    PUNNET_TRY(auto select, use.prepare("SELECT entries FROM histories WHERE user_id=?"));
    select.bind(1, user.value);
    PUNNET_TRY(const bool row, select.step());
    if (!row) return History{};
    auto history = history_from_blob(select.bytes(0));
    if (!history) {
      return use.error(ErrorCode::kCorrupt, "the history of user " + std::to_string(user.value) +
                                                " is damaged; load the tables again");
    }
    return *std::move(history);
  }

  static Status store(SqliteUse& use, UserId user, const History& history) {
    PUNNET_TRY(auto put,
               use.prepare("INSERT OR REPLACE INTO histories (user_id, entries) VALUES (?, ?)"));
    const auto blob = history_to_blob(history);
    put.bind(1, user.value);
    put.bind_blob(2, blob);
    return put.run();
  }

  static Result<Positions> read_positions(SqliteUse& use, std::string_view topic_id) {
    PUNNET_TRY(auto select, use.prepare("SELECT partition, next_offset FROM history_positions "
                                        "WHERE topic_id=?"));
    select.bind_text(1, topic_id);
    Positions positions;
    for (;;) {
      PUNNET_TRY(const bool row, select.step());
      if (!row) return positions;
      positions[static_cast<Partition>(select.integer(0))] = select.integer(1);
    }
  }

  static Status write_positions(SqliteUse& use, std::string_view topic_id, const Positions& upto) {
    PUNNET_TRY(auto put, use.prepare("INSERT OR REPLACE INTO history_positions "
                                     "(topic_id, partition, next_offset) VALUES (?, ?, ?)"));
    put.bind_text(1, topic_id);
    for (const auto& [partition, next] : upto) {
      put.bind(2, partition);
      put.bind(3, next);
      PUNNET_CHECK(put.run());
    }
    return ok();
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<PurchaseHistories> make_sqlite_histories(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteHistories>(std::move(database));
}

}  // namespace punnet
