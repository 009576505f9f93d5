#pragma once

#include "base/call_context.h"
#include "base/result.h"
#include "cassandra/cassandra_tables.h"
#include "cassandra/cql_session.h"

namespace punnet {

/// The replication map in CQL of "3" or "dc1:3,dc2:2". kInvalid for what is neither.
Result<std::string> replication_cql(std::string_view replication);

/// Makes what is missing of keyspace, tables and their first rows.
Status create_schema(const CqlSession& session, const CassandraTablesOptions& options,
                     const CallContext& call);

}  // namespace punnet
