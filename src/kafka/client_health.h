#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "kafka/rdkafka.h"

namespace punnet {

/// What a client's own threads have noticed about its connections. Any thread.
class ClientHealth {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes down an error that belongs to no request.
  void note(rd_kafka_resp_err_t error, const char* text);

  /// A broker has answered something: who waits for more may go on waiting.
  void note_answer();

  /// A broker has answered what was asked: what was noted is over.
  void clear();

  /// Why a call that has waited since `begin` is to end now: the client is refused, or connections
  /// fail and for some seconds, in which a restarting broker may have come back, none has answered.
  std::optional<Error> reason_to_give_up(Clock::time_point begin) const;

  /// True when a connection has failed and no broker has answered since.
  bool is_troubled() const;

  /// What was noted last, to be told with an answer that did not come.
  std::string last_text() const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<Error> refused_;
  bool troubled_ = false;
  Clock::time_point last_answer_{};
  std::string text_;
};

}  // namespace punnet
