#include "stream/retry.h"

#include <algorithm>

namespace punnet {

Sleep real_sleep() {
  return [](std::chrono::microseconds duration, const std::stop_token& stop) {
    const auto until = CallContext::Clock::now() + duration;
    sleep_until(until, CallContext(until + std::chrono::seconds{1}, stop));
  };
}

Retry::Retry(RetryConfig config, Sleep sleep, std::stop_token stop, Waiting waiting)
    : config_(config),
      sleep_(std::move(sleep)),
      stop_(std::move(stop)),
      waiting_(std::move(waiting)),
      random_(config.seed) {}

bool Retry::wait(std::string_view what, const Error& error, std::chrono::milliseconds& delay,
                 std::chrono::milliseconds& waited) {
  const bool curable = is_retriable(error.code) || error.code == ErrorCode::kUnknownOutcome;
  if (!curable || stop_.stop_requested() || waited >= config_.give_up_after) return false;
  const auto half = delay / 2;
  const auto jitter = random_() % static_cast<std::uint64_t>(half.count() + 1);
  const auto pause = delay - half + std::chrono::milliseconds{jitter};
  waiting_(what, error, pause);
  sleep_(pause, stop_);
  waited += pause;
  delay = std::min(delay * 2, config_.longest_delay);
  return !stop_.stop_requested();
}

}  // namespace punnet
