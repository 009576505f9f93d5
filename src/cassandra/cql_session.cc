#include "cassandra/cql_session.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "bridge/bridge_call.h"
#include "punnet_bridge/src/cassandra.rs.h"
#include "punnet_bridge/src/runtime.rs.h"
#include "rust/cxx.h"

namespace punnet {
namespace {

bridge::CqlRows to_bridge(const CqlValues& values) {
  bridge::CqlRows rows;
  rows.columns.reserve(values.columns().size());
  for (const auto& from : values.columns()) {
    bridge::CqlColumn column;
    column.ints.reserve(from.ints.size());
    for (const auto value : from.ints) column.ints.push_back(value);
    column.texts.reserve(from.texts.size());
    for (const auto& text : from.texts) column.texts.push_back(rust::String::lossy(text));
    column.ends.reserve(from.ends.size());
    for (const auto end : from.ends) column.ends.push_back(end);
    rows.columns.push_back(std::move(column));
  }
  rows.ends.reserve(values.ends().size());
  for (const auto end : values.ends()) rows.ends.push_back(end);
  return rows;
}

template <typename T>
std::vector<T> to_vector(const rust::Vec<T>& from) {
  return std::vector<T>(from.data(), from.data() + from.size());
}

CqlAnswer from_bridge(const bridge::CqlRows& rows) {
  std::vector<CqlColumn> columns;
  columns.reserve(rows.columns.size());
  for (const auto& from : rows.columns) {
    CqlColumn column{to_vector(from.ints), {}, to_vector(from.ends)};
    column.texts.reserve(from.texts.size());
    for (const auto& text : from.texts) column.texts.emplace_back(text.data(), text.size());
    columns.push_back(std::move(column));
  }
  return CqlAnswer(std::move(columns), to_vector(rows.ends));
}

bridge::CqlKind to_bridge(CqlKind kind) {
  switch (kind) {
    case CqlKind::kPlain:
      return bridge::CqlKind::Plain;
    case CqlKind::kSerialRead:
      return bridge::CqlKind::SerialRead;
    case CqlKind::kConditional:
      return bridge::CqlKind::Conditional;
  }
  std::abort();
}

bridge::CassandraOptions to_bridge(const CassandraTablesOptions& options) {
  bridge::CassandraOptions to;
  for (const auto& server : options.servers) to.servers.push_back(server);
  to.datacenter = options.datacenter;
  to.user = options.user;
  to.password = options.password;
  to.tls = options.tls;
  to.ca_file = options.ca_file;
  return to;
}

std::string place_of(const CassandraTablesOptions& options) {
  std::string place = "cassandra://";
  for (const auto& server : options.servers) {
    if (!place.ends_with('/')) place += ',';
    place += server;
  }
  return place + '/' + options.keyspace;
}

bool says_that_it_is_missing(std::string_view message) {
  return message.find("does not exist") != message.npos ||
         message.find("unconfigured table") != message.npos;
}

}  // namespace

struct CqlSession::Impl {
  rust::Box<bridge::CassandraSession> session;
};

struct CqlStatement::Impl {
  std::shared_ptr<const CqlSession::Impl> session;
  rust::Box<bridge::CassandraStatement> statement;
  CqlKind kind;
  std::string what;
};

Result<CqlAnswer> CqlStatement::execute(const CqlValues& values, const CallContext& call) const {
  const auto rows = to_bridge(values);
  PUNNET_CHECK(call.check(impl_->what));
  auto found = call_bridge(impl_->what, call, [&](const bridge::CallLimit& limit) {
    return impl_->session->session->execute(*impl_->statement, rows, limit);
  });
  if (found) return from_bridge(*found);
  auto error = std::move(found).error();
  // The request may be under way.
  const bool unanswered = error.code == ErrorCode::kTimeout || error.code == ErrorCode::kCancelled;
  if (impl_->kind == CqlKind::kConditional && unanswered) error.code = ErrorCode::kUnknownOutcome;
  return error;
}

Result<std::shared_ptr<CqlSession>> CqlSession::open(const CassandraTablesOptions& options,
                                                     const CallContext& call) {
  const auto place = place_of(options);
  const auto how = to_bridge(options);
  auto session = call_bridge("connecting to " + place, call, [&](const bridge::CallLimit& limit) {
    return bridge::connect_cassandra(how, limit);
  });
  if (!session) return std::move(session).error();
  return std::make_shared<CqlSession>(std::make_shared<const Impl>(Impl{*std::move(session)}),
                                      options.keyspace, place);
}

Status CqlSession::define(const std::string& cql, const CallContext& call) const {
  return call_bridge("changing the tables of " + place_, call,
                     [&](const bridge::CallLimit& limit) { impl_->session->define(cql, limit); });
}

Result<CqlStatement> CqlSession::prepare(std::string_view what, std::string_view cql, CqlKind kind,
                                         const CallContext& call) const {
  const auto where = std::string(what) + " in " + place_;
  const auto text = in_keyspace(cql);
  auto statement = call_bridge(where, call, [&](const bridge::CallLimit& limit) {
    return impl_->session->prepare(text, to_bridge(kind), limit);
  });
  if (statement) {
    return CqlStatement(std::make_shared<const CqlStatement::Impl>(
        CqlStatement::Impl{impl_, *std::move(statement), kind, where}));
  }
  auto error = std::move(statement).error();
  if (error.code != ErrorCode::kInvalid || !says_that_it_is_missing(error.message)) return error;
  return Error{ErrorCode::kAbsent,
               error.message + "; `punnet load` makes it, tables.uri names another keyspace"};
}

std::string CqlSession::in_keyspace(std::string_view cql) const {
  std::string text;
  while (true) {
    const auto at = cql.find("{}");
    text += cql.substr(0, at);
    if (at == cql.npos) return text;
    text += '"' + keyspace_ + '"';
    cql.remove_prefix(at + 2);
  }
}

}  // namespace punnet
