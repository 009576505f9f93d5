#include "eval/model_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "eval/model_facts.h"

namespace punnet {
namespace {

using testing::ElementsAre;

/// A model of rank 2: users and items with their factors.
Model model_of(std::vector<std::pair<std::int64_t, std::array<float, 2>>> users,
               std::vector<std::pair<std::int64_t, std::array<float, 2>>> items) {
  Model model;
  std::vector<UserId> user_ids;
  std::vector<ItemId> item_ids;
  for (const auto& [id, row] : users) user_ids.push_back(UserId{id});
  for (const auto& [id, row] : items) item_ids.push_back(ItemId{id});
  model.users = IdIndex<UserId>(user_ids);
  model.items = IdIndex<ItemId>(item_ids);
  model.user_factors = FactorMatrix(users.size(), 2);
  model.item_factors = FactorMatrix(items.size(), 2);
  for (std::size_t r = 0; r < users.size(); ++r) {
    std::ranges::copy(users[r].second, model.user_factors.row(r).begin());
  }
  for (std::size_t r = 0; r < items.size(); ++r) {
    std::ranges::copy(items[r].second, model.item_factors.row(r).begin());
  }
  return model;
}

std::shared_ptr<const Model> shared(Model model) {
  return std::make_shared<const Model>(std::move(model));
}

TEST(ModelDiff, FindsNoneBetweenAModelAndItself) {
  const auto model = shared(model_of({{1, {1, 0}}, {2, {0, 1}}}, {{10, {1, 0}}, {20, {0, 1}}}));
  const auto diff = diff_models(model, model, {.k = 1});
  EXPECT_EQ(diff.users.both, 2U);
  EXPECT_EQ(diff.items.both, 2U);
  EXPECT_TRUE(diff.users.only_first.empty() && diff.items.only_second.empty());
  EXPECT_EQ(diff.lists.users, 2U);
  EXPECT_EQ(diff.lists.overlap, 1);
  EXPECT_EQ(diff.lists.same_list, 1);
  EXPECT_NEAR(diff.user_distance, 0, 1e-12);
  EXPECT_NEAR(diff.item_distance, 0, 1e-12);
}

TEST(ModelDiff, DoesNotMindThatFactorsAreTurned) {
  const auto model = shared(model_of({{1, {1, 2}}, {2, {3, 1}}}, {{10, {1, 0}}, {20, {0, 1}}}));
  const auto turned = shared(model_of({{1, {2, -1}}, {2, {1, -3}}}, {{10, {0, -1}}, {20, {1, 0}}}));
  const auto diff = diff_models(model, turned, {.k = 2});
  EXPECT_NEAR(diff.user_distance, 0, 1e-7);
  EXPECT_NEAR(diff.item_distance, 0, 1e-7);
  EXPECT_EQ(diff.lists.same_list, 1);
}

TEST(ModelDiff, TellsWhatOnlyOneOfThemKnowsAndHowListsDiffer) {
  const auto first = shared(model_of({{1, {1, 0}}, {2, {0, 1}}, {3, {1, 1}}},
                                     {{10, {3, 0}}, {20, {0, 2}}, {30, {1, 1}}, {40, {0, 0}}}));
  const auto second = shared(model_of({{2, {0, 1}}, {3, {1, 1}}, {9, {1, 0}}},
                                      {{10, {9, 0}}, {20, {0, 2}}, {50, {0, 1}}}));
  const auto diff = diff_models(first, second, {.k = 2});
  EXPECT_THAT(diff.users.only_first, ElementsAre(UserId{1}));
  EXPECT_THAT(diff.users.only_second, ElementsAre(UserId{9}));
  EXPECT_THAT(diff.items.only_first, ElementsAre(ItemId{30}, ItemId{40}));
  EXPECT_THAT(diff.items.only_second, ElementsAre(ItemId{50}));
  EXPECT_EQ(diff.users.both, 2U);
  EXPECT_EQ(diff.lists.users, 2U);
  // User 2: 20, 30 against 20, 50. User 3: 10, 30 against 10, 20.
  EXPECT_EQ(diff.lists.overlap, 0.5);
  EXPECT_EQ(diff.lists.same_first, 1);
  EXPECT_EQ(diff.lists.same_list, 0);
  EXPECT_GT(diff.item_distance, 0.1);
}

TEST(ModelDiff, KnowsWhatToSayOfModelsWithNothingInCommon) {
  const auto diff = diff_models(shared(model_of({{1, {1, 0}}}, {{10, {1, 0}}})),
                                shared(model_of({{2, {1, 0}}}, {{20, {1, 0}}})), {});
  EXPECT_EQ(diff.users.both, 0U);
  EXPECT_EQ(diff.lists.users, 0U);
  EXPECT_EQ(diff.user_distance, 0);
}

TEST(ModelFacts, DescribesFactors) {
  const auto model = model_of({{1, {3, 4}}, {2, {0, 0}}, {3, {0, 1}}}, {});
  const auto facts = describe_factors(model.user_factors);
  EXPECT_EQ(facts.rows, 3U);
  EXPECT_EQ(facts.zero_rows, 1U);
  EXPECT_EQ(facts.least_length, 0);
  EXPECT_EQ(facts.median_length, 1);
  EXPECT_EQ(facts.greatest_length, 5);
  EXPECT_EQ(describe_factors({}).rows, 0U);
}

TEST(ModelFacts, DescribesLists) {
  auto model = model_of({{1, {1, 0}}, {2, {2, 0}}, {3, {0, 1}}},
                        {{10, {3, 0}}, {20, {1, -5}}, {30, {-1, 1}}, {40, {9, 9}}});
  model.catalogue = {ItemId{10}, ItemId{20}, ItemId{30}};
  const auto facts = describe_lists(shared(model), 1, 100, 1);
  EXPECT_EQ(facts.users, 3U);
  EXPECT_EQ(facts.candidates, 3U);
  EXPECT_EQ(facts.coverage.distinct_items, 2U);
  EXPECT_EQ(facts.coverage.most_shown, ItemId{10});
  EXPECT_EQ(facts.scores.scores, 3U);
  EXPECT_EQ(facts.scores.least, 1);
  EXPECT_EQ(facts.scores.greatest, 6);
  EXPECT_EQ(describe_lists(shared(model), 1, 2, 1).users, 2U);
}

}  // namespace
}  // namespace punnet
