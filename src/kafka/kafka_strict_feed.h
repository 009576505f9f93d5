#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/kafka_event_log.h"
#include "ports/event_log.h"
#include "ports/recommendation_feed.h"

namespace punnet {

struct StrictFeedOptions {
  std::string group;  ///< "<group>-output" keeps how far the feed has come in the topic of events
  TopicInfo from;     ///< of the events
  std::string to;     ///< an existing topic
};

/// A feed that writes each message once: messages and the position that covers them are one
/// transaction, and what lies before the position is passed over. Each partition of events has a
/// producer of its own, so that whoever writes next for a partition ends what a former writer,
/// dead or asleep, had begun. Readers need isolation.level=read_committed.
Result<std::unique_ptr<RecommendationFeed>> open_kafka_strict_feed(
    const KafkaEventLogOptions& kafka, const StrictFeedOptions& options);

}  // namespace punnet
