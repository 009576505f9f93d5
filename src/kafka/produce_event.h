#pragma once

#include <vector>

#include "domain/offsets.h"
#include "kafka/rdkafka.h"
#include "ports/event_log.h"

namespace punnet {

/// Hands one event to a producer, which copies it. Delivery reports bring `opaque` back.
/// `arguments` is scratch space. The error of the client, or null.
KafkaErrorPtr produce_event(rd_kafka_t* client, rd_kafka_topic_t* topic, Partition partition,
                            const NewEvent& event, void* opaque,
                            std::vector<rd_kafka_vu_t>& arguments);

}  // namespace punnet
