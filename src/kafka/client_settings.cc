#include "kafka/client_settings.h"

namespace punnet {

KafkaProperties with(KafkaProperties properties, const KafkaProperties& decided) {
  for (const auto& [name, value] : decided) properties[name] = value;
  return properties;
}

KafkaProperties usual_properties(const KafkaEventLogOptions& options) {
  return with({{"client.id", "punnet"},
               {"reconnect.backoff.max.ms", "1000"},
               {"topic.metadata.refresh.interval.ms", "30000"}},
              with(options.properties, {{"bootstrap.servers", options.servers}}));
}

}  // namespace punnet
