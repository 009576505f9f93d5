#include "kafka/event_appender.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "kafka/kafka_errors.h"
#include "kafka/produce_event.h"
#include "ports/event_log_arguments.h"

namespace punnet {
namespace {

// A stop is noticed within so long.
constexpr int kTurnMilliseconds = 50;
constexpr int kPurgeMilliseconds = 1'000;

constexpr std::size_t kMostEvents = 1'000'000;

/// What came of the messages of one append. Written by a thread of the client.
struct Delivery {
  std::size_t delivered = 0;
  Offset first = -1;
  Offset last = -1;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  bool in_doubt = false;  // one that failed may have been written all the same
};

void note_delivery(const rd_kafka_message_t& message) {
  auto& delivery = *static_cast<Delivery*>(message._private);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (delivery.delivered == 0) delivery.first = message.offset;
    delivery.last = message.offset;
    ++delivery.delivered;
    return;
  }
  delivery.error = message.err;
  if (rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
    delivery.in_doubt = true;
  }
}

/// Waits until every message was delivered or failed; false when the call ended before.
bool flush(KafkaClient& client, const CallContext& call) {
  const auto begin = ClientHealth::Clock::now();
  while (!call.cancelled() && !call.expired()) {
    const auto turn = std::min<std::int64_t>(call.left().count(), kTurnMilliseconds);
    const auto error = rd_kafka_flush(client.get(), static_cast<int>(turn));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    if (client.health().reason_to_give_up(begin)) return false;
  }
  return false;
}

}  // namespace

Status EventAppender::open() {
  if (client_ != nullptr) return ok();
  PUNNET_TRY(client_, KafkaClient::make(RD_KAFKA_PRODUCER, properties_, &note_delivery));
  return ok();
}

Result<Offset> EventAppender::append(const TopicInfo& topic, Partition partition,
                                     std::span<const NewEvent> events, const CallContext& call) {
  const std::string what =
      "appending to partition " + std::to_string(partition) + " of " + quoted_topic(topic.name);
  if (events.size() > kMostEvents) {
    return Error{ErrorCode::kInvalid, what + ": " + std::to_string(events.size()) +
                                          " events at once; the most are " +
                                          std::to_string(kMostEvents)};
  }
  PUNNET_CHECK(open());
  Delivery delivery;
  KafkaErrorPtr refused;
  bool flushed = false;
  {
    const TopicPtr handle(rd_kafka_topic_new(client_->get(), topic.name.c_str(), nullptr));
    std::vector<rd_kafka_vu_t> arguments;
    for (const auto& event : events) {
      refused = produce_event(client_->get(), handle.get(), partition, event, &delivery, arguments);
      if (refused != nullptr) break;
    }
    // Nothing is sent before the flush: linger.ms is out of reach.
    flushed = refused == nullptr && flush(*client_, call);
    if (!flushed) {
      rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
      rd_kafka_flush(client_->get(), kPurgeMilliseconds);
    }
  }
  const auto count = events.size();
  // A broker that had already written what was sent again says so without an offset.
  if (flushed && delivery.delivered == count && delivery.first >= 0 &&
      delivery.last - delivery.first == static_cast<Offset>(count) - 1) {
    client_->health().clear();
    return delivery.first;
  }

  const auto reason = client_->health().reason_to_give_up({});
  client_.reset();  // from here on nobody writes to `delivery`
  if (delivery.in_doubt || delivery.delivered > 0) {
    return Error{ErrorCode::kUnknownOutcome,
                 what + ": the answer was lost, the events may be written or not: " +
                     rd_kafka_err2str(delivery.error)};
  }
  if (refused != nullptr) {
    return kafka_error(rd_kafka_error_code(refused.get()), what,
                       rd_kafka_error_string(refused.get()));
  }
  if (flushed) return kafka_error(delivery.error, what);
  PUNNET_CHECK(call.check(what));
  return reason ? with_context(*reason, what)
                : kafka_error(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, what);
}

}  // namespace punnet
