#include "kafka/kafka_event_log.h"

// What stands in for the adapter in a build without Kafka.

namespace punnet {

Result<std::unique_ptr<EventLog>> open_kafka_event_log(const KafkaEventLogOptions& options) {
  return Error{ErrorCode::kInvalid,
               "events.uri: this build has no Kafka support (PUNNET_WITH_KAFKA): kafka://" +
                   options.servers + "; use sqlite:FILE"};
}

std::string kafka_client_version() { return "none"; }

}  // namespace punnet
