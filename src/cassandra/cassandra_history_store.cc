#include "cassandra/cassandra_history_store.h"

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "cassandra/generations.h"

namespace punnet {
namespace {

constexpr std::string_view kName = "histories";
/// What stands for an unknown time: null would be a tombstone.
constexpr auto kNoTime = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kBuckets = 64;
constexpr std::size_t kRowsOfABatch = 100;
/// An increment in a list: item, count, last time.
constexpr std::size_t kNumbersOfAnIncrement = 3;
/// Of increments in a row, and roughly in a batch: about 40 KB.
constexpr std::size_t kIncrementsTogether = 1'000;

std::int64_t stored_time(const std::optional<Timestamp>& time) {
  return time ? std::int64_t{time->time_since_epoch().count()} : kNoTime;
}

std::optional<Timestamp> time_from(std::int64_t stored) {
  if (stored == kNoTime) return std::nullopt;
  return Timestamp{std::chrono::microseconds{stored}};
}

std::int64_t bucket_of(UserId user) { return (user.value % kBuckets + kBuckets) % kBuckets; }

/// Positions as they are stored: by "TOPIC/PARTITION".
CqlMap stored_positions(const HistoryState& state) {
  CqlMap map;
  for (const auto& [topic, positions] : state.positions) {
    for (const auto& [partition, next] : positions) {
      map.emplace_back(topic + '/' + std::to_string(partition), next);
    }
  }
  return map;
}

Result<std::map<std::string, Positions>> positions_from(const CqlMap& map) {
  std::map<std::string, Positions> positions;
  for (const auto& [key, next] : map) {
    const auto slash = key.rfind('/');
    Partition partition = 0;
    const char* const end = key.data() + key.size();
    const bool is_position =
        slash != key.npos &&
        std::from_chars(key.data() + slash + 1, end, partition) == std::from_chars_result{end, {}};
    if (!is_position) {
      return Error{ErrorCode::kCorrupt,
                   "history_state holds a position of \"" + key + "\"; load the tables again"};
    }
    positions[key.substr(0, slash)][partition] = next;
  }
  return positions;
}

Result<HistoryState> state_from(const CqlAnswer& found) {
  if (found.rows() == 0) {
    return Error{ErrorCode::kAbsent,
                 "the tables are not complete: history_state is empty; `punnet load` makes them"};
  }
  HistoryState state;
  state.generation = found.number(0, 0);
  state.version = found.number(1, 0);
  state.change = found.number(2, 0);
  state.is_folded = found.number(3, 0) != 0;
  PUNNET_TRY(state.positions, positions_from(found.map(4, 0)));
  return state;
}

Result<std::vector<HistoryIncrement>> increments_from(const CqlAnswer& found) {
  std::vector<HistoryIncrement> increments;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    const auto numbers = found.list(1, row);
    if (numbers.size() % kNumbersOfAnIncrement != 0) {
      return Error{ErrorCode::kCorrupt, "history_increments holds a list of " +
                                            std::to_string(numbers.size()) +
                                            " numbers, which are no increments; load the tables "
                                            "again"};
    }
    for (std::size_t at = 0; at < numbers.size(); at += kNumbersOfAnIncrement) {
      increments.push_back(
          {{found.number(0, row)}, {{numbers[at]}, numbers[at + 1], time_from(numbers[at + 2])}});
    }
  }
  return increments;
}

/// The increments of each bucket, in their order.
std::vector<std::vector<const HistoryIncrement*>> by_bucket(
    std::span<const HistoryIncrement> increments) {
  std::vector<std::vector<const HistoryIncrement*>> buckets(kBuckets);
  for (const auto& increment : increments) {
    buckets[static_cast<std::size_t>(bucket_of(increment.user))].push_back(&increment);
  }
  return buckets;
}

class CassandraHistoryStore final : public HistoryStore {
 public:
  struct Statements {
    CqlStatement state, settled_state, advance;
    CqlStatement rows, write_row, row_keys, forget_rows;
    CqlStatement write_change, whole_change, change_of_user, forget_change;
  };
  explicit CassandraHistoryStore(Statements statements) : statements_(std::move(statements)) {}

