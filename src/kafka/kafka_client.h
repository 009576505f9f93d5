#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "kafka/client_health.h"
#include "kafka/rdkafka.h"

namespace punnet {

/// Settings by the names of librdkafka.
using KafkaProperties = std::map<std::string, std::string>;

/// A connection to a cluster: a client of librdkafka whose threads note errors in its health and
/// hand delivery reports to `on_delivery`. One thread at a time, but for the health.
class KafkaClient {
 public:
  using OnDelivery = std::function<void(const rd_kafka_message_t& message)>;

  /// Makes a client; nothing is sent yet. `events` are those of librdkafka that its user polls for,
  /// besides errors and deliveries. kInvalid, with librdkafka's words, for settings that it
  /// does not take.
  static Result<std::unique_ptr<KafkaClient>> make(rd_kafka_type_t type,
                                                   const KafkaProperties& properties,
                                                   OnDelivery on_delivery = {}, int events = 0);

  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;
  ~KafkaClient();

  rd_kafka_t* get() const { return client_.get(); }
  ClientHealth& health() { return health_; }

  using Submit = std::function<void(rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers)>;

  /// Sends a request of the admin API and waits for its answer, which is free of errors of the
  /// request as a whole. `what` is said in errors.
  Result<EventPtr> ask(std::string_view what, const CallContext& call, const Submit& submit);

 private:
  explicit KafkaClient(OnDelivery on_delivery) : on_delivery_(std::move(on_delivery)) {}

  static void on_event(rd_kafka_t* client, rd_kafka_event_t* event, void* self);
  Error no_answer(std::string_view what, const CallContext& call) const;

  OnDelivery on_delivery_;
  ClientHealth health_;
  ClientPtr client_;
};

}  // namespace punnet
