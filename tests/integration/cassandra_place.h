#pragma once

#include <memory>
#include <string_view>

#include "cassandra/cassandra_tables.h"
#include "cassandra/cql_session.h"
#include "tests/contract/tables_place.h"
#include "tests/integration/test_cluster.h"

namespace punnet {

/// A keyspace in the Cassandra of the tests, whose tables are empty at first. Made once, as that
/// takes seconds.
class CassandraPlace final : public TablesPlace {
 public:
  explicit CassandraPlace(bool original_tables = false);

  Tables open() override;
  std::unique_ptr<Hang> hang() override;
  bool reading_hangs() const override { return true; }

  const CassandraTablesOptions& options() const { return options_; }

  /// Makes all requests of a statement, in which "{}" stands for the keyspace.
  CqlAnswer ask(std::string_view cql, const CqlValues& values) const;

 private:
  void empty();

  const TestCluster cluster_;
  CassandraTablesOptions options_;
};

}  // namespace punnet
