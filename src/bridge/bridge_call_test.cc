#include "bridge/bridge_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "punnet_bridge/src/probe.rs.h"
#include "rust/cxx.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

Result<rust::String> probe(const char* how, const CallContext& call) {
  return call_bridge("probing", call, [&](const auto& limit) { return bridge::probe(how, limit); });
}

TEST(BridgeCall, BringsTheAnswer) {
  const auto answer = probe("answer", patiently());
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(*answer, "answer");
}

TEST(BridgeCall, BringsCodeAndTextOfAnError) {
  EXPECT_THAT(probe("fail", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "probing: failed\tas told"));
  EXPECT_THAT(probe("fly", patiently()), FailsSaying(ErrorCode::kInvalid, "cannot fly"));
}

TEST(BridgeCall, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(probe("\xff", patiently()), FailsSaying(ErrorCode::kInvalid, "probing: "));
}

TEST(BridgeCall, APanicIsAnErrorAndTheNextCallWorks) {
  EXPECT_THAT(probe("panic", patiently()), FailsSaying(ErrorCode::kInternal, "panicked as told"));
  EXPECT_THAT(probe("answer", patiently()), Succeeds());
}

TEST(BridgeCall, EndsWhenItIsCancelledOrLate) {
  expect_to_end_without_answer([](const CallContext& call) { return probe("wait", call); });
  EXPECT_THAT(probe("answer", cancelled_call()), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(probe("answer", too_late()), FailsWith(ErrorCode::kTimeout));
}

TEST(BridgeCall, ManyThreadsCallAtOnce) {
  std::array<int, 4> answered{};
  {
    std::vector<std::jthread> callers;
    callers.reserve(answered.size());
    for (auto& count : answered) {
      callers.emplace_back([&count] {
        std::stop_source stop;
        for (int i = 0; i < 100; ++i) {
          if (probe("answer", patiently(stop.get_token()))) ++count;
        }
      });
    }
  }
  EXPECT_EQ(answered, (std::array{100, 100, 100, 100}));
}

TEST(BridgeError, KnowsEveryCodeByItsName) {
  for (const auto code : {ErrorCode::kInvalid, ErrorCode::kUnknownOutcome, ErrorCode::kInternal}) {
    const auto error = bridge_error("asking", std::string(traits(code).name) + "\twhy");
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.message, "asking: why");
  }
}

TEST(BridgeError, TextWithoutACodeIsADefect) {
  for (const auto* const text : {"", "unavailable", "strange\ttext", "\ttext"}) {
    const auto error = bridge_error("asking", text);
    EXPECT_EQ(error.code, ErrorCode::kInternal);
    EXPECT_EQ(error.message, std::string("asking: ") + text);
  }
}

}  // namespace
}  // namespace punnet
