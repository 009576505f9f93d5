#include "kafka/client_health.h"

#include <gtest/gtest.h>

#include <chrono>

namespace punnet {
namespace {

using std::chrono::seconds;

class AClientHealth : public testing::Test {
 protected:
  void fail(rd_kafka_resp_err_t error) { health_.note(error, nullptr); }

  std::optional<ErrorCode> reason_after(seconds waited) const {
    const auto reason = health_.reason_to_give_up(ClientHealth::Clock::now() - waited);
    return reason ? std::optional(reason->code) : std::nullopt;
  }

  ClientHealth health_;
};

TEST_F(AClientHealth, GivesUpOnceConnectionsHaveFailedForSomeSeconds) {
  EXPECT_EQ(reason_after(seconds(60)), std::nullopt);
  fail(RD_KAFKA_RESP_ERR__TRANSPORT);
  EXPECT_EQ(reason_after(seconds(0)), std::nullopt);
  EXPECT_EQ(reason_after(seconds(60)), ErrorCode::kUnavailable);
  health_.clear();
  EXPECT_EQ(reason_after(seconds(60)), std::nullopt);
}

TEST_F(AClientHealth, WaitsOnWhileBrokersAnswerBetweenFailures) {
  fail(RD_KAFKA_RESP_ERR__TRANSPORT);
  health_.note_answer();
  EXPECT_EQ(reason_after(seconds(60)), std::nullopt);
  EXPECT_TRUE(health_.is_troubled()) << "what was asked is not answered yet";
}

TEST_F(AClientHealth, GivesUpAtOnceWhenItIsRefused) {
  fail(RD_KAFKA_RESP_ERR__AUTHENTICATION);
  health_.note_answer();
  EXPECT_EQ(reason_after(seconds(0)), ErrorCode::kDenied);
}

}  // namespace
}  // namespace punnet
