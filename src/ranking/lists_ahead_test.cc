#include "ranking/lists_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "ranking/top_k.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAreArray;
using testing::HasSubstr;

/// A clock that goes on by a step each time it is asked.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(std::chrono::microseconds step) : step_(step) {}
  Timestamp now() const override { return now_ += step_; }

 private:
  const std::chrono::microseconds step_;
  mutable Timestamp now_;
};

const SteppingClock kQuick(milliseconds{1});

TEST(ListsAhead, AreTheBestRowsOfEveryUser) {
  const auto items = random_factors(300, 6, 1);
  const auto users = random_factors(200, 6, 2);
  const PackedItems packed(items);
  ListsAheadPlan plan;
  const ListsAhead lists(packed, users, {.length = 7, .threads = 2}, kQuick, plan);
  ASSERT_FALSE(lists.empty());
  EXPECT_TRUE(plan.ahead);
  for (std::size_t u = 0; u < users.rows(); ++u) {
    const std::vector<TopKQuery> query{{users.row(u), 7, {}}};
    EXPECT_THAT(lists.of(u), ElementsAreArray(top_k(packed, query).front()));
    EXPECT_FALSE(lists.is_whole(u));
  }
}

TEST(ListsAhead, AreWholeWhenTheyHoldEverythingThatCanBeRecommended) {
  auto items = random_factors(5, 2, 1);
  const auto users = random_factors(1, 2, 2);
  ListsAheadPlan plan;
  const ListsAhead all(PackedItems(items), users, {.length = 9}, kQuick, plan);
  EXPECT_EQ(all.of(0).size(), 5U);
  EXPECT_TRUE(all.is_whole(0));
  EXPECT_FALSE(ListsAhead(PackedItems(items), users, {.length = 4}, kQuick, plan).is_whole(0));
  for (std::size_t n = 0; n < 3; ++n) items.row(n)[0] = std::numeric_limits<float>::quiet_NaN();
  const ListsAhead numbers(PackedItems(items), users, {.length = 4}, kQuick, plan);
  EXPECT_EQ(numbers.of(0).size(), 2U);
  EXPECT_TRUE(numbers.is_whole(0));
}

TEST(ListsAhead, AreNotMadeWhenThatWouldTakeTooLong) {
  const PackedItems items(random_factors(50, 2, 1));
  const auto users = random_factors(1280, 2, 2);
  for (const auto patience : {milliseconds{9}, milliseconds{10}}) {
    ListsAheadPlan plan;
    const ListsAhead lists(items, users, {.length = 5, .patience = patience}, kQuick, plan);
    EXPECT_EQ(plan.tried_users, 128U);
    EXPECT_EQ(plan.tried, milliseconds{1});
    EXPECT_EQ(plan.expected, milliseconds{10});
    EXPECT_EQ(plan.ahead, patience == milliseconds{10});
    EXPECT_EQ(lists.empty(), !plan.ahead);
    EXPECT_THAT(to_text(plan), HasSubstr(plan.ahead ? "are made ahead" : "made when asked for"));
    EXPECT_THAT(to_text(plan), HasSubstr("all take 10.0 ms"));
  }
}

TEST(ListsAhead, AreNotMadeWhenTheyWouldTakeTooMuchMemory) {
  const PackedItems items(random_factors(50, 2, 1));
  const auto users = random_factors(100, 2, 2);
  for (const std::size_t limit : {3999U, 4000U}) {
    ListsAheadPlan plan;
    const ListsAhead lists(items, users, {.length = 5, .limit_bytes = limit}, kQuick, plan);
    EXPECT_EQ(plan.bytes, 4000U);
    EXPECT_EQ(plan.ahead, limit == 4000U);
    EXPECT_EQ(lists.empty(), !plan.ahead);
  }
}

TEST(ListsAhead, OfNobodyAreEmpty) {
  ListsAheadPlan plan;
  EXPECT_TRUE(ListsAhead({}, FactorMatrix(0, 2), {}, kQuick, plan).empty());
  EXPECT_FALSE(plan.ahead);
  EXPECT_TRUE(ListsAhead({}, FactorMatrix(3, 2), {}, kQuick, plan).empty());
  EXPECT_FALSE(plan.ahead);
}

}  // namespace
}  // namespace punnet
