#pragma once

#include <chrono>
#include <stop_token>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// How long a blocking call may take and who may end it early. Passed by value to every blocking
/// port call; copying is cheap.
class CallContext {
 public:
  using Clock = std::chrono::steady_clock;

  /// A call that may take until `deadline` and ends early, with kCancelled, when `stop` is
  /// requested.
  explicit CallContext(Clock::time_point deadline, std::stop_token stop = {})
      : deadline_(deadline), stop_(std::move(stop)) {}

  /// A call that may take `limit` from now.
  static CallContext within(std::chrono::milliseconds limit, std::stop_token stop = {}) {
    return CallContext(Clock::now() + limit, std::move(stop));
  }

  Clock::time_point deadline() const { return deadline_; }
  const std::stop_token& stop() const { return stop_; }

  bool cancelled() const { return stop_.stop_requested(); }
  bool expired() const { return Clock::now() >= deadline_; }

  /// Time left, never negative.
  std::chrono::milliseconds left() const;

  /// kCancelled or kTimeout, naming `what` was tried, or success while the call may go on.
  Status check(std::string_view what) const;

 private:
  Clock::time_point deadline_;
  std::stop_token stop_;
};

/// Sleeps until `until`, the context's deadline or its stop request, whichever comes first.
/// Returns true when `until` was reached.
bool sleep_until(CallContext::Clock::time_point until, const CallContext& call);

}  // namespace punnet
