#include "kafka/client_health.h"

#include <algorithm>
#include <string_view>

#include "kafka/kafka_errors.h"

namespace punnet {
namespace {

constexpr std::chrono::seconds kPatience{3};

/// A handshake fails too when a broker goes away in its midst; only a bad certificate stays bad.
bool is_about_a_certificate(std::string_view text) {
  return text.find("certificate") != std::string_view::npos ||
         text.find("verif") != std::string_view::npos;
}

}  // namespace

void ClientHealth::note(rd_kafka_resp_err_t error, const char* text) {
  const std::scoped_lock lock(mutex_);
  const std::string_view said = text == nullptr ? rd_kafka_err2str(error) : text;
  troubled_ = true;
  // That all are down says less than why one is.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !text_.empty()) return;
  text_ = said;
  const bool refused = error_code_of(error) == ErrorCode::kDenied &&
                       (error != RD_KAFKA_RESP_ERR__SSL || is_about_a_certificate(said));
  if (refused) refused_ = kafka_error(error, "the Kafka broker and punnet do not agree", said);
}

void ClientHealth::note_answer() {
  const std::scoped_lock lock(mutex_);
  last_answer_ = Clock::now();
}

void ClientHealth::clear() {
  const std::scoped_lock lock(mutex_);
  refused_.reset();
  troubled_ = false;
  text_.clear();
}

std::optional<Error> ClientHealth::reason_to_give_up(Clock::time_point begin) const {
  const std::scoped_lock lock(mutex_);
  if (refused_) return refused_;
  if (troubled_ && Clock::now() - std::max(begin, last_answer_) >= kPatience) {
    return Error{ErrorCode::kUnavailable, "no Kafka broker answers: " + text_};
  }
  return std::nullopt;
}

bool ClientHealth::is_troubled() const {
  const std::scoped_lock lock(mutex_);
  return troubled_;
}

std::string ClientHealth::last_text() const {
  const std::scoped_lock lock(mutex_);
  return text_;
}

}  // namespace punnet
