#pragma once

#include <memory>

#include "base/clock.h"
#include "cassandra/history_store.h"
#include "ports/purchase_histories.h"

namespace punnet {

/// Histories over a store that changes one partition at a time. A change is written aside, becomes
/// part of all histories when the state names it, and is folded into the rows afterwards, by
/// whoever comes first. Why that is exact: docs/decisions/cassandra-tables.md. `clock` outlives it.
std::unique_ptr<PurchaseHistories> make_counted_histories(std::unique_ptr<HistoryStore> store,
                                                          const Clock& clock);

}  // namespace punnet
