#include "stream/retry.h"

#include <gtest/gtest.h>

#include <vector>

namespace punnet {
namespace {

using std::chrono::milliseconds;

struct Trial {
  std::vector<std::chrono::microseconds> slept;
  std::vector<std::string> told;
  std::stop_source stop;

  Retry retry(RetryConfig config = {}) {
    return {config,
            [this](std::chrono::microseconds duration, const std::stop_token&) {
              slept.push_back(duration);
            },
            stop.get_token(),
            [this](std::string_view what, const Error&, milliseconds) { told.emplace_back(what); }};
  }
};

auto failing(int times, ErrorCode code, int& calls) {
  return [times, code, &calls](const CallContext&) -> Result<int> {
    if (++calls <= times) return Error{code, "down"};
    return 7;
  };
}

TEST(Retry, WaitsLongerEachTimeUntilTheStoreIsBack) {
  Trial trial;
  int calls = 0;
  auto retry = trial.retry({.first_delay = milliseconds{100}, .longest_delay = milliseconds{400}});
  const auto result = retry("reading", failing(5, ErrorCode::kUnavailable, calls));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 7);
  ASSERT_EQ(trial.slept.size(), 5U);
  const std::vector<int> longest{100, 200, 400, 400, 400};
  for (std::size_t i = 0; i < longest.size(); ++i) {
    EXPECT_LE(trial.slept[i], milliseconds{longest[i]});
    EXPECT_GE(trial.slept[i], milliseconds{longest[i] / 2});
  }
  EXPECT_EQ(trial.told, std::vector<std::string>(5, "reading"));
}

TEST(Retry, DoesNotRepeatWhatWaitingCannotCure) {
  Trial trial;
  int calls = 0;
  auto retry = trial.retry();
  EXPECT_FALSE(retry("reading", failing(5, ErrorCode::kCorrupt, calls)));
  EXPECT_EQ(calls, 1);
}

TEST(Retry, GivesUpInTheEnd) {
  Trial trial;
  int calls = 0;
  auto retry = trial.retry({.give_up_after = milliseconds{1'000}});
  const auto result = retry("reading", failing(1'000, ErrorCode::kTimeout, calls));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
  EXPECT_LT(calls, 20);
}

TEST(Retry, TriesOnceWhenAStopWasRequested) {
  Trial trial;
  trial.stop.request_stop();
  int calls = 0;
  auto retry = trial.retry();
  EXPECT_FALSE(retry("reading", failing(1, ErrorCode::kUnavailable, calls)));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(trial.slept.empty());
}

}  // namespace
}  // namespace punnet
