#include "tests/integration/cassandra_place.h"

#include <gtest/gtest.h>

#include <utility>

namespace punnet {

CassandraPlace::CassandraPlace(bool original_tables) {
  options_.servers = {cluster_.address("cassandra").value_or("127.0.0.1:1")};
  options_.keyspace = original_tables ? "contract_original" : "contract";
  options_.user = "cassandra";
  options_.password = "cassandra";
  options_.create = true;
  options_.original_tables = original_tables;
  empty();
}

Tables CassandraPlace::open() {
  auto tables = open_cassandra_tables(options_, patiently());
  EXPECT_THAT(tables, Succeeds());
  return *std::move(tables);
}

std::unique_ptr<Hang> CassandraPlace::hang() {
  return std::make_unique<PausedServer>(cluster_.pid("cassandra"));
}

CqlAnswer CassandraPlace::ask(std::string_view cql, const CqlValues& values) const {
  const auto session = CqlSession::open(options_, patiently());
  EXPECT_THAT(session, Succeeds());
  const auto statement = (*session)->prepare("asking", cql, CqlKind::kPlain, patiently());
  EXPECT_THAT(statement, Succeeds());
  auto found = statement->execute(values, patiently());
  EXPECT_THAT(found, Succeeds());
  return *std::move(found);
}

void CassandraPlace::empty() {
  const auto tables = open();
  EXPECT_THAT(tables.histories->replace_all({}, patiently()), Succeeds());
  EXPECT_THAT(tables.own_purchases->replace_all({}, patiently()), Succeeds());
  CqlValues names;
  for (const std::string_view name : {"features_by_item", "names_by_item"}) {
    names.request(std::int64_t{system_clock().now().time_since_epoch().count()}, name);
  }
  ask("UPDATE {}.generations SET generation = ? WHERE name = ?", names);
  CqlValues all;
  all.request();
  const auto users = ask("SELECT DISTINCT user_id FROM {}.recommendations_by_user", all);
  CqlValues keys;
  for (std::size_t row = 0; row < users.rows(); ++row) keys.request(users.number(0, row));
  ask("DELETE FROM {}.recommendations_by_user WHERE user_id = ?", keys);
  const auto lists = ask("SELECT name FROM {}.baselines", all);
  CqlValues gone;
  for (std::size_t row = 0; row < lists.rows(); ++row) {
    gone.request(std::string_view(lists.text(0, row)));
  }
  ask("DELETE FROM {}.baselines WHERE name = ?", gone);
}

}  // namespace punnet
