#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ports/committed_purchases.h"
#include "ports/event_log.h"
#include "ports/item_tables.h"
#include "ports/model_store.h"
#include "ports/partition_membership.h"
#include "ports/purchase_histories.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_feed.h"
#include "ports/recommendation_tables.h"
#include "ranking/recommender.h"
#include "stream/apply_batch.h"
#include "stream/background.h"
#include "stream/history_cache.h"
#include "stream/history_writer.h"
#include "stream/retry.h"
#include "stream/start_positions.h"
#include "stream/stream_observer.h"
#include "stream/trigger.h"

namespace punnet {

/// When rows become durable and visible.
struct CommitPolicy {
  std::size_t bytes = 16 << 20;           ///< of rows in memory that make a commit due
  std::size_t backlog_bytes = 128 << 20;  ///< of rows not durable yet; see most_backlog()
  std::chrono::milliseconds age{10'000};  ///< of the oldest row that is not committed
  bool every_batch = false;               ///< --file-per-batch

  /// Beyond so many bytes the batches wait for the commit under way. As much as makes one due may
  /// always gather beside it.
  std::size_t most_backlog() const { return std::max(backlog_bytes, 2 * bytes); }
};

struct StreamConfig {
  std::string topic = "purchases";
  std::string group = "punnet";  ///< under which the position is noted for other tools
  StartingOffsets starting_offsets = StartingOffsets::kEarliest;
  OnDataLoss on_data_loss = OnDataLoss::kFail;
  TriggerConfig trigger;
  std::int64_t max_offsets_per_trigger = 10'000;
  std::int64_t max_batches = 0;  ///< the stream ends after so many; 0: never
  CommitPolicy commit;
  UnknownUserPolicy unknown_users = UnknownUserPolicy::kPopularity;
  std::chrono::microseconds lists_ahead_patience =
      std::chrono::seconds{1};  ///< for making the lists of all users when a model is loaded
  ApplyConfig apply;
  HistoryCacheConfig histories;
  HistoryWritePolicy history_writes;
  RetryConfig retry;
};

/// The world of a stream. `sink` and `committed` hold the purchases of the same topic.
struct StreamPorts {
  EventLog& log;
  PurchaseSink& sink;
  CommittedPurchases& committed;
  OwnPurchases& own_purchases;
  PurchaseHistories& histories;
  ItemTable& items;
  RecommendationTable& recommendations;
  ModelStore& models;
  const Clock& clock;
  Sleep sleep;
  PartitionMembership* membership = nullptr;  ///< absent: every partition is read
  Background* background = nullptr;           ///< of commits; absent: batches wait for them
  Background* history_writer = nullptr;       ///< absent: batches wait while histories are written
  RecommendationFeed* feed = nullptr;         ///< absent: recommendations go to the tables alone
};

/// What a whole run of the stream did.
struct StreamSummary {
  std::int64_t batches = 0;
  std::int64_t rows = 0;
  std::int64_t rejects = 0;
  std::int64_t unknown_fields = 0;
  std::int64_t commits = 0;
  Positions next;  ///< the table's positions at the end
};

/// Applies the model to the events of a topic, batch by batch, from the table's positions on.
///
/// With a membership it reads the partitions that are its own at the time. What it has of one that
/// is asked back it commits before it lets go; what it has of one that it lost it drops. A drain
/// takes no part in a group: it reads every partition.
///
/// Ends well when `stop` is requested (the batch at hand is finished and everything committed) or,
/// with the trigger kAvailableNow, when the events of the start are done. Stores that are away are
/// waited for; a stop during such a wait gives the batch up, commits what came before and is
/// kCancelled. kInvalid when the log does not reach the table's positions: another topic, or one
/// that was cut; or when it begins after them, unless on_data_loss says to record the gap. Each
/// event becomes one row or one reject, however often the process dies on the way.
Result<StreamSummary> run_stream(const StreamPorts& ports, const StreamConfig& config,
                                 StreamObserver& observer, const std::stop_token& stop);

}  // namespace punnet
