#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <stop_token>
#include <string_view>
#include <utility>

#include "base/call_context.h"
#include "base/result.h"

namespace punnet {

/// Lets time pass: returns after `duration`, or early when a stop is requested.
using Sleep = std::function<void(std::chrono::microseconds duration, const std::stop_token& stop)>;

/// Waits in real time.
Sleep real_sleep();

struct RetryConfig {
  std::chrono::milliseconds call_timeout{30'000};  ///< of one attempt
  std::chrono::milliseconds first_delay{100};
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::milliseconds give_up_after{600'000};  ///< sum of the delays of one call
  std::uint64_t seed = 0;                            ///< of the jitter
};

/// Repeats calls of ports while their store is away: delays double up to a limit, and half of each
/// is drawn at random, so that many processes do not return at once. For calls that may be repeated
/// when their outcome is not known. One thread.
class Retry {
 public:
  /// Told before each wait: what was tried, why it failed, how long it waits.
  using Waiting = std::function<void(std::string_view what, const Error& error,
                                     std::chrono::milliseconds delay)>;

  Retry(RetryConfig config, Sleep sleep, std::stop_token stop, Waiting waiting);

  /// The first success of `call(context)`, or an error that waiting does not cure, or the last one
  /// when time is up or a stop was requested meanwhile. A running attempt is not cut short by a
  /// stop: it has its deadline.
  template <typename Call>
  auto operator()(std::string_view what, Call&& call)
      -> decltype(call(std::declval<const CallContext&>())) {
    std::chrono::milliseconds waited{0};
    auto delay = config_.first_delay;
    while (true) {
      auto result = call(CallContext::within(config_.call_timeout));
      if (result || !wait(what, result.error(), delay, waited)) return result;
    }
  }

  /// One attempt, for a call that cannot be repeated.
  template <typename Call>
  auto once(Call&& call) -> decltype(call(std::declval<const CallContext&>())) {
    return call(CallContext::within(config_.call_timeout));
  }

 private:
  /// False when it is no use to try again.
  bool wait(std::string_view what, const Error& error, std::chrono::milliseconds& delay,
            std::chrono::milliseconds& waited);

  RetryConfig config_;
  Sleep sleep_;
  std::stop_token stop_;
  Waiting waiting_;
  std::mt19937_64 random_;
};

}  // namespace punnet
