#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/offsets.h"
#include "kafka/offset_continuity.h"
#include "kafka/rdkafka.h"
#include "ports/event_log.h"

namespace punnet {

/// What one read takes from one partition.
struct Share {
  std::int64_t events = 0;
  std::size_t bytes = 0;
  bool at_least_one = false;  ///< whatever its size
  bool headers = false;
};

/// An EventRun in the making: the views of its events are set when it is sealed.
class RunBuilder {
 public:
  RunBuilder(Partition partition, Offset start) {
    run_.partition = partition;
    run_.range = {start, start};
  }

  void add(const rd_kafka_message_t& message, bool headers);
  void skip_to(Offset next) { run_.range.next = next; }

  std::int64_t events() const { return static_cast<std::int64_t>(run_.events.size()); }
  std::size_t bytes() const { return run_.storage.size(); }
  bool empty() const { return run_.range.empty(); }

  EventRun seal();

 private:
  struct Extent {
    std::size_t key_size = 0;
    std::size_t value_size = 0;
  };

  EventRun run_;
  std::vector<Extent> extents_;
};

/// The messages of one partition in the order of their offsets, without repeats and without holes
/// that are not in the partition: see OffsetContinuity. One thread.
class PartitionFeed {
 public:
  PartitionFeed(Partition partition, QueuePtr queue)
      : partition_(partition), queue_(std::move(queue)) {}

  /// What comes next is `next`; the partition is known to end at `end`. Drops what is held.
  void start_at(Offset next, Offset end);

  Partition partition() const { return partition_; }
  Offset next() const { return continuity_.next(); }

  /// True when the client has to fetch again from next(): a hole is believed only when it is seen
  /// twice.
  bool wants_refetch() const { return wants_refetch_; }

  /// About how many events are there to be taken.
  std::int64_t held() const;

  /// True when nothing is known to be there.
  bool at_end() const { return held() == 0; }

  /// Takes down where the partition ends, when someone asked.
  void note_end(Offset end) { end_ = std::max(end_, end); }

  enum class Taken : std::uint8_t {
    kAll,      ///< what is here; more may come
    kEnough,   ///< the share, in events or bytes
    kRefetch,  ///< what is here is not to be trusted: see wants_refetch()
  };

  /// Moves what is here already to `run`, without waiting. The error of the client for this
  /// partition, if there was one.
  Result<Taken> take(const Share& share, RunBuilder& run);

 private:
  enum class Fit : std::uint8_t { kTaken, kDropped, kTooLarge, kUnbelievable };

  Status refill();
  Fit offer(const rd_kafka_message_t& message, const Share& share, RunBuilder& run);
  Fit offer_end(Offset end, RunBuilder& run);

  const Partition partition_;
  const QueuePtr queue_;
  std::deque<MessagePtr> waiting_;  // taken out of the queue, not yet delivered
  OffsetContinuity continuity_;
  Offset end_ = 0;
  bool wants_refetch_ = false;
};

}  // namespace punnet
