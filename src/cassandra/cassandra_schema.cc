#include "cassandra/cassandra_schema.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace punnet {
namespace {

constexpr std::array<std::string_view, 8> kTables{
    "generations (name text PRIMARY KEY, generation bigint)",
    "features_by_item (generation bigint, item_id bigint, department text, category text, "
    "PRIMARY KEY ((generation, item_id)))",
    "names_by_item (generation bigint, item_id bigint, name text, "
    "PRIMARY KEY ((generation, item_id)))",
    "own_purchases_by_user (generation bigint, user_id bigint, item_ids frozen<list<bigint>>, "
    "PRIMARY KEY ((generation, user_id)))",
    "histories_by_user (generation bigint, user_id bigint, item_id bigint, count bigint, "
    "last_time bigint, PRIMARY KEY ((generation, user_id), item_id))",
    "history_increments (change bigint, bucket int, user_id bigint, part int, "
    "increments frozen<list<bigint>>, PRIMARY KEY ((change, bucket), user_id, part))",
    "history_state (name text PRIMARY KEY, generation bigint, version bigint, change bigint, "
    "is_folded boolean, positions frozen<map<text, bigint>>)",
    "baselines (name text PRIMARY KEY, item_ids frozen<list<bigint>>)"};

constexpr std::string_view kRecommendations =
    "recommendations_by_user (user_id bigint, topic_partition int, topic_offset bigint, "
    "item_ids frozen<list<bigint>>, source text, model_version text, "
    "PRIMARY KEY ((user_id), topic_partition, topic_offset)) "
    "WITH CLUSTERING ORDER BY (topic_partition ASC, topic_offset DESC)";

/// As the original made them.
constexpr std::array<std::string_view, 3> kOriginalTables{
    "item_features (product_id int PRIMARY KEY, department text, category text)",
    "own_purchases (user_id int PRIMARY KEY, item_id_list list<int>)",
    "baseline (name text PRIMARY KEY, list list<int>)"};

constexpr std::array<std::string_view, 3> kGenerations{"features_by_item", "names_by_item",
                                                       "own_purchases_by_user"};

bool is_count(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && end == text.data() + text.size() && count > 0;
}

Status execute(const CqlSession& session, std::string_view cql, const CqlValues& values,
               CqlKind kind, const CallContext& call) {
  PUNNET_TRY(const auto statement, session.prepare("making the tables", cql, kind, call));
  PUNNET_TRY(const auto ignored, statement.execute(values, call));
  static_cast<void>(ignored);
  return ok();
}

}  // namespace

Result<std::string> replication_cql(std::string_view replication) {
  if (is_count(replication)) {
    return "{'class': 'SimpleStrategy', 'replication_factor': " + std::string(replication) + "}";
  }
  std::string cql = "{'class': 'NetworkTopologyStrategy'";
  for (auto rest = replication;;) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto colon = part.rfind(':');
    const auto name = part.substr(0, colon);
    if (colon == part.npos || name.empty() || name.find('\'') != name.npos ||
        !is_count(part.substr(colon + 1))) {
      return Error{ErrorCode::kInvalid,
                   "tables.replication: cannot read \"" + std::string(replication) +
                       "\"; expected a number of replicas, or DATACENTER:REPLICAS,..."};
    }
    cql += ", '" + std::string(name) + "': " + std::string(part.substr(colon + 1));
    if (comma == rest.npos) return cql + "}";
    rest.remove_prefix(comma + 1);
  }
}

Status create_schema(const CqlSession& session, const CassandraTablesOptions& options,
                     const CallContext& call) {
  PUNNET_TRY(const auto replication, replication_cql(options.replication));
  const auto create = [&](std::string_view table) {
    return session.define(
        session.in_keyspace("CREATE TABLE IF NOT EXISTS {}." + std::string(table)), call);
  };
  PUNNET_CHECK(session.define(
      session.in_keyspace("CREATE KEYSPACE IF NOT EXISTS {} WITH replication = ") + replication,
      call));
  for (const auto table : kTables) PUNNET_CHECK(create(table));
  PUNNET_CHECK(create(kRecommendations));
  if (options.original_tables) {
    for (const auto table : kOriginalTables) PUNNET_CHECK(create(table));
  }
  CqlValues generations;
  for (const auto name : kGenerations) generations.request(name);
  PUNNET_CHECK(execute(session,
                       "INSERT INTO {}.generations (name, generation) VALUES (?, 0) IF NOT EXISTS",
                       generations, CqlKind::kConditional, call));
  CqlValues state;
  state.request(std::string_view("histories"), CqlMap{});
  return execute(session,
                 "INSERT INTO {}.history_state (name, generation, version, change, is_folded, "
                 "positions) VALUES (?, 0, 0, 0, true, ?) IF NOT EXISTS",
                 state, CqlKind::kConditional, call);
}

}  // namespace punnet
