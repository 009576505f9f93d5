#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/offsets.h"
#include "ports/event_log.h"

namespace punnet {

/// Where a partition begins that the table holds nothing of.
enum class StartingOffsets : std::uint8_t { kEarliest, kLatest };

/// What happens when the log lost events before they were read.
enum class OnDataLoss : std::uint8_t {
  kFail,    ///< the stream stops
  kRecord,  ///< they become a gap, recorded in the commit that goes on behind it
};

/// Where a stream goes on: at the table's position in each partition, or where `starting` says in
/// those that the table holds nothing of. `bounds` are the log's, one per partition of the topic.
/// kInvalid when the log ends before the table's position, since it was cut or is another topic,
/// and, unless data loss is recorded, when it begins after it.
Result<Positions> start_positions(const TopicInfo& topic, std::span<const OffsetBounds> bounds,
                                  const Positions& table, StartingOffsets starting,
                                  OnDataLoss on_data_loss = OnDataLoss::kFail);

/// kInvalid, with the option to change: events of [position, held.start) are lost.
Error data_loss(const TopicInfo& topic, Partition partition, Offset position, OffsetBounds held);

/// Cuts what lies at or after `end` off the runs; runs with nothing left go. Partitions missing in
/// `end` stay as they are.
void cut_runs(std::vector<EventRun>& runs, const Positions& end);

}  // namespace punnet
