#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "domain/enriched_purchase.h"
#include "domain/offsets.h"
#include "domain/purchase.h"
#include "ports/event_log.h"

namespace punnet {

/// An event that was understood.
struct DecodedEvent {
  Offset offset = 0;
  Timestamp time;  ///< the log's own
  Purchase purchase;
};

/// A run of the log, told apart into purchases and rejects, both ascending by offset.
struct DecodedRun {
  Partition partition = 0;
  OffsetRange range;
  std::vector<DecodedEvent> events;
  std::vector<RejectedEvent> rejects;
  std::int64_t unknown_fields = 0;  ///< in all accepted messages together
};

/// Decodes every message of `run`; none is lost.
DecodedRun decode_run(const EventRun& run, const PurchaseSchema& schema);

}  // namespace punnet
