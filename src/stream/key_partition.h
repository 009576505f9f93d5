#pragma once

#include <cstdint>
#include <string_view>

#include "domain/offsets.h"

namespace punnet {

/// The hash by which Kafka's Java producer spreads keys.
std::uint32_t murmur2(std::string_view bytes);

/// The partition to which Kafka's Java producer sends a message with this key. Requires
/// partitions > 0.
Partition partition_of_key(std::string_view key, std::int32_t partitions);

}  // namespace punnet