  Result<HistoryState> settled_state(const CallContext& call) override {
    return select_state(statements_.settled_state, call);
  }

  Result<HistoryState> state(const CallContext& call) override {
    return select_state(statements_.state, call);
  }

  Result<bool> advance(const HistoryState& from, const HistoryState& to,
                       const CallContext& call) override {
    CqlValues values;
    values.request(to.generation, to.version, to.change, std::int64_t{to.is_folded},
                   stored_positions(to), kName, from.version, from.change,
                   std::int64_t{from.is_folded});
    PUNNET_TRY(const auto applied, statements_.advance.execute(values, call));
    return applied.number(0, 0) != 0;
  }

  Result<CountedHistories> rows(std::int64_t generation, std::span<const UserId> users,
                                const CallContext& call) override {
    CqlValues values;
    for (const auto user : users) values.request(generation, user.value);
    PUNNET_TRY(const auto found, statements_.rows.execute(values, call));
    CountedHistories histories;
    for (std::size_t at = 0; at < users.size(); ++at) {
      if (found.start(at) == found.end(at)) continue;
      CountedHistory history;
      history.reserve(found.end(at) - found.start(at));
      for (auto row = found.start(at); row < found.end(at); ++row) {
        history.push_back(
            {{{found.number(0, row)}, found.number(1, row), time_from(found.number(2, row))},
             found.number(3, row)});
      }
      histories.insert_or_assign(users[at], std::move(history));
    }
    return histories;
  }

  Status write_rows(std::int64_t generation, std::int64_t version, const CountedHistories& rows,
                    const CallContext& call) override {
    CqlValues values;
    for (const auto& [user, history] : rows) {
      std::size_t in_batch = 0;
      for (const auto& [entry, ignored] : history) {
        values.add(generation, user.value, entry.item.value, entry.count,
                   stored_time(entry.last_time), version);
        if (++in_batch % kRowsOfABatch == 0) values.end_request();
      }
      values.end_request();
    }
    return done(statements_.write_row.execute(values, call));
  }

  Status forget_rows_before(std::int64_t generation, const CallContext& call) override {
    return forget_generations_before(generation, statements_.row_keys, statements_.forget_rows,
                                     call);
  }

  Status write_change(std::int64_t change, std::span<const HistoryIncrement> increments,
                      const CallContext& call) override {
    CqlValues values;
    std::int64_t bucket = 0;
    for (const auto& of_bucket : by_bucket(increments)) {
      add_bucket(values, change, bucket, of_bucket);
      ++bucket;
    }
    return done(statements_.write_change.execute(values, call));
  }

  Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                    const CallContext& call) override {
    PUNNET_TRY(const auto found, statements_.whole_change.execute(all_buckets(change), call));
    return increments_from(found);
  }

  Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                    std::span<const UserId> users,
                                                    const CallContext& call) override {
    CqlValues values;
    for (const auto user : users) values.request(change, bucket_of(user), user.value);
    PUNNET_TRY(const auto found, statements_.change_of_user.execute(values, call));
    return increments_from(found);
  }

  Status forget_change(std::int64_t change, const CallContext& call) override {
    return done(statements_.forget_change.execute(all_buckets(change), call));
  }

 private:
  /// `increments` are those of a bucket, one user's one after the other.
  static void add_bucket(CqlValues& values, std::int64_t change, std::int64_t bucket,
                         std::span<const HistoryIncrement* const> increments) {
    std::vector<std::int64_t> row;
    std::int64_t part = 0;
    std::size_t in_batch = 0;
    for (std::size_t at = 0; at < increments.size(); ++at) {
      const auto& [user, entry] = *increments[at];
      row.insert(row.end(), {entry.item.value, entry.count, stored_time(entry.last_time)});
      const bool is_last_of_user = at + 1 == increments.size() || increments[at + 1]->user != user;
      const bool is_full = row.size() >= kIncrementsTogether * kNumbersOfAnIncrement;
      if (!is_last_of_user && !is_full) continue;
      values.add(change, bucket, user.value, part, std::span<const std::int64_t>(row));
      in_batch += row.size() / kNumbersOfAnIncrement;
      part = is_last_of_user ? 0 : part + 1;
      row.clear();
      if (in_batch < kIncrementsTogether) continue;
      values.end_request();
      in_batch = 0;
    }
    values.end_request();
  }

  static Status done(const Result<CqlAnswer>& answer) {
    if (!answer) return answer.error();
    return ok();
  }

  static CqlValues all_buckets(std::int64_t change) {
    CqlValues values;
    for (std::int64_t bucket = 0; bucket < kBuckets; ++bucket) values.request(change, bucket);
    return values;
  }

  static Result<HistoryState> select_state(const CqlStatement& statement, const CallContext& call) {
    CqlValues values;
    values.request(kName);
    PUNNET_TRY(const auto found, statement.execute(values, call));
    return state_from(found);
  }

  const Statements statements_;
};

}  // namespace

