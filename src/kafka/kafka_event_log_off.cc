#include "kafka/kafka_event_log.h"
#include "kafka/kafka_membership.h"
#include "kafka/kafka_strict_feed.h"

// What stands in for the adapter in a build without Kafka.

namespace punnet {
namespace {

Error no_kafka(const KafkaEventLogOptions& options) {
  return {ErrorCode::kInvalid,
          "events.uri: this build has no Kafka support (PUNNET_WITH_KAFKA): kafka://" +
              options.servers + "; use sqlite:FILE"};
}

}  // namespace

Result<std::unique_ptr<EventLog>> open_kafka_event_log(const KafkaEventLogOptions& options) {
  return no_kafka(options);
}

Result<std::unique_ptr<PartitionMembership>> join_kafka_group(const KafkaEventLogOptions& options,
                                                              const std::string&,
                                                              const std::string&) {
  return no_kafka(options);
}

Result<std::unique_ptr<RecommendationFeed>> open_kafka_strict_feed(
    const KafkaEventLogOptions& kafka, const StrictFeedOptions&) {
  return no_kafka(kafka);
}

std::string kafka_client_version() { return "none"; }

}  // namespace punnet
