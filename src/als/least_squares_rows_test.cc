#include "als/least_squares_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/rated_rows.h"

namespace punnet {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::IsEmpty;

TEST(LeastSquaresRows, DistinctExplicitRatingsStayAsTheyAre) {
  const auto rows = make_least_squares_rows(sparse_rows({{{4, 2}, {3, -1}}, {}, {{2}, {0}}}), 5,
                                            {.regularization = 0.5});
  EXPECT_THAT(rows.offsets, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(rows.columns, ElementsAre(4, 2, 2));
  EXPECT_THAT(rows.scales, IsEmpty());
  EXPECT_THAT(rows.targets, ElementsAre(3, -1, 0));
  EXPECT_THAT(rows.lambdas, ElementsAre(1, 0, 0.5F));
}

TEST(LeastSquaresRows, RepeatedPairsBecomeOneTermThatWeighsAsMuch) {
  const auto rows =
      make_least_squares_rows(sparse_rows({{{1, 0, 1}, {3, 7, 5}}}), 2, {.regularization = 0.5});
  EXPECT_THAT(rows.columns, ElementsAre(1, 0));
  // 2 (y.x)^2 - 2 (3 + 5) y.x = (sqrt 2 y.x - 8 / sqrt 2)^2 - ...
  EXPECT_THAT(rows.scales, ElementsAre(FloatEq(std::sqrt(2.0F)), 1));
  EXPECT_THAT(rows.targets, ElementsAre(FloatEq(8 / std::sqrt(2.0F)), 7));
  EXPECT_THAT(rows.lambdas, ElementsAre(1.5F)) << "three ratings";
}

TEST(LeastSquaresRows, ImplicitRatingsBecomeConfidenceAndWish) {
  const AlsConfig config{.regularization = 1, .feedback = Feedback::kImplicit, .alpha = 4};
  const auto rows = make_least_squares_rows(
      sparse_rows({{{0, 1, 2, 0}, {1, -1, 0, 3}}, {{0, 1}, {0, -2}}}), 3, config);
  EXPECT_THAT(rows.offsets, ElementsAre(0, 2, 2)) << "the second row wants nothing";
  EXPECT_THAT(rows.columns, ElementsAre(0, 1)) << "zero says nothing at all";
  EXPECT_THAT(rows.scales, ElementsAre(4, 2));
  EXPECT_THAT(rows.targets, ElementsAre((5.0F + 13.0F) / 4, 0));
  EXPECT_THAT(rows.lambdas, ElementsAre(2, 0));
}

TEST(LeastSquaresRows, AWishWithoutWeightIsKept) {
  const AlsConfig config{.feedback = Feedback::kImplicit, .alpha = 0};
  const auto rows = make_least_squares_rows(sparse_rows({{{0}, {2}}}), 1, config);
  ASSERT_EQ(rows.columns.size(), 1U);
  EXPECT_FLOAT_EQ(rows.scales[0] * rows.targets[0], 1);
  EXPECT_LT(rows.scales[0] * rows.scales[0], 1e-18F);
}

TEST(LeastSquaresRows, AllObservedPairsWeighTheSameWithConstantConfidence) {
  AlsConfig config{.feedback = Feedback::kImplicit};
  config.confidence = Confidence::kConstant;
  const auto rows = make_least_squares_rows(sparse_rows({{{0, 1}, {9, -2}}}), 2, config);
  EXPECT_THAT(rows.scales, IsEmpty());
  EXPECT_THAT(rows.targets, ElementsAre(1, 0));
}

}  // namespace
}  // namespace punnet
