#include "als/train_als.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "als/als_objective.h"
#include "als/half_step.h"
#include "als/initial_factors.h"
#include "tests/support/every_objective.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kUsers = 120;
constexpr std::size_t kItems = 90;

InteractionMatrix some_ratings() {
  return make_interaction_matrix(random_interactions(1500, kUsers, kItems, 4), kUsers, kItems);
}

std::vector<AlsConfig> short_runs(int rank) {
  auto configs = every_objective();
  for (auto& config : configs) {
    config.rank = rank;
    config.iterations = 6;
    config.alpha = 5;
    config.seed = 3;
  }
  return configs;
}

TEST(TrainAls, TheLossNeverRises) {
  const auto ratings = some_ratings();
  for (const auto& config : short_runs(8)) {
    auto users = initial_factors(kUsers, config.rank, config.seed);
    double last = std::numeric_limits<double>::infinity();
    for (int iteration = 0; iteration < 5; ++iteration) {
      const auto items = half_step(ratings.by_item, users, config);
      ASSERT_TRUE(items);
      const double after_items = als_objective(ratings, users, *items, config);
      EXPECT_LE(after_items, last * (1 + 1e-6));
      auto next = half_step(ratings.by_user, *items, config);
      ASSERT_TRUE(next);
      users = *std::move(next);
      last = als_objective(ratings, users, *items, config);
      EXPECT_LE(last, after_items * (1 + 1e-6));
    }
  }
}

TEST(TrainAls, ReportsTheLossOfEveryIteration) {
  const auto ratings = some_ratings();
  for (const auto& config : short_runs(5)) {
    std::vector<AlsProgress> seen;
    const auto factors =
        train_als(ratings, config, {}, [&](const AlsProgress& p) { seen.push_back(p); });
    ASSERT_TRUE(factors);
    ASSERT_EQ(seen.size(), 6U);
    for (std::size_t n = 0; n < seen.size(); ++n) {
      EXPECT_EQ(seen[n].iteration, static_cast<int>(n) + 1);
      EXPECT_EQ(seen[n].iterations, 6);
      if (n > 0) {
        EXPECT_LE(seen[n].loss, seen[n - 1].loss * (1 + 1e-6));
      }
    }
    EXPECT_EQ(seen.back().loss, als_objective(ratings, factors->users, factors->items, config));
  }
}

class TrainAlsBy : public testing::TestWithParam<Solver> {};

TEST_P(TrainAlsBy, IsTheSameForAnyNumberOfThreads) {
  const auto ratings =
      make_interaction_matrix(random_interactions(60'000, 1500, 400, 4), 1500, 400);
  for (auto config : short_runs(10)) {
    config.iterations = 2;
    config.solver = GetParam();
    const auto once = train_als(ratings, config);
    ASSERT_TRUE(once);
    for (const int threads : {2, 3, 8}) {
      config.threads = threads;
      const auto again = train_als(ratings, config);
      ASSERT_TRUE(again);
      EXPECT_EQ(again->users, once->users) << threads;
      EXPECT_EQ(again->items, once->items) << threads;
    }
  }
}

TEST(TrainAls, SolvesItemsFirstAndUsersLast) {
  const auto ratings = some_ratings();
  AlsConfig config{.rank = 4, .iterations = 1, .seed = 8};
  const auto start = random_factors(kUsers, 4, 1);
  const auto factors = train_als_from(start, ratings, config);
  ASSERT_TRUE(factors);
  EXPECT_EQ(factors->items, *half_step(ratings.by_item, start, config));
  EXPECT_EQ(factors->users, *half_step(ratings.by_user, factors->items, config));
}

TEST(TrainAls, GoesOnFromGivenFactors) {
  const auto ratings = some_ratings();
  AlsConfig config{.rank = 4, .iterations = 5, .feedback = Feedback::kImplicit, .seed = 8};
  const auto five = train_als(ratings, config);
  ASSERT_TRUE(five);
  config.iterations = 2;
  auto two = train_als(ratings, config);
  ASSERT_TRUE(two);
  config.iterations = 3;
  const auto two_and_three = train_als_from(two->users, ratings, config);
  ASSERT_TRUE(two_and_three);
  EXPECT_EQ(two_and_three->users, five->users);
  EXPECT_EQ(two_and_three->items, five->items);
}

TEST(TrainAls, TheSeedDecidesTheStart) {
  const auto ratings = some_ratings();
  const auto one = train_als(ratings, {.rank = 3, .iterations = 2, .seed = 1});
  const auto two = train_als(ratings, {.rank = 3, .iterations = 2, .seed = 2});
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->users, two->users);
}

TEST(TrainAls, FindsTheFactorsBehindAFullMatrix) {
  const auto users = random_factors(30, 2, 1);
  const auto items = random_factors(20, 2, 2);
  std::vector<Interaction> interactions;
  for (int u = 0; u < 30; ++u) {
    for (int i = 0; i < 20; ++i) {
      const auto x = users.row(static_cast<std::size_t>(u));
      const auto y = items.row(static_cast<std::size_t>(i));
      interactions.push_back({u, i, x[0] * y[0] + x[1] * y[1]});
    }
  }
  double loss = -1;
  const auto factors = train_als(make_interaction_matrix(interactions, 30, 20),
                                 {.rank = 2, .iterations = 40, .regularization = 0}, {},
                                 [&](const AlsProgress& p) { loss = p.loss; });
  ASSERT_TRUE(factors);
  EXPECT_NEAR(loss, 0, 1e-8);
}

TEST(TrainAls, EndsEarlyWhenTheLossHardlyFalls) {
  const auto ratings = some_ratings();
  AlsConfig config{.rank = 4, .iterations = 60, .seed = 1};
  std::vector<double> losses;
  const auto listen = [&](const AlsProgress& p) { losses.push_back(p.loss); };
  ASSERT_TRUE(train_als(ratings, config, {}, listen));
  ASSERT_EQ(losses.size(), 60U);
  std::size_t enough = 1;
  while (losses[enough - 1] - losses[enough] >= 0.01 * losses[enough - 1]) ++enough;

  config.tolerance = 0.01;
  losses.clear();
  const auto early = train_als(ratings, config, {}, listen);
  ASSERT_TRUE(early);
  EXPECT_EQ(losses.size(), enough + 1);
  EXPECT_LT(losses.size(), 60U);
  EXPECT_EQ(train_als(ratings, config)->users, early->users) << "without anybody listening";
}

TEST(TrainAls, GoesOnThoughTheLossRisesWhenNotToldToEndEarly) {
  const auto ratings = some_ratings();
  int iterations = 0;
  double last = std::numeric_limits<double>::infinity();
  bool rose = false;
  const auto factors =
      train_als(ratings, {.rank = 3, .iterations = 300, .seed = 1}, {}, [&](const AlsProgress& p) {
        iterations = p.iteration;
        rose = rose || p.loss > last;
        last = p.loss;
      });
  ASSERT_TRUE(factors);
  ASSERT_TRUE(rose) << "rounding alone is left to change anything";
  EXPECT_EQ(iterations, 300);
}

TEST(TrainAls, RowsWithoutRatingsAreZerosAndWeighOnNobody) {
  const auto interactions = random_interactions(1500, kUsers, kItems, 4);
  for (const auto& config : short_runs(4)) {
    // There, R counts every row.
    if (config.scaling == RegularizationScaling::kByWeight) continue;
    const auto wide =
        train_als(make_interaction_matrix(interactions, kUsers + 40, kItems + 7), config);
    const auto narrow = train_als(make_interaction_matrix(interactions, kUsers, kItems), config);
    ASSERT_TRUE(wide && narrow);
    for (std::size_t u = 0; u < kUsers; ++u) {
      EXPECT_TRUE(std::ranges::equal(wide->users.row(u), narrow->users.row(u))) << u;
    }
    EXPECT_THAT(wide->users.row(kUsers + 39), testing::Each(0.0F));
    EXPECT_THAT(wide->items.row(kItems + 6), testing::Each(0.0F));
  }
}

TEST(TrainAls, ARatingThatIsNotANumberIsNamed) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto interactions = random_interactions(100, 20, 20, 1);
    interactions.push_back({11, 13, bad});
    const auto factors = train_als(make_interaction_matrix(interactions, 20, 20), {});
    ASSERT_FALSE(factors);
    EXPECT_EQ(factors.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(factors.error().message,
                AllOf(HasSubstr("user row 11,"), HasSubstr("item row 13 ")));
  }
}

