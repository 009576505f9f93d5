#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "domain/purchase.h"
#include "ports/event_log.h"
#include "stream/batch_table.h"
#include "stream/retry.h"
#include "stream/start_positions.h"
#include "stream/trigger.h"

namespace punnet {

struct TailConfig {
  StartingOffsets start = StartingOffsets::kLatest;
  std::optional<Partition> partition;  ///< this one only
  std::optional<Offset> offset;        ///< begin here, in every partition that is read
  std::optional<std::int64_t> max_messages;
  std::int64_t max_offsets_per_trigger = 500;
  TriggerConfig trigger;
};

struct TailPorts {
  EventLog& log;
  const Clock& clock;
  Sleep sleep;
};

/// Reads a topic for a person, without leaving a trace: `on_batch(id, runs)` gets what each trigger
/// brought, ids from 0, never empty. Ends well when max_messages were read, when `stop` is
/// requested or, with kAvailableNow, at the log's end of the start. Returns the number of messages.
Result<std::int64_t> tail(
    const TopicInfo& topic, const TailConfig& config, const TailPorts& ports, Retry& retry,
    const std::stop_token& stop,
    const std::function<void(std::int64_t id, std::span<const EventRun> runs)>& on_batch);

/// The messages' values as they are, one a line.
std::string raw_messages(std::span<const EventRun> runs);

/// The messages as the original watched its topic: user_id, item_id, quantity, sales_value, offset,
/// with the partition before the offset where `partitions` > 1. What is no purchase shows nulls.
std::string message_table(std::span<const EventRun> runs, const PurchaseSchema& schema,
                          std::int32_t partitions, const TableLimits& limits = {});

}  // namespace punnet
