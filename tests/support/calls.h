#pragma once

#include <chrono>
#include <stop_token>

#include "base/call_context.h"

namespace punnet {

/// A call that has all the time a test can need.
inline CallContext patiently(std::stop_token stop = {}) {
  return CallContext::within(std::chrono::minutes{1}, std::move(stop));
}

/// A call whose deadline has passed.
inline CallContext too_late() {
  return CallContext(CallContext::Clock::now() - std::chrono::seconds{1});
}

/// A call that was cancelled before it began.
inline CallContext cancelled_call() {
  std::stop_source source;
  source.request_stop();
  return patiently(source.get_token());
}

}  // namespace punnet
