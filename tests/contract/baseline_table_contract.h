#pragma once

#include <string_view>
#include <vector>

#include "tests/contract/tables_place.h"

namespace punnet {

/// What BaselineTable in ports/recommendation_tables.h promises, for any adapter.
class BaselineTableContract : public TablesContract {
 protected:
  using Items = std::vector<ItemId>;

  Status put(std::string_view name, const Items& items) {
    return tables_.baselines->put(name, items, patiently());
  }

  Items fetch(std::string_view name) {
    const auto found = tables_.baselines->fetch(name, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : Items{};
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BaselineTableContract);

TEST_P(BaselineTableContract, KeepsListsInTheirOrder) {
  const Items top_5{{995242}, {1082185}, {1127831}, {5569230}, {951590}};
  ASSERT_THAT(put("top_5", top_5), Succeeds());
  ASSERT_THAT(put("random_5", {{-1}, {INT64_MAX}, {-1}}), Succeeds());
  reopen();
  EXPECT_EQ(fetch("top_5"), top_5);
  EXPECT_EQ(fetch("random_5"), (Items{{-1}, {INT64_MAX}, {-1}}));
}

TEST_P(BaselineTableContract, AnUnknownNameIsAbsent) {
  EXPECT_THAT(tables_.baselines->fetch("top_5", patiently()),
              FailsSaying(ErrorCode::kAbsent, "top_5"));
}

TEST_P(BaselineTableContract, AnEmptyListIsNotAbsent) {
  ASSERT_THAT(put("none", {}), Succeeds());
  EXPECT_EQ(fetch("none"), Items{});
}

TEST_P(BaselineTableContract, PuttingAgainReplaces) {
  ASSERT_THAT(put("top_5", {{1}, {2}}), Succeeds());
  ASSERT_THAT(put("top_5", {{1}, {2}}), Succeeds());
  EXPECT_EQ(fetch("top_5"), (Items{{1}, {2}}));
  ASSERT_THAT(put("top_5", {{3}}), Succeeds());
  EXPECT_EQ(fetch("top_5"), (Items{{3}}));
}

TEST_P(BaselineTableContract, EveryCallEndsWhenItIsCancelledOrLate) {
  ASSERT_THAT(put("top_5", {{1}}), Succeeds());
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(tables_.baselines->fetch("top_5", call), FailsWith(code));
    EXPECT_THAT(tables_.baselines->put("top_5", {}, call), FailsWith(code));
  }
  EXPECT_EQ(fetch("top_5"), (Items{{1}}));
}

TEST_P(BaselineTableContract, ACallWithoutAnAnswerIsAnErrorAndNoAbsence) {
  ASSERT_THAT(put("top_5", {{1}}), Succeeds());
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return tables_.baselines->put("top_5", {}, call); });
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.baselines->fetch("top_5", call); });
  }
  hang.reset();
  EXPECT_EQ(fetch("top_5"), (Items{{1}}));
}

}  // namespace punnet
