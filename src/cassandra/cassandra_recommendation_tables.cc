#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "cassandra/cassandra_table_parts.h"

namespace punnet {
namespace {

class CassandraBaselineTable final : public BaselineTable {
 public:
  CassandraBaselineTable(CqlStatement select, CqlStatement insert)
      : select_(std::move(select)), insert_(std::move(insert)) {}

  Result<std::vector<ItemId>> fetch(std::string_view name, const CallContext& call) override {
    PUNNET_TRY(const auto found, select(name, call));
    if (found.rows() != 0) return items_of(found.list(0, 0));
    return Error{ErrorCode::kAbsent,
                 "there is no baseline \"" + std::string(name) + "\"; load the tables first"};
  }

  Status put(std::string_view name, std::span<const ItemId> items,
             const CallContext& call) override {
    // An answer before anything is changed: an outage shows while nothing has happened.
    PUNNET_TRY(const auto answered, select(name, call));
    static_cast<void>(answered);
    const auto list = numbers_of(items);
    CqlValues values;
    values.request(name, std::span<const std::int64_t>(list));
    return written(insert_.execute(values, call));
  }

 private:
  Result<CqlAnswer> select(std::string_view name, const CallContext& call) const {
    CqlValues values;
    values.request(name);
    return select_.execute(values, call);
  }

  const CqlStatement select_;
  const CqlStatement insert_;
};

std::optional<RecommendationSource> source_named(std::string_view text) {
  constexpr std::array kSources{RecommendationSource::kModel, RecommendationSource::kPopularity,
                                RecommendationSource::kNone};
  for (const auto source : kSources) {
    if (name(source) == text) return source;
  }
  return std::nullopt;
}

class CassandraRecommendationTable final : public RecommendationTable {
 public:
  struct Statements {
    CqlStatement offsets, insert, forget, newest;
  };
  CassandraRecommendationTable(Statements statements, std::size_t kept, std::chrono::seconds ttl)
      : statements_(std::move(statements)), kept_(kept), ttl_(ttl) {}

  Status put(std::span<const StoredRecommendation> rows, const CallContext& call) override {
    CqlValues asked;
    for (const auto& row : rows) asked.request(row.user.value, std::int64_t{row.partition});
    // Asked first: an outage shows while nothing has been changed.
    PUNNET_TRY(const auto held, statements_.offsets.execute(asked, call));
    CqlValues lists;
    CqlValues old;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const auto& row = rows[at];
      const auto items = numbers_of(row.items);
      lists.request(row.user.value, std::int64_t{row.partition}, row.offset,
                    std::span<const std::int64_t>(items), name(row.source),
                    std::string_view(row.model_version), std::int64_t{ttl_.count()});
      // Seldom, so that few deletions lie where lists are read.
      if (held.end(at) - held.start(at) < 2 * kept_) continue;
      old.request(row.user.value, std::int64_t{row.partition},
                  held.number(0, held.start(at) + kept_ - 1));
    }
    PUNNET_CHECK(written(statements_.insert.execute(lists, call)));
    return written(statements_.forget.execute(old, call));
  }

  Result<std::vector<StoredRecommendation>> fetch(std::span<const UserId> users,
                                                  const CallContext& call) override {
    CqlValues values;
    for (const auto user : users) values.request(user.value);
    PUNNET_TRY(const auto found, statements_.newest.execute(values, call));
    std::vector<StoredRecommendation> lists;
    for (std::size_t at = 0; at < users.size(); ++at) {
      std::optional<std::size_t> last;
      // The newest list of each partition of the topic, of which one was written last.
      for (auto row = found.start(at); row < found.end(at); ++row) {
        if (!last || found.number(5, *last) < found.number(5, row)) last = row;
      }
      if (!last) continue;
      const auto source = source_named(found.text(3, *last));
      if (!source) {
        return Error{ErrorCode::kCorrupt, "the recommendations of user " +
                                              std::to_string(users[at].value) + " are damaged"};
      }
      lists.push_back({users[at], items_of(found.list(2, *last)), *source, found.text(4, *last),
                       static_cast<Partition>(found.number(0, *last)), found.number(1, *last)});
    }
    return lists;
  }

 private:
  const Statements statements_;
  const std::size_t kept_;
  const std::chrono::seconds ttl_;
};

}  // namespace

Result<std::unique_ptr<BaselineTable>> open_cassandra_baseline_table(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call) {
  const bool original = options.original_tables;
  const std::string table = original ? "baseline" : "baselines";
  const std::string list = original ? "list" : "item_ids";
  PUNNET_TRY(auto select,
             session.prepare("reading " + table,
                             "SELECT " + list + " FROM {}." + table + " WHERE name = ?",
                             CqlKind::kPlain, call));
  PUNNET_TRY(auto insert,
             session.prepare("writing " + table,
                             "INSERT INTO {}." + table + " (name, " + list + ") VALUES (?, ?)",
                             CqlKind::kPlain, call));
  return std::make_unique<CassandraBaselineTable>(std::move(select), std::move(insert));
}

Result<std::unique_ptr<RecommendationTable>> open_cassandra_recommendation_table(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call) {
  const auto prepare = [&](std::string_view what, std::string_view cql) {
    return session.prepare(what, cql, CqlKind::kPlain, call);
  };
  PUNNET_TRY(auto offsets, prepare("reading recommendations",
                                   "SELECT topic_offset FROM {}.recommendations_by_user "
                                   "WHERE user_id = ? AND topic_partition = ?"));
  PUNNET_TRY(auto insert,
             prepare("writing recommendations",
                     "INSERT INTO {}.recommendations_by_user (user_id, topic_partition, "
                     "topic_offset, item_ids, source, model_version) VALUES (?, ?, ?, ?, ?, ?) "
                     "USING TTL ?"));
  PUNNET_TRY(auto forget,
             prepare("deleting old recommendations",
                     "DELETE FROM {}.recommendations_by_user "
                     "WHERE user_id = ? AND topic_partition = ? AND topic_offset < ?"));
  PUNNET_TRY(auto newest,
             prepare("reading recommendations",
                     "SELECT topic_partition, topic_offset, item_ids, source, model_version, "
                     "WRITETIME(source) FROM {}.recommendations_by_user WHERE user_id = ? "
                     "GROUP BY user_id, topic_partition"));
  return std::make_unique<CassandraRecommendationTable>(
      CassandraRecommendationTable::Statements{std::move(offsets), std::move(insert),
                                               std::move(forget), std::move(newest)},
      options.recommendations_kept, options.recommendation_ttl);
}

}  // namespace punnet
