#include "ports/event_log_arguments.h"

#include <algorithm>

namespace punnet {

std::string quoted_topic(std::string_view name) { return "topic \"" + std::string(name) + '"'; }

Status check_topic_spec(const TopicSpec& spec) {
  const bool good_name = !spec.name.empty() && spec.name.size() <= 249 && spec.name != "." &&
                         spec.name != ".." && std::ranges::all_of(spec.name, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                         });
  if (!good_name) {
    return Error{ErrorCode::kInvalid,
                 quoted_topic(spec.name) + ": use 1 to 249 of the characters a-z A-Z 0-9 . _ -"};
  }
  if (spec.partitions < 1) {
    return Error{ErrorCode::kInvalid, quoted_topic(spec.name) +
                                          " needs at least 1 partition, not " +
                                          std::to_string(spec.partitions)};
  }
  return ok();
}

Status check_partition(const TopicInfo& topic, Partition partition) {
  if (partition >= 0 && partition < topic.partitions) return ok();
  return Error{ErrorCode::kInvalid, quoted_topic(topic.name) + " has no partition " +
                                        std::to_string(partition) + ", only 0 to " +
                                        std::to_string(topic.partitions - 1)};
}

Status check_read(const TopicInfo& topic, const Positions& from, const ReadLimit& limit) {
  for (const auto& [partition, offset] : from) PUNNET_CHECK(check_partition(topic, partition));
  if (limit.events >= 1) return ok();
  return Error{ErrorCode::kInvalid,
               "cannot read " + std::to_string(limit.events) + " events: ask for at least 1"};
}

}  // namespace punnet
