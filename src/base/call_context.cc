#include "base/call_context.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>

namespace punnet {

std::chrono::milliseconds CallContext::left() const {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
  return std::max(rest, std::chrono::milliseconds{0});
}

Status CallContext::check(std::string_view what) const {
  if (cancelled()) return Error{ErrorCode::kCancelled, std::string(what) + " was cancelled"};
  if (expired()) return Error{ErrorCode::kTimeout, std::string(what) + " did not end in time"};
  return ok();
}

bool sleep_until(CallContext::Clock::time_point until, const CallContext& call) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto end = std::min(until, call.deadline());
  wake.wait_until(lock, call.stop(), end, [] { return false; });
  return !call.cancelled() && CallContext::Clock::now() >= until;
}

}  // namespace punnet
