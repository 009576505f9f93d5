#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/tables.h"

namespace punnet {

struct CassandraTablesOptions {
  std::vector<std::string> servers;  ///< HOST:PORT of some nodes; the others are found
  std::string keyspace;
  std::string datacenter;  ///< whose nodes are asked; empty: any
  std::string user;        ///< empty: none
  std::string password;
  bool tls = false;
  std::string ca_file;  ///< PEM of who signed the nodes' certificates; empty: the system's

  /// Makes keyspace and tables that are missing. Otherwise their absence is kAbsent.
  bool create = false;
  /// Of a new keyspace: a number of replicas, or "dc1:3,dc2:2" for data centres of these names.
  std::string replication = "1";

  /// Features, own purchases and baselines in tables as the original made them: `item_features`,
  /// `own_purchases`, `baseline`, with ids of 32 bits. Replacing them is then not atomic.
  bool original_tables = false;

  std::size_t recommendations_kept = 10;       ///< lists per user and partition of the topic
  std::chrono::seconds recommendation_ttl{0};  ///< how long a list is kept; 0: for ever

  const Clock* clock = &system_clock();  ///< orders what is written
};

/// All tables of a shop in one keyspace, over one session that they share. Calls of many threads
/// run side by side. Each call is repeated for some seconds while nodes do not answer; kUnavailable
/// after that. kDenied for credentials or certificates that are not accepted.
Result<Tables> open_cassandra_tables(const CassandraTablesOptions& options,
                                     const CallContext& call);

/// Whether this build can open them.
bool has_cassandra();

}  // namespace punnet
