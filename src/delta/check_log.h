#pragma once

#include "base/call_context.h"
#include "base/result.h"
#include "delta/delta_log.h"
#include "delta/table_facts.h"

namespace punnet::delta {

/// Replays every entry that is there, and holds each checkpoint and _last_checkpoint against where
/// that leads. Adds commits, files and findings to `facts`, whose snapshot is known.
Status check_log(const DeltaLog& log, TableFacts& facts, const CallContext& call);

}  // namespace punnet::delta
