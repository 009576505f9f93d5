#include "kafka/kafka_client.h"

#include <algorithm>
#include <array>
#include <stop_token>
#include <utility>

#include "kafka/kafka_errors.h"

namespace punnet {
namespace {

// The health of the connection is looked at so often.
constexpr std::chrono::milliseconds kTurn{100};

int milliseconds_of(std::chrono::milliseconds time) {
  return static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, 3'600'000));
}

rd_kafka_resp_err_t note_answer(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t,
                                std::int16_t, std::int32_t, std::size_t, std::int64_t,
                                rd_kafka_resp_err_t error, void* health) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<ClientHealth*>(health)->note_answer();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/// Lets `health` see every answer of a broker.
rd_kafka_resp_err_t watch_answers(rd_kafka_t* client, const rd_kafka_conf_t*, void* health, char*,
                                  std::size_t) {
  return rd_kafka_interceptor_add_on_response_received(client, "health", &note_answer, health);
}

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::make(rd_kafka_type_t type,
                                                       const KafkaProperties& properties,
                                                       OnDelivery on_delivery, int events) {
  std::unique_ptr<KafkaClient> made(new KafkaClient(std::move(on_delivery)));
  std::array<char, 512> text{};
  ConfPtr conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return Error{ErrorCode::kInvalid, "Kafka client property " + name + ": " + text.data()};
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), made.get());
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_DR | events);
  rd_kafka_conf_set_background_event_cb(conf.get(), &KafkaClient::on_event);
  rd_kafka_conf_interceptor_add_on_new(conf.get(), "health", &watch_answers, &made->health_);
  // What matters of its log comes as errors too.
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  made->client_.reset(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (made->client_ == nullptr) {
    return Error{ErrorCode::kInvalid, std::string("the Kafka client's properties: ") + text.data()};
  }
  static_cast<void>(conf.release());  // it belongs to the client now
  const QueuePtr all(rd_kafka_queue_get_main(made->client_.get()));
  const QueuePtr background(rd_kafka_queue_get_background(made->client_.get()));
  rd_kafka_queue_forward(all.get(), background.get());
  return made;
}

KafkaClient::~KafkaClient() = default;

void KafkaClient::on_event(rd_kafka_t*, rd_kafka_event_t* raw, void* opaque) {
  auto* self = static_cast<KafkaClient*>(opaque);
  const EventPtr event(raw);
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_ERROR:
      self->health_.note(rd_kafka_event_error(event.get()),
                         rd_kafka_event_error_string(event.get()));
      break;
    case RD_KAFKA_EVENT_DR:
      while (const auto* message = rd_kafka_event_message_next(event.get())) {
        if (self->on_delivery_) self->on_delivery_(*message);
      }
      break;
    default:
      break;
  }
}

Result<EventPtr> KafkaClient::ask(std::string_view what, const CallContext& call,
                                  const Submit& submit) {
  PUNNET_CHECK(call.check(what));
  std::array<char, 256> ignored{};
  const AdminOptionsPtr options(rd_kafka_AdminOptions_new(get(), RD_KAFKA_ADMIN_OP_ANY));
  rd_kafka_AdminOptions_set_request_timeout(
      options.get(), std::max(1, milliseconds_of(call.left())), ignored.data(), ignored.size());
  const QueuePtr answers(rd_kafka_queue_new(get()));
  const auto begin = ClientHealth::Clock::now();
  submit(options.get(), answers.get());
  const std::stop_callback wake(call.stop(), [&] { rd_kafka_queue_yield(answers.get()); });
  while (true) {
    EventPtr event(
        rd_kafka_queue_poll(answers.get(), milliseconds_of(std::min(call.left(), kTurn))));
    if (event != nullptr) {
      const auto error = rd_kafka_event_error(event.get());
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        health_.clear();
        return event;
      }
      PUNNET_CHECK(call.check(what));
      if (const auto reason = health_.reason_to_give_up(begin)) return *reason;
      return kafka_error(error, what, rd_kafka_event_error_string(event.get()));
    }
    if (call.cancelled() || call.expired()) return no_answer(what, call);
    if (auto reason = health_.reason_to_give_up(begin)) {
      return with_context(*std::move(reason), what);
    }
  }
}

Error KafkaClient::no_answer(std::string_view what, const CallContext& call) const {
  auto status = call.check(what);
  auto error = std::move(status).error();
  const auto text = health_.last_text();
  if (!text.empty()) error.message += ": " + text;
  return error;
}

}  // namespace punnet
