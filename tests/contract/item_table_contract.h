#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/contract/tables_place.h"

namespace punnet {

/// What ports/item_tables.h promises, for any adapter.
class ItemTableContract : public TablesContract {
 protected:
  using FeatureRows = std::vector<std::pair<ItemId, ItemFeatures>>;
  using NameRows = std::vector<std::pair<ItemId, std::string>>;

  FeatureMap features(const std::vector<ItemId>& items) {
    const auto found = tables_.items->features(items, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : FeatureMap{};
  }

  NameMap names(const std::vector<ItemId>& items) {
    const auto found = tables_.items->names(items, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : NameMap{};
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ItemTableContract);

TEST_P(ItemTableContract, GivesBackFeaturesAndNames) {
  ASSERT_THAT(tables_.items->put_features(
                  FeatureRows{{{818981}, {"GROCERY", "COLD CEREAL"}}, {{7}, {"", "\xC3\xA4"}}},
                  patiently()),
              Succeeds());
  ASSERT_THAT(tables_.items->put_names(NameRows{{{818981}, "OATS 'n \"MORE\""}}, patiently()),
              Succeeds());
  reopen();
  EXPECT_EQ(features({{818981}, {7}}),
            (FeatureMap{{{818981}, {"GROCERY", "COLD CEREAL"}}, {{7}, {"", "\xC3\xA4"}}}));
  EXPECT_EQ(names({{818981}, {7}}), (NameMap{{{818981}, "OATS 'n \"MORE\""}}));
}

TEST_P(ItemTableContract, UnknownItemsAreMissing) {
  ASSERT_THAT(tables_.items->put_features(FeatureRows{{{1}, {"A", "B"}}}, patiently()), Succeeds());
  EXPECT_EQ(features({{1}, {2}, {-3}}), (FeatureMap{{{1}, {"A", "B"}}}));
  EXPECT_EQ(names({{1}}), NameMap{});
}

TEST_P(ItemTableContract, NothingAskedIsNothingFound) {
  EXPECT_EQ(features({}), FeatureMap{});
  EXPECT_EQ(names({}), NameMap{});
  EXPECT_THAT(tables_.items->put_features({}, patiently()), Succeeds());
  EXPECT_THAT(tables_.items->put_names({}, patiently()), Succeeds());
}

TEST_P(ItemTableContract, AnItemMayBeAskedForTwice) {
  ASSERT_THAT(tables_.items->put_features(FeatureRows{{{1}, {"A", "B"}}}, patiently()), Succeeds());
  EXPECT_EQ(features({{1}, {1}}), (FeatureMap{{{1}, {"A", "B"}}}));
}

TEST_P(ItemTableContract, PuttingAgainReplaces) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(tables_.items->put_features(FeatureRows{{{1}, {"A", "B"}}}, patiently()),
                Succeeds());
  }
  EXPECT_EQ(features({{1}}), (FeatureMap{{{1}, {"A", "B"}}}));
  ASSERT_THAT(tables_.items->put_features(FeatureRows{{{1}, {"C", "D"}}}, patiently()), Succeeds());
  EXPECT_EQ(features({{1}}), (FeatureMap{{{1}, {"C", "D"}}}));
  ASSERT_THAT(tables_.items->put_names(NameRows{{{1}, "old"}}, patiently()), Succeeds());
  ASSERT_THAT(tables_.items->put_names(NameRows{{{1}, "new"}}, patiently()), Succeeds());
  EXPECT_EQ(names({{1}}), (NameMap{{{1}, "new"}}));
}

TEST_P(ItemTableContract, HoldsIdsOfFullWidth) {
  const ItemId large{INT64_MAX};
  const ItemId small{INT64_MIN};
  ASSERT_THAT(tables_.items->put_names(NameRows{{large, "large"}, {small, "small"}}, patiently()),
              Succeeds());
  EXPECT_EQ(names({large, small}), (NameMap{{large, "large"}, {small, "small"}}));
}

TEST_P(ItemTableContract, EveryCallEndsWhenItIsCancelledOrLate) {
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    const std::vector<ItemId> items{{1}};
    EXPECT_THAT(tables_.items->features(items, call), FailsWith(code));
    EXPECT_THAT(tables_.items->names(items, call), FailsWith(code));
    EXPECT_THAT(tables_.items->put_features(FeatureRows{{{1}, {}}}, call), FailsWith(code));
    EXPECT_THAT(tables_.items->put_names(NameRows{{{1}, "x"}}, call), FailsWith(code));
  }
  EXPECT_EQ(features({{1}}), FeatureMap{});
}

TEST_P(ItemTableContract, ACallWithoutAnAnswerIsAnErrorAndNoAbsence) {
  auto hang = place_->hang();
  expect_to_end_without_answer([&](const CallContext& call) {
    return tables_.items->put_features(FeatureRows{{{1}, {"A", "B"}}}, call);
  });
  expect_to_end_without_answer([&](const CallContext& call) {
    return tables_.items->put_names(NameRows{{{1}, "x"}}, call);
  });
  if (place_->reading_hangs()) {
    const std::vector<ItemId> items{{1}};
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.items->features(items, call); });
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.items->names(items, call); });
  }
  hang.reset();
  EXPECT_EQ(features({{1}}), FeatureMap{});
}

}  // namespace punnet
