#include "stream/trigger.h"

#include <gtest/gtest.h>

namespace punnet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Trigger, RunsTheFirstBatchAtOnceAndTheOthersOnTheClocksGrid) {
  Trigger trigger({TriggerKind::kInterval, milliseconds{5'000}});
  EXPECT_EQ(trigger.next(), std::nullopt);
  trigger.began(Timestamp{seconds{1'002}});
  EXPECT_EQ(trigger.next(), Timestamp{seconds{1'005}});
  trigger.began(Timestamp{seconds{1'005}});
  EXPECT_EQ(trigger.next(), Timestamp{seconds{1'010}});
}

TEST(Trigger, SaysWhenABatchOutlastsItsInterval) {
  Trigger trigger({TriggerKind::kInterval, milliseconds{5'000}});
  trigger.began(Timestamp{seconds{1'002}});
  EXPECT_FALSE(trigger.is_behind(Timestamp{seconds{1'005}}));
  EXPECT_TRUE(trigger.is_behind(Timestamp{seconds{1'006}}));
}

TEST(Trigger, NeverWaitsForAGridItDoesNotHave) {
  for (const auto kind : {TriggerKind::kAsDataComes, TriggerKind::kAvailableNow}) {
    Trigger trigger({kind, milliseconds{0}});
    trigger.began(Timestamp{seconds{1}});
    EXPECT_EQ(trigger.next(), std::nullopt);
    EXPECT_FALSE(trigger.is_behind(Timestamp{seconds{9}}));
  }
}

}  // namespace
}  // namespace punnet
