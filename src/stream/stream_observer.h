#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "domain/offsets.h"
#include "ports/partition_membership.h"
#include "ports/purchase_sink.h"
#include "ranking/lists_ahead.h"
#include "stream/apply_batch.h"

namespace punnet {

/// What happened in one trigger.
struct BatchReport {
  std::int64_t batch_id = 0;  ///< from 0 in each run of the program
  Timestamp started;
  std::chrono::microseconds since_previous{0};  ///< between the starts of two batches; 0: the first
  std::chrono::microseconds read{0};            ///< waiting for events included
  std::chrono::microseconds took{0};            ///< from the start to rows ready
  std::int64_t events = 0;                      ///< rows and rejects
  Positions start;                              ///< of each partition read
  Positions next;
  Positions latest;  ///< the log's ends, as far as asked; at least `next`
  std::string_view model_version;
  const BatchOutcome& outcome;

  std::chrono::microseconds to_rows_ready() const { return took - read; }

  /// Events that wait in the log.
  std::int64_t lag() const;
};

/// What one commit made visible.
struct CommitReport {
  const CommitOutcome& outcome;
  std::chrono::microseconds took{0};
  std::int64_t batches = 0;
};

/// Is told what a stream does, as it does it, on the stream's thread; only `waiting` may come from
/// the one that commits. References are valid during the call alone. All methods may be left as
/// they are.
class StreamObserver {
 public:
  StreamObserver() = default;
  StreamObserver(const StreamObserver&) = delete;
  StreamObserver& operator=(const StreamObserver&) = delete;
  virtual ~StreamObserver() = default;

  virtual void batch_done(const BatchReport& /*batch*/) {}
  virtual void committed(const CommitReport& /*commit*/) {}

  /// So many events were brought into the table of histories.
  virtual void histories_written(std::int64_t /*events*/, std::chrono::microseconds /*took*/) {}

  /// Another stream of the same topic was first in this partition; it goes on at `next`.
  virtual void partition_lost(Partition /*partition*/, Offset /*next*/) {}

  /// The partitions that this stream reads, `mine`, are others than before.
  virtual void share_changed(const ShareChange& /*change*/, const Positions& /*mine*/) {}

  /// The log no longer held these events when they were to be read; they are recorded as a gap.
  virtual void data_lost(Partition /*partition*/, OffsetRange /*gap*/) {}

  virtual void model_swapped(std::string_view /*from*/, std::string_view /*to*/) {}

  /// A model was loaded, and whether its lists are made ahead was decided.
  virtual void lists_planned(std::string_view /*version*/, const ListsAheadPlan& /*plan*/) {}

  /// A store did not answer; the stream waits and tries again.
  virtual void waiting(std::string_view /*what*/, const Error& /*error*/,
                       std::chrono::milliseconds /*delay*/) {}

  /// Something failed that the stream can go on without.
  virtual void warned(std::string_view /*what*/, const Error& /*error*/) {}

  /// A batch took longer than the trigger's interval.
  virtual void fell_behind(std::chrono::microseconds /*took*/) {}
};

}  // namespace punnet
