#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "cassandra/cassandra_tables.h"
#include "cassandra/cql_rows.h"

namespace punnet {

enum class CqlKind : std::uint8_t {
  kPlain,        ///< reads, or writes what may be written again
  kSerialRead,   ///< reads what the last conditional write left
  kConditional,  ///< writes if a condition holds; never repeated
};

/// A prepared statement. Safe to use from many threads; keeps its session.
class CqlStatement {
 public:
  struct Impl;
  explicit CqlStatement(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  /// Makes all requests, many at a time. An error means that not all were answered. Of a
  /// conditional statement, kUnknownOutcome when its answer did not come.
  Result<CqlAnswer> execute(const CqlValues& values, const CallContext& call) const;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A connection to the cluster. Safe to use from many threads.
class CqlSession {
 public:
  /// Connects and logs in.
  static Result<std::shared_ptr<CqlSession>> open(const CassandraTablesOptions& options,
                                                  const CallContext& call);

  struct Impl;
  CqlSession(std::shared_ptr<const Impl> impl, std::string keyspace, std::string place)
      : impl_(std::move(impl)), keyspace_(std::move(keyspace)), place_(std::move(place)) {}

  /// Executes a statement that changes the schema and may be repeated.
  Status define(const std::string& cql, const CallContext& call) const;

  /// Prepares `cql`, in which "{}." stands before the name of each table of the shop. `what` begins
  /// the messages of its errors: "reading histories". kAbsent when there is no such table.
  Result<CqlStatement> prepare(std::string_view what, std::string_view cql, CqlKind kind,
                               const CallContext& call) const;

  /// `cql` with the keyspace in the place of "{}".
  std::string in_keyspace(std::string_view cql) const;

  const std::string& keyspace() const { return keyspace_; }
  /// "cassandra://HOST:PORT/KEYSPACE", for messages.
  const std::string& place() const { return place_; }

 private:
  std::shared_ptr<const Impl> impl_;
  std::string keyspace_;
  std::string place_;
};

}  // namespace punnet
