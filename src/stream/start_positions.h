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

/// Where a stream goes on: at the table's position in each partition, or where `starting` says in
/// those that the table holds nothing of. `bounds` are the log's, one per partition of the topic.
/// kInvalid when the log does not hold the table's position: it was cut, or it is another topic.
Result<Positions> start_positions(const TopicInfo& topic, std::span<const OffsetBounds> bounds,
                                  const Positions& table, StartingOffsets starting);

/// Cuts what lies at or after `end` off the runs; runs with nothing left go. Partitions missing in
/// `end` stay as they are.
void cut_runs(std::vector<EventRun>& runs, const Positions& end);

}  // namespace punnet
