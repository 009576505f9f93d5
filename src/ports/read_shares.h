#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace punnet {

/// Shares a limit among partitions in proportion to what each holds, as Spark's
/// maxOffsetsPerTrigger: rounded down, but at least one where there is anything. Never more than a
/// partition holds, nor more than `limit` in all: when that forbids one for each, those that hold
/// most come first, so none waits for ever.
std::vector<std::int64_t> read_shares(std::span<const std::int64_t> held, std::int64_t limit);

}  // namespace punnet
