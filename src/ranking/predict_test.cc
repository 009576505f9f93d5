#include "ranking/predict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace punnet {
namespace {

Model two_by_two() {
  Model model;
  model.users = IdIndex<UserId>({UserId{1}, UserId{7}});
  model.items = IdIndex<ItemId>({ItemId{5}, ItemId{6}});
  model.user_factors = FactorMatrix(2, 2);
  model.item_factors = FactorMatrix(2, 2);
  float value = 1;
  for (auto& factor : model.user_factors.values()) factor = value++;
  for (auto& factor : model.item_factors.values()) factor = value++;
  return model;
}

TEST(Predict, IsTheProductOfTheFactors) {
  const auto model = two_by_two();
  EXPECT_EQ(predict(model, UserId{1}, ItemId{5}), 1 * 5 + 2 * 6);
  EXPECT_EQ(predict(model, UserId{7}, ItemId{6}), 3 * 7 + 4 * 8);
}

TEST(Predict, IsNotANumberWhereTheModelKnowsNothing) {
  const auto model = two_by_two();
  EXPECT_TRUE(std::isnan(predict(model, UserId{2}, ItemId{5})));
  EXPECT_TRUE(std::isnan(predict(model, UserId{1}, ItemId{1})));
  EXPECT_TRUE(std::isnan(predict({}, UserId{1}, ItemId{1})));
}

TEST(Predict, DoesNotLoseSmallTermsBesideLargeOnes) {
  auto model = two_by_two();
  model.user_factors = FactorMatrix(2, 3);
  model.item_factors = FactorMatrix(2, 3);
  const float x[] = {1e8F, 1, -1e8F};
  std::copy_n(x, 3, model.user_factors.row(0).begin());
  for (auto& factor : model.item_factors.row(0)) factor = 1;
  EXPECT_EQ(predict(model, UserId{1}, ItemId{5}), 1);
}

}  // namespace
}  // namespace punnet
