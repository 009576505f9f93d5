#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/kafka_event_log.h"
#include "ports/partition_membership.h"

namespace punnet {

/// A place in a consumer group that shares the topic's partitions cooperatively: those that stay
/// where they are go on being read while others move. Joins at once and leaves when destroyed; a
/// member that died is missed after session.timeout.ms, six seconds unless `options` say otherwise.
///
/// It reads nothing and takes no position from the group. kDenied from poll: the group may not be
/// joined.
Result<std::unique_ptr<PartitionMembership>> join_kafka_group(const KafkaEventLogOptions& options,
                                                              const std::string& topic,
                                                              const std::string& group);

}  // namespace punnet
