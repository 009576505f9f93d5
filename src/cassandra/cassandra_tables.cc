#include "cassandra/cassandra_tables.h"

#include <utility>

#include "cassandra/cassandra_history_store.h"
#include "cassandra/cassandra_schema.h"
#include "cassandra/cassandra_table_parts.h"
#include "cassandra/counted_histories.h"

namespace punnet {
namespace {

Result<Tables> open_all(const CqlSession& session, const CassandraTablesOptions& options,
                        const CallContext& call) {
  Tables tables;
  PUNNET_TRY(tables.items, open_cassandra_item_table(session, options, call));
  PUNNET_TRY(tables.own_purchases, open_cassandra_own_purchases(session, options, call));
  PUNNET_TRY(tables.baselines, open_cassandra_baseline_table(session, options, call));
  PUNNET_TRY(tables.recommendations, open_cassandra_recommendation_table(session, options, call));
  PUNNET_TRY(auto histories, open_cassandra_history_store(session, call));
  tables.histories = make_counted_histories(std::move(histories), *options.clock);
  return tables;
}

}  // namespace

Result<Tables> open_cassandra_tables(const CassandraTablesOptions& options,
                                     const CallContext& call) {
  // What makes no sense is said also where it is not needed.
  if (options.create) PUNNET_CHECK(replication_cql(options.replication));
  PUNNET_TRY(const auto session, CqlSession::open(options, call));
  auto tables = open_all(*session, options, call);
  if (tables || tables.error().code != ErrorCode::kAbsent || !options.create) return tables;
  PUNNET_CHECK(create_schema(*session, options, call));
  return open_all(*session, options, call);
}

bool has_cassandra() { return true; }

Status written(Result<CqlAnswer> answer) {
  if (answer) return ok();
  auto error = std::move(answer).error();
  if (error.code == ErrorCode::kTimeout) error.code = ErrorCode::kUnknownOutcome;
  return error;
}

std::vector<std::int64_t> numbers_of(std::span<const ItemId> items) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(items.size());
  for (const auto item : items) numbers.push_back(item.value);
  return numbers;
}

std::vector<ItemId> items_of(std::span<const std::int64_t> numbers) {
  std::vector<ItemId> items;
  items.reserve(numbers.size());
  for (const auto number : numbers) items.push_back(ItemId{number});
  return items;
}

}  // namespace punnet
