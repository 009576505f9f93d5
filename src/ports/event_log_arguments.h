// What every event log says of arguments that none of them can honour.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/event_log.h"

namespace punnet {

/// topic "purchases", as errors name it.
std::string quoted_topic(std::string_view name);

/// kInvalid unless the name is one and there is at least one partition. What else an adapter cannot
/// honour is for it to refuse.
Status check_topic_spec(const TopicSpec& spec);

/// kInvalid unless the topic has such a partition.
Status check_partition(const TopicInfo& topic, Partition partition);

/// kInvalid unless the topic has all partitions of `from` and at least one event is asked for.
Status check_read(const TopicInfo& topic, const Positions& from, const ReadLimit& limit);

}  // namespace punnet
