#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "cassandra/cassandra_tables.h"
#include "cassandra/cql_session.h"
#include "ports/tables.h"

namespace punnet {

// Each table over the session that all of them share. kAbsent when it was never made.
Result<std::unique_ptr<ItemTable>> open_cassandra_item_table(const CqlSession& session,
                                                             const CassandraTablesOptions& options,
                                                             const CallContext& call);
Result<std::unique_ptr<OwnPurchases>> open_cassandra_own_purchases(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call);
Result<std::unique_ptr<BaselineTable>> open_cassandra_baseline_table(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call);
Result<std::unique_ptr<RecommendationTable>> open_cassandra_recommendation_table(
    const CqlSession& session, const CassandraTablesOptions& options, const CallContext& call);

/// The outcome of a write that cannot be taken back: when its time was over, some of it may have
/// happened.
Status written(Result<CqlAnswer> answer);

/// Ids as lists of numbers, and back.
std::vector<std::int64_t> numbers_of(std::span<const ItemId> items);
std::vector<ItemId> items_of(std::span<const std::int64_t> numbers);

}  // namespace punnet
