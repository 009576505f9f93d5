#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace punnet {

struct KafkaEventLogOptions {
  std::string servers;  ///< HOST:PORT[,HOST:PORT…], where the cluster is asked first
  std::map<std::string, std::string> properties = {};  ///< of the client, by librdkafka's names
  std::size_t queue_bytes = std::size_t{256} << 20U;   ///< of fetched events that wait in memory
};

/// An EventLog in a Kafka cluster. A topic's id is the one that the cluster drew.
///
/// The events of one append are one record batch, so it must fit into the topic's
/// max.message.bytes; kInvalid otherwise. Only what is committed is read. Deadlines and stops end
/// every call; an outage that lasts for some seconds ends it early, as kUnavailable, and wrong
/// credentials or certificates at once, as kDenied. Nothing is sent before the first call.
///
/// `properties` are taken as they are: what a person may set is decided by client_properties.h.
Result<std::unique_ptr<EventLog>> open_kafka_event_log(const KafkaEventLogOptions& options);

/// "librdkafka 2.16.1", or "none" for a build without Kafka.
std::string kafka_client_version();

}  // namespace punnet
