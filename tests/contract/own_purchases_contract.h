#pragma once

#include <vector>

#include "tests/contract/tables_place.h"

namespace punnet {

/// What OwnPurchases in ports/purchase_histories.h promises, for any adapter.
class OwnPurchasesContract : public TablesContract {
 protected:
  using Lists = OwnPurchases::ItemLists;

  Lists fetch(const std::vector<UserId>& users) {
    const auto found = tables_.own_purchases->fetch(users, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : Lists{};
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OwnPurchasesContract);

TEST_P(OwnPurchasesContract, GivesBackDistinctItemsInOrder) {
  ASSERT_THAT(tables_.own_purchases->replace_all(
                  Lists{{{1}, {{30}, {-1}, {30}, {20}}}, {{2}, {{5'000'000'000}}}}, patiently()),
              Succeeds());
  reopen();
  EXPECT_EQ(fetch({{1}, {2}}), (Lists{{{1}, {{-1}, {20}, {30}}}, {{2}, {{5'000'000'000}}}}));
}

TEST_P(OwnPurchasesContract, UnknownUsersAreMissing) {
  ASSERT_THAT(tables_.own_purchases->replace_all(Lists{{{1}, {{2}}}, {{3}, {}}}, patiently()),
              Succeeds());
  EXPECT_EQ(fetch({{1}, {2}, {3}, {1}}), (Lists{{{1}, {{2}}}}));
  EXPECT_EQ(fetch({}), Lists{});
}

TEST_P(OwnPurchasesContract, ReplacesEverything) {
  ASSERT_THAT(tables_.own_purchases->replace_all(Lists{{{1}, {{2}}}, {{3}, {{4}}}}, patiently()),
              Succeeds());
  ASSERT_THAT(tables_.own_purchases->replace_all(Lists{{{3}, {{5}}}}, patiently()), Succeeds());
  EXPECT_EQ(fetch({{1}, {3}}), (Lists{{{3}, {{5}}}}));
  ASSERT_THAT(tables_.own_purchases->replace_all({}, patiently()), Succeeds());
  EXPECT_EQ(fetch({{1}, {3}}), Lists{});
}

TEST_P(OwnPurchasesContract, EveryCallEndsWhenItIsCancelledOrLate) {
  const std::vector<UserId> users{{1}};
  ASSERT_THAT(tables_.own_purchases->replace_all(Lists{{{1}, {{2}}}}, patiently()), Succeeds());
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(tables_.own_purchases->fetch(users, call), FailsWith(code));
    EXPECT_THAT(tables_.own_purchases->replace_all({}, call), FailsWith(code));
  }
  EXPECT_EQ(fetch(users), (Lists{{{1}, {{2}}}}));
}

TEST_P(OwnPurchasesContract, ACallWithoutAnAnswerIsAnErrorAndNoAbsence) {
  const std::vector<UserId> users{{1}};
  ASSERT_THAT(tables_.own_purchases->replace_all(Lists{{{1}, {{2}}}}, patiently()), Succeeds());
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return tables_.own_purchases->replace_all({}, call); });
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.own_purchases->fetch(users, call); });
  }
  hang.reset();
  EXPECT_EQ(fetch(users), (Lists{{{1}, {{2}}}}));
}

}  // namespace punnet
