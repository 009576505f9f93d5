#include "base/call_context.h"

#include <gtest/gtest.h>

#include <thread>

namespace punnet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const auto kPast = CallContext::Clock::now() - hours{1};

TEST(CallContext, MayGoOnUntilItsDeadline) {
  const auto call = CallContext::within(hours{1});
  EXPECT_FALSE(call.expired());
  EXPECT_FALSE(call.cancelled());
  EXPECT_TRUE(call.check("reading"));
  EXPECT_GT(call.left(), milliseconds{0});
  EXPECT_LE(call.left(), hours{1});
}

TEST(CallContext, ATimeThatHasPassedLeavesNothing) {
  const CallContext call(kPast);
  EXPECT_TRUE(call.expired());
  EXPECT_EQ(call.left(), milliseconds{0});
  const auto checked = call.check("reading a.csv");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kTimeout);
  EXPECT_NE(checked.error().message.find("reading a.csv"), std::string::npos);
}

TEST(CallContext, AStopIsToldFromADeadline) {
  std::stop_source source;
  const CallContext call(kPast, source.get_token());
  EXPECT_EQ(call.check("reading").error().code, ErrorCode::kTimeout);
  source.request_stop();
  EXPECT_TRUE(call.cancelled());
  EXPECT_EQ(call.check("reading").error().code, ErrorCode::kCancelled);
}

TEST(SleepUntil, ReachesATimeInThePastAtOnce) {
  EXPECT_TRUE(sleep_until(kPast, CallContext::within(hours{1})));
}

TEST(SleepUntil, EndsAtTheDeadline) {
  const auto far = CallContext::Clock::now() + hours{1};
  EXPECT_FALSE(sleep_until(far, CallContext::within(milliseconds{5})));
}

TEST(SleepUntil, EndsWhenAskedToStop) {
  std::stop_source source;
  const auto call = CallContext::within(hours{1}, source.get_token());
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(sleep_until(CallContext::Clock::now() + hours{1}, call));
}

}  // namespace
}  // namespace punnet
