#pragma once

#include "kafka/kafka_client.h"
#include "kafka/kafka_event_log.h"

namespace punnet {

/// `properties`, with those of `decided` in their place.
KafkaProperties with(KafkaProperties properties, const KafkaProperties& decided);

/// What every client has, unless the user says otherwise.
KafkaProperties usual_properties(const KafkaEventLogOptions& options);

}  // namespace punnet
