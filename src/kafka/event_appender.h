#pragma once

#include <memory>
#include <span>

#include "base/call_context.h"
#include "base/result.h"
#include "kafka/kafka_client.h"
#include "ports/event_log.h"

namespace punnet {

/// Appends events as an idempotent producer whose appends are acknowledged by all replicas. All
/// events of one append go in one record batch, which Kafka writes whole or not at all. One thread.
class EventAppender {
 public:
  explicit EventAppender(KafkaProperties properties) : properties_(std::move(properties)) {}

  /// As EventLog::append, for a topic and partition that are known to exist.
  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call);

 private:
  Status open();

  const KafkaProperties properties_;
  // Absent at first, and after an append that did not end well: what such a producer still knows
  // of its batches must not come up again.
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace punnet
