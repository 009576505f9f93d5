#pragma once

#include <memory>

#include "base/call_context.h"
#include "base/result.h"
#include "cassandra/cql_session.h"
#include "cassandra/history_store.h"

namespace punnet {

/// kAbsent when the tables were never made.
Result<std::unique_ptr<HistoryStore>> open_cassandra_history_store(const CqlSession& session,
                                                                   const CallContext& call);

}  // namespace punnet
