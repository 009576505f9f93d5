#include "cassandra/cassandra_tables.h"

namespace punnet {

Result<Tables> open_cassandra_tables(const CassandraTablesOptions&, const CallContext&) {
  return Error{ErrorCode::kInvalid,
               "tables.uri: this build has no Cassandra support; build with "
               "-DPUNNET_WITH_CLUSTER=ON, or use sqlite:FILE"};
}

bool has_cassandra() { return false; }

}  // namespace punnet