TEST(TrainAls, RefusesWhatCannotBeTrained) {
  const auto none = train_als(make_interaction_matrix({}, 3, 3), {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kInvalid);

  const auto bad_rank = train_als(some_ratings(), {.rank = -1});
  ASSERT_FALSE(bad_rank);
  EXPECT_THAT(bad_rank.error().message, HasSubstr("rank"));

  const auto bad_shape = train_als_from(random_factors(7, 10, 1), some_ratings(), {});
  ASSERT_FALSE(bad_shape);
  EXPECT_THAT(bad_shape.error().message, AllOf(HasSubstr("7 x 10"), HasSubstr("120")));
}

TEST(TrainAls, AnUnsolvableRowIsNamedWithItsSide) {
  const std::vector<Interaction> one{{0, 0, 1}};
  const auto factors =
      train_als(make_interaction_matrix(one, 1, 1), {.rank = 2, .regularization = 0});
  ASSERT_FALSE(factors);
  EXPECT_EQ(factors.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(factors.error().message,
              AllOf(HasSubstr("item: row 0"), HasSubstr("regularization")));
}

TEST(TrainAls, StopsWhenAskedInTheMiddle) {
  std::stop_source source;
  int seen = 0;
  const auto factors = train_als(some_ratings(), {.rank = 3, .iterations = 50}, source.get_token(),
                                 [&](const AlsProgress& p) {
                                   seen = p.iteration;
                                   if (p.iteration == 2) source.request_stop();
                                 });
  ASSERT_FALSE(factors);
  EXPECT_EQ(factors.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(seen, 2);
}

INSTANTIATE_TEST_SUITE_P(Solvers, TrainAlsBy,
                         testing::Values(Solver::kCholesky, Solver::kExactCholesky,
                                         Solver::kConjugateGradient));

TEST(TrainAls, FastAndExactReachTheSameLoss) {
  const auto ratings = some_ratings();
  for (auto config : short_runs(12)) {
    double fast = 0;
    double exact = 1;
    ASSERT_TRUE(train_als(ratings, config, {}, [&](const AlsProgress& p) { fast = p.loss; }));
    config.solver = Solver::kExactCholesky;
    ASSERT_TRUE(train_als(ratings, config, {}, [&](const AlsProgress& p) { exact = p.loss; }));
    EXPECT_NEAR(fast, exact, 1e-5 * exact);
  }
}

}  // namespace
}  // namespace punnet
