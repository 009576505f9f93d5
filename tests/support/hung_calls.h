#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "base/call_context.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// Expects of `make_call`, whose answer does not come, that it ends at its deadline and when it is
/// asked to stop.
template <typename MakeCall>
void expect_to_end_without_answer(const MakeCall& make_call) {
  EXPECT_THAT(make_call(CallContext::within(std::chrono::milliseconds{20})),
              FailsWith(ErrorCode::kTimeout));
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::yield();  // most often the call has begun by now; both orders must end it
    source.request_stop();
  });
  EXPECT_THAT(make_call(patiently(source.get_token())), FailsWith(ErrorCode::kCancelled));
}

}  // namespace punnet
