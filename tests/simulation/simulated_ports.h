#pragma once

#include <memory>

#include "ports/committed_purchases.h"
#include "ports/event_log.h"
#include "ports/file_store.h"
#include "ports/item_tables.h"
#include "ports/model_store.h"
#include "ports/purchase_histories.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_tables.h"
#include "tests/simulation/simulated_process.h"

namespace punnet::simulation {

// The ports as `process` sees them: those of its world, with what befalls it at each call. The
// process outlives them.
std::unique_ptr<EventLog> make_event_log(SimulatedProcess& process);
std::unique_ptr<FileStore> make_file_store(SimulatedProcess& process);
std::unique_ptr<PurchaseHistories> make_histories(SimulatedProcess& process);
std::unique_ptr<OwnPurchases> make_own_purchases(SimulatedProcess& process);
std::unique_ptr<ItemTable> make_item_table(SimulatedProcess& process);
std::unique_ptr<RecommendationTable> make_recommendations(SimulatedProcess& process);
std::unique_ptr<ModelStore> make_model_store(SimulatedProcess& process);

/// Tells `process` when a commit of `sink` begins and when it is settled.
std::unique_ptr<PurchaseSink> make_watched_sink(SimulatedProcess& process,
                                                std::unique_ptr<PurchaseSink> sink);

}  // namespace punnet::simulation
