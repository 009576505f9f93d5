#include "training/spark_train.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/seeded_random.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

std::vector<SparkRating> random_ratings(std::size_t count, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<SparkRating> ratings(count);
  for (auto& rating : ratings) {
    rating.user = static_cast<std::int32_t>(random.below(30)) * 7 - 50;
    rating.item = static_cast<std::int32_t>(random.below(20)) * 1000;
    rating.rating = static_cast<float>(random.below(21)) / 4 - 1;
  }
  return ratings;
}

SparkTrainConfig small_config() {
  SparkTrainConfig config;
  config.als.rank = 3;
  config.als.iterations = 4;
  config.als.seed = 9;
  return config;
}

TEST(TrainLikeSpark, KnowsEveryUserAndItemThatWasRated) {
  const auto ratings = random_ratings(300, 1);
  const auto trained = train_like_spark(ratings, {}, small_config());
  ASSERT_THAT(trained, Succeeds());
  EXPECT_EQ(trained->report.ratings, 300U);
  EXPECT_EQ(trained->report.users, trained->model->users.size());
  for (const auto& rating : ratings) {
    EXPECT_TRUE(trained->model->users.row({rating.user}));
    EXPECT_TRUE(trained->model->items.row({rating.item}));
  }
  EXPECT_FALSE(trained->report.rmse);
}

TEST(TrainLikeSpark, IsTheSameForAnyNumberOfThreadsAndItemBlocks) {
  const auto ratings = random_ratings(300, 2);
  auto config = small_config();
  const auto one = train_like_spark(ratings, {}, config);
  config.als.threads = 3;
  config.item_blocks = 2;
  const auto other = train_like_spark(ratings, {}, config);
  ASSERT_THAT(one, Succeeds());
  ASSERT_THAT(other, Succeeds());
  EXPECT_EQ(one->model->user_factors, other->model->user_factors);
  EXPECT_EQ(one->model->item_factors, other->model->item_factors);
  config.user_blocks = 3;
  const auto third = train_like_spark(ratings, {}, config);
  ASSERT_THAT(third, Succeeds());
  EXPECT_NE(one->model->user_factors, third->model->user_factors);
}

TEST(TrainLikeSpark, ComputesAsSparkWhateverElseIsSet) {
  const auto ratings = random_ratings(300, 2);
  auto config = small_config();
  config.als.solver = Solver::kExactCholesky;
  const auto exact = train_like_spark(ratings, {}, config);
  config.als.solver = Solver::kConjugateGradient;
  config.als.confidence = Confidence::kConstant;
  config.als.scaling = RegularizationScaling::kUnscaled;
  config.als.tolerance = 0.9;
  const auto other = train_like_spark(ratings, {}, config);
  ASSERT_THAT(exact, Succeeds());
  ASSERT_THAT(other, Succeeds());
  EXPECT_EQ(exact->model->user_factors, other->model->user_factors);
  EXPECT_EQ(exact->model->item_factors, other->model->item_factors);
}

TEST(TrainLikeSpark, MeasuresWhatWasHeldBackWhereItIsKnown) {
  const auto ratings = random_ratings(300, 3);
  std::vector<SparkRating> held_back(ratings.begin(), ratings.begin() + 50);
  held_back.push_back({.user = 123456, .item = 0, .rating = 1});
  held_back.push_back({.user = -50, .item = 123456, .rating = 1});
  const auto trained = train_like_spark(ratings, held_back, small_config());
  ASSERT_THAT(trained, Succeeds());
  EXPECT_EQ(trained->report.held_back, 52U);
  EXPECT_EQ(trained->report.predicted, 50U);
  const auto& model = *trained->model;
  double squares = 0;
  for (std::size_t n = 0; n < 50; ++n) {
    const auto x =
        model.user_factors.row(static_cast<std::size_t>(*model.users.row({ratings[n].user})));
    const auto y =
        model.item_factors.row(static_cast<std::size_t>(*model.items.row({ratings[n].item})));
    double predicted = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      predicted += static_cast<double>(x[i]) * static_cast<double>(y[i]);
    squares += std::pow(predicted - static_cast<double>(ratings[n].rating), 2);
  }
  EXPECT_NEAR(*trained->report.rmse, std::sqrt(squares / 50), 1e-6);
}

TEST(TrainLikeSpark, ReportsEachIterationWhereSomebodyListens) {
  std::vector<double> heard;
  const auto trained =
      train_like_spark(random_ratings(300, 4), {}, small_config(), {},
                       [&](const AlsProgress& step) { heard.push_back(step.loss); });
  ASSERT_THAT(trained, Succeeds());
  EXPECT_EQ(heard.size(), 4U);
  EXPECT_EQ(trained->report.losses, heard);
}

TEST(TrainLikeSpark, RefusesWhatMakesNoSense) {
  const auto ratings = random_ratings(10, 5);
  EXPECT_THAT(train_like_spark({}, {}, small_config()),
              FailsSaying(ErrorCode::kInvalid, "no ratings"));
  auto config = small_config();
  config.user_blocks = 0;
  EXPECT_THAT(train_like_spark(ratings, {}, config),
              FailsSaying(ErrorCode::kInvalid, "--num-user-blocks"));
  config = small_config();
  config.als.iterations = 0;
  EXPECT_THAT(train_like_spark(ratings, {}, config), FailsWith(ErrorCode::kInvalid));
}

TEST(TrainLikeSpark, NeverGoesBelowZeroWhereAskedTo) {
  auto config = small_config();
  config.als.solver = Solver::kNonnegative;
  const auto trained = train_like_spark(random_ratings(300, 6), {}, config);
  ASSERT_THAT(trained, Succeeds());
  for (const auto* factors : {&trained->model->user_factors, &trained->model->item_factors}) {
    for (const float factor : factors->values()) EXPECT_GE(factor, 0);
  }
}

}  // namespace
}  // namespace punnet
