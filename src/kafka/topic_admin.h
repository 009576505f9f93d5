#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "kafka/kafka_client.h"
#include "ports/event_log.h"

namespace punnet {

/// The questions that are asked of a cluster about topics and groups: each is one request, or one
/// for each broker concerned, and none of them waits longer than its call. The functions of
/// EventLog of the same names have the contracts. One thread; `client` outlives it.
class TopicAdmin {
 public:
  explicit TopicAdmin(KafkaClient& client) : client_(client) {}

  Result<TopicInfo> create(const TopicSpec& spec, const CallContext& call);
  Result<TopicInfo> describe(std::string_view name, const CallContext& call);

  /// kInvalid when the topic of this name is another one by now.
  Status check_same(const TopicInfo& topic, const CallContext& call);

  /// For each of the partitions what a reader of committed events finds now.
  Result<std::map<Partition, OffsetBounds>> bounds(const TopicInfo& topic,
                                                   std::span<const Partition> partitions,
                                                   const CallContext& call);

  Status commit(std::string_view group, const TopicInfo& topic, const Positions& next,
                const CallContext& call);
  Result<Positions> committed(std::string_view group, const TopicInfo& topic,
                              const CallContext& call);
  /// Of these partitions alone: kUnavailable while a transaction is about to move one of them,
  /// whatever goes on in the others.
  Result<Positions> committed(std::string_view group, const TopicInfo& topic,
                              std::span<const Partition> partitions, const CallContext& call);

 private:
  /// Waits until every broker knows a topic that was just made.
  Result<TopicInfo> wait_for(const TopicSpec& spec, const CallContext& call);
  Result<Positions> list_offsets(const TopicInfo& topic, std::span<const Partition> partitions,
                                 Offset which, const CallContext& call);

  KafkaClient& client_;
};

}  // namespace punnet