Result<std::unique_ptr<HistoryStore>> open_cassandra_history_store(const CqlSession& session,
                                                                   const CallContext& call) {
  constexpr std::string_view kState =
      "SELECT generation, version, change, is_folded, positions FROM {}.history_state "
      "WHERE name = ?";
  constexpr std::string_view kChange =
      "SELECT user_id, increments FROM {}.history_increments "
      "WHERE change = ? AND bucket = ?";
  const auto prepare = [&](std::string_view what, std::string_view cql,
                           CqlKind kind = CqlKind::kPlain) {
    return session.prepare(what, cql, kind, call);
  };
  PUNNET_TRY(auto state, prepare("reading the state of histories", kState));
  PUNNET_TRY(auto settled, prepare("reading the state of histories", kState, CqlKind::kSerialRead));
  PUNNET_TRY(auto advance,
             prepare("moving the state of histories",
                     "UPDATE {}.history_state SET generation = ?, version = ?, change = ?, "
                     "is_folded = ?, positions = ? WHERE name = ? "
                     "IF version = ? AND change = ? AND is_folded = ?",
                     CqlKind::kConditional));
  PUNNET_TRY(auto rows, prepare("reading histories",
                                "SELECT item_id, count, last_time, WRITETIME(count) "
                                "FROM {}.histories_by_user WHERE generation = ? AND user_id = ?"));
  PUNNET_TRY(auto write_row,
             prepare("writing histories",
                     "INSERT INTO {}.histories_by_user (generation, user_id, item_id, count, "
                     "last_time) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"));
  PUNNET_TRY(auto row_keys,
             prepare("looking for old histories",
                     "SELECT DISTINCT generation, user_id FROM {}.histories_by_user"));
  PUNNET_TRY(auto forget_rows,
             prepare("deleting old histories",
                     "DELETE FROM {}.histories_by_user WHERE generation = ? AND user_id = ?"));
  PUNNET_TRY(auto write_change,
             prepare("writing a change of histories",
                     "INSERT INTO {}.history_increments (change, bucket, user_id, part, "
                     "increments) VALUES (?, ?, ?, ?, ?)"));
  PUNNET_TRY(auto whole_change, prepare("reading a change of histories", kChange));
  PUNNET_TRY(auto change_of_user,
             prepare("reading a change of histories", std::string(kChange) + " AND user_id = ?"));
  PUNNET_TRY(auto forget_change,
             prepare("deleting a change of histories",
                     "DELETE FROM {}.history_increments WHERE change = ? AND bucket = ?"));
  auto store = std::make_unique<CassandraHistoryStore>(CassandraHistoryStore::Statements{
      std::move(state), std::move(settled), std::move(advance), std::move(rows),
      std::move(write_row), std::move(row_keys), std::move(forget_rows), std::move(write_change),
      std::move(whole_change), std::move(change_of_user), std::move(forget_change)});
  PUNNET_TRY(const auto ignored, store->state(call));
  static_cast<void>(ignored);
  return store;
}

}  // namespace punnet
