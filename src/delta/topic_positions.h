#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delta/snapshot.h"
#include "domain/offsets.h"

namespace punnet::delta {

/// Keys of a table's configuration: the one topic whose events it keeps.
inline constexpr char kTopicKey[] = "punnet.topic";
inline constexpr char kTopicIdKey[] = "punnet.topic_id";

/// The application id under which the position of a partition is kept: "punnet:<topic id>:<n>".
std::string app_id(std::string_view topic_id, Partition partition);

/// The partition of an application id of this topic; absent for any other.
std::optional<Partition> partition_of(std::string_view app_id, std::string_view topic_id);

/// The next offset that the table does not hold, for each partition that was ever committed.
Positions positions_of(const Snapshot& snapshot, std::string_view topic_id);

/// kInvalid, with the remedy, when the table keeps events of another topic, or of an earlier topic
/// of the same name.
Status check_topic(const Snapshot& snapshot, std::string_view topic, std::string_view topic_id,
                   std::string_view where);

}  // namespace punnet::delta
